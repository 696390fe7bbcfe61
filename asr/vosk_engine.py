"""Vosk behind our engine protocol: a checked model folder, and recognisers made from it.

The only file that imports `vosk`. Knows what Vosk does not take care of itself: raising a low sample rate to
the model's (it lowers by itself but stops on a lower one), phrases with words outside the vocabulary, its
chatter on stderr, what its recognisers cost. Blocking and CPU-bound by nature: `asr.worker` calls it from its
threads. A recogniser belongs to one thread at a time; the model is shared and read-only, and nothing a client
says changes it. A model with both kinds of graph is two for Vosk: the static one for everybody, and, from the
first phrase list on, the look-ahead one for those who have a list.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import structlog
import vosk

from asr.answers import moved
from asr.audio import Upsampler
from asr.errors import ModelError
from asr.folder import ModelFolder, inspect, sha256
from asr.options import Options
from asr.phrases import spelled
from asr.ports import Recogniser
from asr.view import view

SPARE: Final = 32
"""Recognisers kept for the next utterance of anyone. A look-ahead graph is put together as it is used, and
each recogniser keeps what it has made, some 4 to 8 MB: a warm one is half as fast again as a new one, and as
many are needed as there are people speaking at once. With a static graph there is nothing to keep but the
buffers."""
RETIRED: Final = 3600.0
"""Seconds of speech after which one is let go of, so that what it keeps ends somewhere."""


log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Kaldi:
    """Vosk's recogniser, and the seconds it has been fed since it was made: its times count from there."""

    of: Any
    seconds: float = 0.0


class VoskEngine:
    """A loaded model; `chunk`: seconds of voice it takes at a time (None: the model's own setting). Raises
    ModelError when the folder is not one or Vosk cannot load it."""

    def __init__(self, path: Path, chunk: float | None = None) -> None:
        self.folder: ModelFolder = inspect(path)
        self.sha256 = sha256(self.folder)
        self._spare: deque[tuple[Options, Kaldi]] = deque(maxlen=SPARE)
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._chunk = chunk
        self._changeable: Any = None
        vosk.SetLogLevel(-1)
        try:
            self._model = self._loaded(static=self.folder.graph == "both")
            # A graph cut short is noticed only here, and must not wait for the first caller.
            vosk.KaldiRecognizer(self._model, self.folder.rate)
        except Exception as error:
            raise ModelError(
                f"{self.folder.path}:Vosk 无法载入这个模型({error});请重新下载并完整解压"
            ) from error

    @property
    def name(self) -> str:
        """What a client may call the model in its config."""
        return self.folder.name

    @property
    def rate(self) -> int:
        """The model's own sample rate in Hz."""
        return self.folder.rate

    @property
    def phrases(self) -> bool:
        """Whether a phrase list has an effect on this model's graph."""
        return self.folder.phrases

    @property
    def software(self) -> str:
        """Vosk and its version: part of the evidence."""
        return f"vosk {version('vosk')}"

    def recogniser(self, options: Options, at: int = 0) -> VoskRecogniser:
        """A recogniser for a stream from its sample `at` on. Raises AsrError's kin only for a model gone
        bad."""
        kaldi = self._taken(options) or Kaldi(self._made(options))
        return VoskRecogniser(kaldi, options, self.rate, at)

    def give_back(self, recogniser: Recogniser) -> None:
        """Keeps a recogniser after its last result for the next utterance of a stream with the same options.
        One with phrases of its own is nobody else's: it would only push a warm one out."""
        if not isinstance(recogniser, VoskRecogniser) or recogniser.options.phrases:
            return
        if recogniser.kaldi.seconds < RETIRED:
            with self._lock:
                self._spare.append((recogniser.options, recogniser.kaldi))

    def _taken(self, options: Options) -> Kaldi | None:
        """A spare recogniser for these options; the last to come back is the warmest."""
        with self._lock:
            for index in range(len(self._spare) - 1, -1, -1):
                if self._spare[index][0] == options:
                    kaldi = self._spare[index][1]
                    del self._spare[index]
                    return kaldi
        return None

    def _made(self, options: Options) -> Any:
        rate = max(options.sample_rate, self.rate)
        grammar = self._grammar(options.phrases)
        kaldi = vosk.KaldiRecognizer(self._for_phrases() if grammar else self._model, rate, *grammar)
        kaldi.SetWords(options.words)
        kaldi.SetMaxAlternatives(options.max_alternatives)
        return kaldi

    def _loaded(self, *, static: bool) -> Any:
        with view(self.folder.path, self._chunk, static=static) as folder:
            return vosk.Model(str(folder))

    def _for_phrases(self) -> Any:
        """The model with a graph that takes phrases; of both kinds, loaded when it is first wanted."""
        if self.folder.graph != "both":
            return self._model
        with self._loading:
            if self._changeable is None:
                self._changeable = self._loaded(static=False)
            return self._changeable

    def _grammar(self, phrases: tuple[str, ...]) -> list[str]:
        """The phrase list in the model's words, as Vosk takes it; [] for everything the model knows."""
        known, unknown = spelled(phrases, self._knows) if self.folder.phrases else ([], 0)
        if unknown:
            log.warning("asr phrases not in the lexicon", ignored=unknown, of=len(phrases))
        return [json.dumps(known, ensure_ascii=False)] if known else []

    def _knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)


class VoskRecogniser:
    """One stream's recogniser from its sample `at` on; answers are Vosk's JSON, times in seconds from the
    stream's first sample."""

    def __init__(self, kaldi: Kaldi, options: Options, model_rate: int, at: int) -> None:
        self.kaldi, self.options = kaldi, options
        rate = options.sample_rate
        self._rate = max(rate, model_rate)
        self._upsampler = Upsampler(rate, model_rate) if rate < model_rate else None
        self._later = at / rate - kaldi.seconds

    def accept(self, pcm: bytes) -> str:
        """Decodes s16le mono samples: a result if an utterance ended with them, else nothing."""
        if self._upsampler:
            pcm = self._upsampler.feed(pcm)
        return moved(str(self.kaldi.of.Result()), self._later) if self._fed(pcm) else ""

    def partial(self) -> str:
        """The interim result so far."""
        return str(self.kaldi.of.PartialResult())

    def finish(self) -> str:
        """The last result of what was fed; the recogniser can go on with a new utterance."""
        if self._upsampler:
            self._fed(self._upsampler.flush())
        return moved(str(self.kaldi.of.FinalResult()), self._later)

    def _fed(self, pcm: bytes) -> bool:
        """Whether an utterance ended with these samples, which Vosk counts."""
        self.kaldi.seconds += len(pcm) / 2 / self._rate
        return bool(pcm and self.kaldi.of.AcceptWaveform(pcm))

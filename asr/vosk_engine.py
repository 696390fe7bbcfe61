"""Vosk behind our engine protocol: a checked model folder, and recognisers made from it.

The only file that imports `vosk`. Knows what Vosk does not take care of itself: raising a low sample rate to
the model's (it lowers by itself but stops on a lower one), phrases with words outside the vocabulary, its
chatter on stderr. Blocking and CPU-bound by nature: `asr.worker` calls it from its threads. A recogniser
belongs to one thread at a time; the model is shared and read-only, and nothing a client says changes it.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vosk

from asr.audio import Upsampler
from asr.errors import ModelError
from asr.folder import ModelFolder, inspect, sha256
from asr.session import Options


class VoskEngine:
    """A loaded model. Raises ModelError when the folder is not one or Vosk cannot load it."""

    def __init__(self, path: Path) -> None:
        self.folder: ModelFolder = inspect(path)
        self.sha256 = sha256(self.folder)
        vosk.SetLogLevel(-1)
        try:
            self._model: Any = vosk.Model(str(self.folder.path))
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
    def software(self) -> str:
        """Vosk and its version: part of the evidence."""
        return f"vosk {version('vosk')}"

    def recogniser(self, options: Options) -> VoskRecogniser:
        """A recogniser for one stream. Raises AsrError's kin only for a model gone bad."""
        return VoskRecogniser(self._kaldi(options), options.sample_rate, self.rate)

    def _kaldi(self, options: Options) -> Any:
        rate = max(options.sample_rate, self.rate)
        phrases = self._known(options.phrases) if self.folder.phrases else []
        grammar = [json.dumps(phrases, ensure_ascii=False)] if phrases else []
        kaldi = vosk.KaldiRecognizer(self._model, rate, *grammar)
        kaldi.SetWords(options.words)
        kaldi.SetMaxAlternatives(options.max_alternatives)
        return kaldi

    def _known(self, phrases: tuple[str, ...]) -> list[str]:
        """The phrases made only of the model's words; a list with none of them would be an empty graph."""
        return [
            phrase
            for phrase in phrases
            if phrase.split() and all(self._model.vosk_model_find_word(word) >= 0 for word in phrase.split())
        ]


class VoskRecogniser:
    """One stream's recogniser; answers are Vosk's JSON, times in seconds from the stream's first sample."""

    def __init__(self, kaldi: Any, rate: int, model_rate: int) -> None:
        self._kaldi = kaldi
        self._upsampler = Upsampler(rate, model_rate) if rate < model_rate else None

    def accept(self, pcm: bytes) -> str:
        """Decodes s16le mono samples: a result if an utterance ended with them, else the partial so far."""
        if self._upsampler:
            pcm = self._upsampler.feed(pcm)
        if pcm and self._kaldi.AcceptWaveform(pcm):
            return str(self._kaldi.Result())
        return str(self._kaldi.PartialResult())

    def finish(self) -> str:
        """The last result of what was fed; the recogniser can go on with a new utterance."""
        if self._upsampler and (rest := self._upsampler.flush()):
            self._kaldi.AcceptWaveform(rest)
        return str(self._kaldi.FinalResult())

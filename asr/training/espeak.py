"""One espeak-ng voice in one process: sentences in, speech and the exact start of each phone out.

libespeak-ng's C interface by ctypes, because only it tells the phones (events), which makes labels and
lexicon free of any alignment. The library dies of a segmentation fault for some voice and text, so this
module is also a program (`python -m asr.training.espeak VOICE`) that `synth` starts once per voice and
whose death it survives. It knows nothing of words, models or files: JSON lines on stdin, JSON line + raw
samples on stdout.
"""

from __future__ import annotations

import base64
import ctypes
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 22050
"""Hz of every espeak-ng voice of the formant kind."""

BASE_VOICE: Final = "cmn-latn-pinyin"
"""Takes Hanzi with right readings; plain `cmn` of espeak-ng 1.51 reads many Hanzi as English letters."""

_LIBRARY: Final = "libespeak-ng.so.1"
_AUDIO_OUTPUT_SYNCHRONOUS: Final = 2
_INITIALIZE_PHONEME_EVENTS: Final = 1
_CHARS_UTF8: Final = 1
_POS_CHARACTER: Final = 1
_EVENT_END: Final = 0
_EVENT_PHONEME: Final = 7
_PARAMETERS: Final = {"rate": 1, "pitch": 3, "pitch_range": 4, "gap": 7}


@dataclass(frozen=True, slots=True)
class Prosody:
    """rate in words a minute (80..450), pitch and pitch_range 0..100, gap between words in 10 ms."""

    rate: int = 175
    pitch: int = 50
    pitch_range: int = 50
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone of an utterance: its espeak name, first sample (22 050 Hz) and the character (0-based) it
    speaks."""

    name: str
    sample: int
    character: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech as 16-bit samples at 22 050 Hz with the phones it consists of."""

    text: str
    samples: NDArray[np.int16]
    phones: tuple[Phone, ...]


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """The library, loaded and set to one voice; a second voice needs a second process."""

    def __init__(self, variant: str) -> None:
        """Raises OSError when libespeak-ng is missing, ValueError when it has no such voice variant."""
        self._library: Any = ctypes.CDLL(_LIBRARY)
        self._chunks: list[NDArray[np.int16]] = []
        self._phones: list[Phone] = []
        self._callback = _Callback(self._receive)
        self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, None, _INITIALIZE_PHONEME_EVENTS)
        self._library.espeak_SetSynthCallback(self._callback)
        name = f"{BASE_VOICE}+{variant}" if variant else BASE_VOICE
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f"espeak-ng knows no voice {name!r}")

    def say(self, text: str, prosody: Prosody) -> Utterance:
        """Text in Hanzi (digits too) as speech."""
        self._chunks, self._phones = [], []
        for name, value in asdict(prosody).items():
            self._library.espeak_SetParameter(_PARAMETERS[name], value, 0)
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None)
        samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        return Utterance(text, samples, tuple(self._phones))

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                name = event.id.string.decode("utf-8", "replace")
                self._phones.append(Phone(name, event.sample, event.text_position - 1))
            index += 1
        return 0


def encode(utterance: Utterance) -> str:
    """One JSON line for the parent process."""
    phones = [[phone.name, phone.sample, phone.character] for phone in utterance.phones]
    pcm = base64.b64encode(utterance.samples.tobytes()).decode()
    return json.dumps({"text": utterance.text, "phones": phones, "pcm": pcm}, ensure_ascii=False)


def decode(line: str) -> Utterance:
    """The line's utterance; raises ValueError or KeyError on a line cut short by a crash."""
    body = json.loads(line)
    samples = np.frombuffer(base64.b64decode(body["pcm"]), np.int16)
    return Utterance(body["text"], samples, tuple(Phone(*phone) for phone in body["phones"]))


def main(variant: str, read: Callable[[], str], write: Callable[[str], object]) -> None:
    """Answers each line {"text", "rate", ...} with one utterance until the input ends."""
    espeak = Espeak(variant)
    while line := read():
        order = json.loads(line)
        write(encode(espeak.say(order.pop("text"), Prosody(**order))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "", sys.stdin.readline, sys.stdout.write)

"""A whole recording through the recogniser at once, by the same rules as a live stream.

It drives `asr.session` with an engine and no socket, so that a file's text is what a client of the server
would get.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asr.audio import Clip
from asr.errors import AudioFileError
from asr.listener import NOTHING, Listener
from asr.ports import Engine
from asr.session import (
    NORMAL,
    Decode,
    Finish,
    Finished,
    Hangup,
    Message,
    Open,
    Recognised,
    Send,
    Session,
    step,
)
from asr.words import EOF_MESSAGE, Speech, config_message, join_chinese, parse_speech

CHUNK_SECONDS: Final = 0.2
"""As the stock client sends; Vosk looks for the end of an utterance once per piece."""
SELDOM: Final = 1.0
"""Seconds between interim results, which matter here only where a final comes back empty."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A final result, and when a live client would have had it: `fed` seconds of the clip were in, and this
    thread worked `cpu` seconds on the last of them. `at_end`: it came because the clip ended."""

    speech: Speech
    fed: float
    cpu: float
    at_end: bool


def heard(engine: Engine, clip: Clip, *, gated: bool = False) -> Iterator[Heard]:
    """The final results of a clip in order; words' times in seconds from its start. `gated`: as the server
    hears it, without silence and tones.

    Raises AudioFileError for a clip that the server would refuse: a rate beyond its limits.
    """
    session, listener = Session(engine.name), None
    waiting: list[Message] = list(_messages(clip))[::-1]
    fed, began, at_end = 0, time.thread_time(), False
    while waiting:
        message = waiting.pop()
        if isinstance(message, bytes):
            fed, began = fed + len(message), time.thread_time()
        session, actions = step(session, message)
        for action in actions:
            if isinstance(action, Open):
                listener = Listener(engine, action.options, gated=gated, interval=lambda: SELDOM)
            elif isinstance(action, Decode) and listener:
                waiting.append(Recognised(listener.hear(listener.listen(action.pcm))))
            elif isinstance(action, Finish) and listener:
                waiting.append(Finished(listener.hear(listener.finish()) or NOTHING))
                at_end = True
            elif isinstance(action, Hangup) and action.code != NORMAL:
                raise AudioFileError(
                    f"采样率 {clip.rate} Hz 不能识别（{action.reason}）；请先转换到 8000–48000 Hz"
                )
            elif isinstance(action, Send):
                speech = parse_speech(action.text)
                if speech.kind == "final" and speech.text:
                    yield Heard(speech, fed / 2 / clip.rate, time.thread_time() - began, at_end)


def finals(engine: Engine, clip: Clip, *, gated: bool = False) -> Iterator[Speech]:
    """The final results of a clip in order; words' times in seconds from its start. `gated`: see `heard`."""
    return (result.speech for result in heard(engine, clip, gated=gated))


def transcribe(engine: Engine, clip: Clip) -> str:
    """A clip's text as Chinese is written."""
    return join_chinese(" ".join(speech.text for speech in finals(engine, clip)))


def _messages(clip: Clip) -> Iterator[Message]:
    yield config_message(clip.rate)
    size = 2 * int(clip.rate * CHUNK_SECONDS)
    for at in range(0, len(clip.pcm), size):
        yield clip.pcm[at : at + size]
    yield EOF_MESSAGE

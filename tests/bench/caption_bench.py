"""The caption, seen from outside: from the moment a word has been said into the telephone to the first event
on the live socket that shows it.

One caller says recorded sentences into a real call; when each word ends is known from the recogniser run over
the same recording beforehand. So what is measured is the way of the words, not what the recogniser takes them
for: a word that it hears live as another is counted as unseen.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from scene import scene
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from asr.audio import Clip
from asr.offline import finals
from asr.vosk_engine import VoskEngine
from asr.words import Speech
from bridge.media import g711

ROOT: Final = Path(__file__).parents[2]
CLIPS: Final = ("a_caller_1", "a_caller_2", "b_caller_1", "b_caller_2", "a_desk_1", "b_agent_1")
PAUSE: Final = 1.2
AFTER: Final = 3.0
"""Seconds for the last final."""
RATE: Final = 8000
DANGER: Final = "alert"

Event = tuple[int, dict[str, Any]]


def run() -> dict[str, list[float] | float]:
    """Milliseconds of each word and of each sentence's final; the per cent of words never shown."""
    pcm = b"".join(_samples(name) + bytes(int(2 * RATE * PAUSE)) for name in CLIPS)
    sentences = list(finals(VoskEngine(ROOT / "asr" / "models" / "demo"), Clip(RATE, pcm), gated=True))
    seconds = len(pcm) / 2 / RATE
    print(f"  caption: {len(sentences)} 句话，说 {seconds:.0f} 秒", file=sys.stderr, flush=True)
    with scene(asr=True) as stage, _events(stage.page) as events:
        stage.connect()
        stage.caller.hush()
        began = time.time_ns()
        stage.caller.talk(_frames(pcm))
        stage.wire.run(seconds - PAUSE)
        stage.caller.talk()
        stage.wire.run(AFTER)
        stage.end()
    return _judged(
        sentences, began, [each for each in events if each[1].get("speaker", "caller") == "caller"]
    )


def _judged(sentences: list[Speech], began: int, events: list[Event]) -> dict[str, list[float] | float]:
    words = [word for sentence in sentences for word in sentence.words]
    shown = list(_shown(events))
    said, delays, text = 0, [], ""
    for word in words:
        text += word.text
        said += 1
        count = text.count(word.text)
        first = next((at for at, so_far in shown if so_far.count(word.text) >= count), None)
        if first is not None:
            delays.append((first - began) / 1e6 - word.end * 1000)
    finals_at = [at for at, event in events if event["type"] == "utterance" and event["final"]]
    ends = [sentence.words[-1].end for sentence in sentences if sentence.words]
    lags = [
        min(((at - began) / 1e6 - end * 1000 for at in finals_at if (at - began) / 1e9 > end), default=0.0)
        for end in ends
    ]
    figures: dict[str, list[float] | float] = {
        "caption_ms": delays,
        "caption_final_ms": lags,
        "caption_unseen": 100 * (1 - len(delays) / said),
    }
    alerts = list(_alerts(words, began, events))
    return {**figures, "alert_ms": alerts} if alerts else figures


def _shown(events: list[Event]) -> Iterator[tuple[int, str]]:
    """After each event, all that has been shown so far: finals, and what is being said."""
    kept: dict[str, str] = {}
    for at, event in events:
        if event["type"] == "utterance":
            kept[event["id"]] = "".join(event["text"].split())
            yield at, "".join(kept.values())


def _alerts(words: list[Any], began: int, events: list[Event]) -> Iterator[float]:
    """From the end of the danger words said to their alert; each once."""
    text = "".join(word.text for word in words)
    ends = [word.end for word in words for _ in word.text]
    known = set()
    for at, event in events:
        word = event["alert"]["said"] if event["type"] == DANGER else ""
        if word and word in text and word not in known:
            known.add(word)
            yield (at - began) / 1e6 - ends[text.index(word) + len(word) - 1] * 1000


@contextmanager
def _events(page: int) -> Iterator[list[Event]]:
    """What comes over the live socket, with CLOCK_REALTIME nanoseconds."""
    events: list[Event] = []
    with connect(f"ws://127.0.0.1:{page}/api/v1/live", max_size=None) as socket:

        def listen() -> None:
            try:
                for message in socket:
                    at, event = time.time_ns(), json.loads(message)
                    if event.get("type") in {"utterance", DANGER}:
                        events.append((at, event))
            except ConnectionClosed:
                return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        yield events
    listener.join()


def _samples(name: str) -> bytes:
    with wave.open(str(ROOT / "tests" / "data" / "speech" / f"{name}.wav")) as recording:
        return recording.readframes(recording.getnframes())


def _frames(pcm: bytes) -> list[bytes]:
    octets = g711.encode("PCMA", np.frombuffer(pcm, np.int16))
    return [octets[at : at + 160] for at in range(0, len(octets) - 159, 160)]

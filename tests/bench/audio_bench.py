"""The voice over a transfer: how soon both ends hear each other after the desk's answer, and how long the
caller hears nothing.

All three phones send every 20 ms. The desk's voice begins with its 200 OK, as a telephone's does; each
speaker is known by the first octet of its packets, so who is heard is read from the packets themselves.
"""

from __future__ import annotations

import random
from itertools import pairwise

from scene import CALLER_MARK, DESK_MARK, Scene, scene

TRANSFERS = 30
RINGING = 0.2
AFTER = 1.0
"""Seconds after the answer that still belong to the transfer."""


def run() -> dict[str, list[float]]:
    """Milliseconds by figure, one value a transfer."""
    figures: dict[str, list[float]] = {
        "answer_to_caller_ms": [], "answer_to_desk_ms": [], "answer_to_audio_ms": [], "caller_gap_ms": [],
        "own_lateness_ms": [],
    }  # fmt: skip
    with scene() as stage:
        chance = random.Random(TRANSFERS)
        for _ in range(TRANSFERS):
            for name, value in _transfer(stage, chance.uniform(0.1, 0.15)).items():
                figures[name].append(value)
    return figures


def _transfer(stage: Scene, talk: float) -> dict[str, float]:
    caller, desk, wire = stage.caller, stage.desk, stage.wire
    stage.connect()
    wire.run(talk)
    wire.latest = 0.0
    pressed = stage.agent.refer("110")
    stage.rung()
    wire.run(RINGING)
    answered = desk.pick_up()
    desk.talk()
    wire.until(lambda: "BYE" in stage.agent.dialog.got, "release of the agent")
    wire.run(AFTER)
    to_caller = _first(caller.voice, DESK_MARK) - answered
    to_desk = _first(desk.voice, CALLER_MARK) - answered
    figures = {
        "answer_to_caller_ms": to_caller / 1e6,
        "answer_to_desk_ms": to_desk / 1e6,
        "answer_to_audio_ms": max(to_caller, to_desk) / 1e6,
        "caller_gap_ms": _gap(caller.voice, pressed) / 1e6,
        "own_lateness_ms": wire.latest * 1000,
    }
    stage.end()
    return figures


def _first(voice: list[tuple[int, int]], mark: int) -> int:
    """When that speaker was first heard."""
    return next(at for at, speaker in voice if speaker == mark)


def _gap(voice: list[tuple[int, int]], since: int) -> int:
    """The longest silence in ns, the one the press fell into included."""
    times = [at for at, _ in voice]
    return max(later - earlier for earlier, later in pairwise(times) if later > since)

"""Numbers as they are said in front of 位, and that every part of them can be said."""

from __future__ import annotations

from pathlib import Path

import pytest

import bridge
from bridge.queues.spoken import MOST, position

PROMPTS = Path(bridge.__file__).parent / "prompts"
SAID = {"number-two": "两", "number-10": "十"} | {
    f"number-{n}": sign for n, sign in enumerate("一二三四五六七八九", 1)
}


def spoken(ahead: int) -> str:
    return "".join(SAID[part] for part in position(ahead)[1:-1])


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(1, "一"), (2, "两"), (9, "九"), (10, "十"), (12, "十二"), (20, "二十"), (21, "二十一"), (99, "九十九")],
)
def test_numbers(ahead: int, said: str) -> None:
    assert spoken(ahead) == said


def test_who_is_next_and_who_is_far_behind() -> None:
    assert position(0) == ("queue-next",)
    assert position(MOST + 1) == ("queue-many",)


def test_every_number_is_different() -> None:
    assert len({spoken(ahead) for ahead in range(1, MOST + 1)}) == MOST


def test_every_part_is_a_prompt() -> None:
    parts = {part for ahead in range(MOST + 2) for part in position(ahead)}
    assert parts <= {path.stem for path in PROMPTS.glob("*.wav")}

"""The kin desk: each ticket is linked once, by what it says when it says enough, in bounded memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.handling.kin import Found
from bridge.services import kin_desk
from bridge.services.kin_desk import KinDesk

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLACE = "东昌府区柳园南路26号"


def papers(
    ticket: str, what: str = "有人打架还拿着刀", place: str = PLACE, caller: str = ""
) -> dict[str, Any]:
    return {
        "ticket": ticket, "incident": f"i-{ticket}", "category": {"id": "a2-crime"},
        "caller": {"number": caller or f"138{ticket}"},
        "elements": {"contact": {"value": ""}, "where": {"value": place}, "what": {"value": what}},
    }  # fmt: skip


class Desk:
    def __init__(self) -> None:
        self.found: list[tuple[str, Found]] = []
        self.desk = KinDesk(lambda ticket, found: self.found.append((ticket, found)))

    def look(self, *given: Any, minutes: float = 0, **more: Any) -> None:
        self.desk.look(papers(*given, **more), NOW + timedelta(minutes=minutes))


def test_a_repetition_is_found_when_the_story_says_enough_and_told_once() -> None:
    desk = Desk()
    desk.look("a")
    desk.look("b", "你好", "", minutes=1)
    assert desk.found == []
    for _ in range(2):
        desk.look("b", minutes=1)
    desk.look("b", "有人打架还拿着刀快来", minutes=1)
    assert desk.found == [("b", Found("duplicate", "a"))]


def test_what_was_before_the_start_is_compared_with_too() -> None:
    desk = Desk()
    desk.desk.remember(papers("a"), NOW - timedelta(hours=2))
    desk.look("b")
    assert desk.found == [("b", Found("duplicate", "a"))]


def test_the_past_is_forgotten(monkeypatch: Any) -> None:
    monkeypatch.setattr(kin_desk, "MOST", 50)
    desk = Desk()
    for number in range(500):
        desk.look(
            str(number), f"第{number}件事情完全不同{number * 13}", f"东昌府区新路{number}号", minutes=number
        )
    assert len(desk.desk._told) == len(desk.desk._order) == 50
    assert sum(map(len, desk.desk._by.values())) <= 100
    desk.look("late", minutes=60 * 24 * 30)
    assert list(desk.desk._told) == ["late"]
    assert len(desk.desk._by) == 2

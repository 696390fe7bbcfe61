"""The people at the tickets: what two bridges' logs must have in common, and how it looks."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from bridge.demo.cast import SCENES
from bridge.demo.report import Report
from bridge.demo.screen import draw
from bridge.demo.state import Picture
from bridge.demo.tickets import story

AT = datetime(2026, 3, 2, 1, 15, tzinfo=UTC).isoformat()


def entry(name: str = "", by: str = "", incident: str = "i1") -> dict[str, Any]:
    return {"deed": {"name": name, "by": by} if name else None, "handling": {"incident": incident}}


def test_what_a_bridge_notes_by_itself_is_no_part_of_the_story() -> None:
    ours = [entry(), entry("accept", "110"), entry("close", "12345")]
    theirs = [entry(), entry("deliver"), entry("accept", "110"), entry("link"), entry("close", "12345")]
    assert story(ours) == story(theirs)
    assert story(ours) != story(theirs[:-1])
    assert story(ours) != story([entry(incident="i2"), *ours[1:]])


async def test_the_screen_shows_how_far_both_are_and_where_their_pages_are() -> None:
    picture, out = Picture(), io.StringIO()
    entered = [{"state": "accepted", "at": AT}, {"state": "closed", "at": AT}]
    handling = {"ticket": "t7", "path": ["12345", "110"], "entered": entered}
    await picture.feed({"type": "handling", "handling": handling})
    pages = ("http://127.0.0.1:8080", "http://127.0.0.1:8090")
    Console(file=out, width=100).print(draw(picture, Report(), SCENES["12345-110"], pages))
    for part in (*pages, "工单 t7", "12345 → 110", "已签收", "已办结"):
        assert part in out.getvalue()

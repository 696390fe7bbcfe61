"""What docs/deadlines.md shows is what is sent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.handling.amounts import read_amount
from bridge.handling.deadline_rules import DeadlineRule
from bridge.handling.heralds import Warnings, describe, moments
from bridge.handling.table import step
from bridge.handling.timetable import DONE, OWED, Timetable
from bridge.handling.words import Deed, opened
from bridge.routing.hours import WORKDAY, Calendar, Hours

TEXT = (Path(__file__).parent.parent / "docs" / "deadlines.md").read_text()
START = datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_the_example_is_what_is_sent() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)[0])
    hours = Hours(Calendar(ZoneInfo("Asia/Shanghai")), frozenset({WORKDAY}), ((540, 1050),), "")
    rule = DeadlineRule("紧急", hours, urgency="urgent", allows={"accept": read_amount("30 分钟")})
    table = Timetable((rule,), hours)
    draft = opened(
        ticket=shown["ticket"], incident=shown["incident"], origin="12345", target="110", at=START,
        urgency="urgent", category="a2-crime",
    )  # fmt: skip
    there = table.follow(step(draft, Deed("d", "deliver", "", START))[0])
    (deadline,) = there.deadlines
    (overdue,) = moments(Warnings(), table, deadline)
    assert describe(overdue, there, deadline, table, deadline.due + timedelta(seconds=1)) == shown


def test_every_kind_has_its_row() -> None:
    owed = {kind for kinds in OWED.values() for kind in kinds} | {"outcome"}
    assert set(re.findall(r"^\| (\w+) \S+ \|", TEXT, re.MULTILINE)) == owed
    assert {kind for kinds in DONE.values() for kind in kinds} == owed

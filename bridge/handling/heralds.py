"""When somebody is told of a deadline, and in which words: a reminder before it, a word when it has passed,
and one for each level it is carried up to.

Pure. Moments are counted in the deadline's own time, so nobody is reminded on a Sunday of a Monday's work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, Literal

from bridge.handling.amounts import Amount
from bridge.handling.deadlines import KIND_NAMES, Deadline
from bridge.handling.timetable import Timetable
from bridge.handling.words import Handling
from bridge.handling.working_time import ahead, behind, due, elapsed, workday_seconds
from bridge.routing.hours import Hours

Word = Literal["reminder", "overdue", "escalated"]
WORD_NAMES: Final[dict[Word, str]] = {"reminder": "即将到期", "overdue": "超时", "escalated": "超时上报"}

SCHEMA: Final = "bridge.deadline.v1"
_AFTER: Final = timedelta(seconds=1)
"""Overdue is what is past its moment."""
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Level:
    """Whom it is carried up to when it has been overdue for `after`."""

    after: Amount
    to: str


@dataclass(frozen=True, slots=True)
class Warnings:
    """remind: the last so much of a deadline's time, a share of it (0 to 1), or an amount; None: nobody is
    reminded. levels: in order of time."""

    remind: float | Amount | None = None
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Something to be said at `at` (UTC). to: whom it is carried up to, "" unless escalated."""

    word: Word
    at: datetime
    to: str = ""


def moments(warnings: Warnings, timetable: Timetable, deadline: Deadline) -> tuple[Moment, ...]:
    """All that is said of a deadline that runs, in order; the first of them is the reminder, if there is one.
    Raises OverflowError past the year 9999."""
    hours = timetable.hours_of(deadline)
    reminder = _reminder(warnings.remind, timetable, deadline)
    levels = [Moment("escalated", _up(level.after, hours or timetable.hours, deadline), level.to)
              for level in warnings.levels]  # fmt: skip
    over = deadline.due + _AFTER
    first = () if reminder is None else (Moment("reminder", reminder),)
    return (*first, Moment("overdue", over), *sorted(levels, key=lambda each: each.at))


def unsaid(
    plan: tuple[Moment, ...], stage: int, now: datetime
) -> tuple[tuple[Moment, ...], int, datetime | None]:
    """What is to be said now, the stage then, and when to look again (None: never). stage: the rank of the
    last moment that is over, so that a plan may change while deadlines run. After a long silence the
    reminder of what is overdue by now is left out; nothing else is."""
    coming = [(rank, each) for rank, each in _ranked(plan) if rank > stage]
    over = [(rank, each) for rank, each in coming if each.at <= now]
    late = any(each.word == "overdue" for _, each in over)
    said = tuple(each for _, each in over if not (late and each.word == "reminder"))
    again = min((each.at for _, each in coming if each.at > now), default=None)
    return said, max((rank for rank, _ in over), default=stage), again


def describe(
    moment: Moment, handling: Handling, deadline: Deadline, timetable: Timetable, now: datetime
) -> dict[str, Any]:
    """The plain JSON of what is said, for pages, partners and hooks."""
    late = timetable.late(deadline, now)
    return {
        "schema": SCHEMA,
        "word": moment.word,
        "to": moment.to,
        "ticket": handling.ticket,
        "incident": handling.incident,
        "path": list(handling.path),
        "state": handling.state,
        "category": handling.category,
        "urgency": handling.urgency,
        "kind": deadline.kind,
        "partner": deadline.partner,
        "rule": deadline.rule,
        "since": deadline.since.isoformat(),
        "due": deadline.due.isoformat(),
        "late_seconds": round(late),
        "summary": _text(moment, deadline, timetable, late),
    }


def spell(seconds: float, working: Hours | None) -> str:
    """`2 个工作日 3 小时 5 分钟`, in days of so much work; working None: `2 天 3 小时`. Not negative; the two
    greatest units that are not nothing."""
    day = _DAY if working is None else workday_seconds(working)
    days, rest = divmod(round(seconds), day)
    parts = (
        (days, "天" if working is None else "个工作日"),
        (rest // 3600, "小时" if working is None else "工作小时"),
        (rest % 3600 // 60, "分钟"),
    )
    said = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(said[:2]) or "不到 1 分钟"


def seconds_of(amount: Amount, hours: Hours) -> int:
    """Of an amount as a length: a day is a day's work, or 24 hours."""
    day = workday_seconds(hours) if amount.working else _DAY
    return amount.count * day if amount.seconds is None else amount.seconds


def _ranked(plan: tuple[Moment, ...]) -> Iterator[tuple[int, Moment]]:
    """A reminder is the first, what is overdue the second, the levels follow, whichever there are."""
    level = count(3)
    for each in plan:
        yield {"reminder": 1, "overdue": 2}.get(each.word) or next(level), each


def _reminder(remind: float | Amount | None, timetable: Timetable, deadline: Deadline) -> datetime | None:
    """Never before the deadline began; None: it would be no earlier than the end."""
    if remind is None:
        return None
    hours = timetable.hours_of(deadline)
    if isinstance(remind, Amount):
        clock = (hours or timetable.hours) if remind.working else None
        at = behind(clock, deadline.due, seconds_of(remind, hours or timetable.hours))
    else:
        whole = elapsed(hours, deadline.since, deadline.due)
        at = ahead(hours, deadline.since, round(whole * (1 - remind)))
    return max(at, deadline.since) if at < deadline.due else None


def _up(after: Amount, hours: Hours, deadline: Deadline) -> datetime:
    return max(due(hours, deadline.due, after), deadline.due + _AFTER)


def _text(moment: Moment, deadline: Deadline, timetable: Timetable, late: float) -> str:
    hours = timetable.hours_of(deadline)
    zone = timetable.hours.calendar.zone
    local = deadline.due.astimezone(zone)
    length = spell(abs(late), hours)
    standing = f"已超时 {length}" if late > 0 else f"还剩 {length}"
    up = f"，上报{moment.to}" if moment.to else ""
    owed = f"平台 {deadline.partner} 应在 {local:%Y-%m-%d %H:%M} 前{KIND_NAMES[deadline.kind]}"
    return f"{WORD_NAMES[moment.word]}：{owed}（规则“{deadline.rule}”），{standing}{up}"

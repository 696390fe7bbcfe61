"""Deadlines along the life of a ticket: who owes what from when, what stops the clock, what an urgent turn
makes of it; and over every walk of the table, what must always hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.handling.amounts import read_amount
from bridge.handling.deadline_rules import DeadlineRule
from bridge.handling.deadlines import Deadline, Kind
from bridge.handling.table import TABLE, allowed, step
from bridge.handling.timetable import DONE, OWED, WAITS, Timetable
from bridge.handling.words import ENDED, STATE_NAMES, Deed, Handling, Link, opened
from bridge.routing.hours import WORKDAY, Calendar, Hours

CHINA = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(CHINA)
OFFICE = Hours(CALENDAR, frozenset({WORKDAY}), ((540, 720), (810, 1050)), "")
ANY = {"accept": "2 工作小时", "feedback": "3 工作日", "close": "1 工作日", "outcome": "5 工作日"}
FAST = {"accept": "10 分钟", "feedback": "2 小时"}


def rule(name: str, allows: dict[str, str], **fits: object) -> DeadlineRule:
    amounts = {kind: read_amount(text) for kind, text in allows.items()}
    return DeadlineRule(name, OFFICE, allows=amounts, **fits)  # type: ignore[arg-type]


TABLES = Timetable((rule("一般", ANY), rule("紧急", FAST, urgency="urgent")), OFFICE)
OPENED = datetime(2026, 3, 2, 9, tzinfo=CHINA)  # a Monday
turns = count()


def moment(text: str) -> datetime:
    """`4 10:00`: the time of that day in March 2026."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-03-{int(day):02}T{clock}").replace(tzinfo=CHINA)


def ticket(**changes: object) -> Handling:
    return TABLES.follow(
        opened(ticket="t", incident="i", origin="12345", target="110", at=OPENED, **changes)  # type: ignore[arg-type]
    )


def walk(handling: Handling, *steps: str) -> Handling:
    """Each step `12345 negotiate 4 10:00 owner=110`, "-" for this program."""
    for text in steps:
        by, name, day, clock, *more = text.split()
        said = dict(each.split("=") for each in more)
        deed = Deed(
            str(next(turns)), name, by.strip("-"), moment(f"{day} {clock}"), reason="因为", **said  # type: ignore[arg-type]
        )  # fmt: skip
        handling = TABLES.follow(step(handling, deed)[0])
    return handling


def told(handling: Handling) -> list[tuple[str, ...]]:
    """Kind, who, due (or the seconds that are left), state."""
    return [
        (
            each.kind,
            each.partner,
            f"{each.due.astimezone(CHINA):%-d %H:%M}" if each.left is None else f"{each.left:.0f}s",
            each.state,
        )
        for each in handling.deadlines
    ]


def of(handling: Handling, kind: Kind) -> Deadline:
    return [each for each in handling.deadlines if each.kind == kind][-1]


# --- along a life -------------------------------------------------------------------------------------------


def test_nothing_is_owed_before_it_is_there() -> None:
    assert ticket().deadlines == ()


def test_the_whole_loop_in_time() -> None:
    there = walk(ticket(), "- deliver 2 16:30")
    assert told(there) == [("accept", "110", "3 10:00", "open"), ("feedback", "110", "5 17:30", "open")]
    accepted = walk(there, "110 accept 3 10:00")
    assert told(accepted) == [("accept", "110", "3 10:00", "met"), ("feedback", "110", "5 17:30", "open")]
    back = walk(accepted, "110 start 3 11:00", "110 feedback 5 10:00")
    assert told(back)[1:] == [("feedback", "110", "5 17:30", "met"), ("close", "12345", "6 17:30", "open")]
    closed = walk(back, "12345 close 9 09:00")
    assert told(closed)[2:] == [("close", "12345", "6 17:30", "missed")]
    assert TABLES.late(of(closed, "close"), moment("20 09:00")) == 0, "Monday 9:00 is no working time late"


def test_a_return_answers_and_stops_the_clock_until_it_is_sent_again() -> None:
    back = walk(ticket(), "- deliver 2 09:00", "110 return 2 10:00")
    left = 27 * 3600
    assert told(back) == [("accept", "110", "2 11:00", "met"), ("feedback", "110", f"{left}s", "open")]
    again = walk(back, "12345 resend 10 09:00", "- deliver 10 10:00")
    assert told(again)[1:] == [
        ("feedback", "110", "13 17:30", "open"),
        ("accept", "110", "10 12:00", "open"),
    ], "27 working hours from there; acceptance anew"


def test_another_holder_begins_anew() -> None:
    back = walk(ticket(), "- deliver 2 09:00", "110 return 2 10:00", "12345 resend 4 09:00 to=119")
    assert told(back) == [("accept", "110", "2 11:00", "met")]
    assert told(walk(back, "- deliver 4 09:00"))[1:] == [
        ("accept", "119", "4 11:00", "open"),
        ("feedback", "119", "9 17:30", "open"),
    ]


def test_negotiating_stops_the_clock_and_agreeing_starts_it() -> None:
    apart = walk(ticket(), "- deliver 2 09:00", "110 negotiate 2 10:00 owner=110")
    assert told(apart) == [("accept", "110", "3600s", "open"), ("feedback", "110", "97200s", "open")]
    assert TABLES.late(of(apart, "accept"), moment("9 09:00")) == -3600
    agreed = walk(apart, "12345 agree 9 10:00")
    assert told(agreed) == [("accept", "110", "2 11:00", "met"), ("feedback", "110", "12 17:30", "open")]


def test_a_new_owner_owes_from_the_agreement_on() -> None:
    agreed = walk(ticket(), "- deliver 2 09:00", "110 negotiate 2 10:00 owner=12345", "12345 agree 9 10:00")
    assert told(agreed) == [("accept", "110", "2 11:00", "met"), ("feedback", "12345", "12 17:30", "open")]


def test_late_stays_as_late_as_it_was_while_the_clock_stood() -> None:
    late = walk(ticket(), "- deliver 2 09:00", "110 negotiate 2 14:30 owner=110")
    assert of(late, "accept").left == -2 * 3600, "due at 11, an hour before and one after lunch"
    assert not of(late, "accept").overdue(moment("9 09:00"))
    on = walk(late, "12345 agree 9 10:00")
    assert (of(on, "accept").state, of(on, "accept").left) == ("missed", None)


def test_late_feedback_is_as_late_after_the_pause() -> None:
    apart = walk(ticket(), "- deliver 2 09:00", "110 accept 2 10:00", "110 negotiate 6 10:00 owner=110")
    on = walk(apart, "12345 agree 20 14:30")
    assert TABLES.late(of(on, "feedback"), moment("20 14:30")) == 3600
    assert TABLES.late(of(on, "feedback"), moment("20 15:30")) == 2 * 3600


def test_what_is_taken_away_too_late_was_missed_and_in_time_is_nothing() -> None:
    there = walk(ticket(), "- deliver 2 09:00")
    assert walk(there, "12345 withdraw 2 10:00").deadlines == ()
    assert told(walk(there, "12345 withdraw 2 14:00")) == [("accept", "110", "2 11:00", "missed")]


def test_reopening_asks_for_feedback_again() -> None:
    done = walk(ticket(), "- deliver 2 09:00", "110 accept 2 09:30", "110 feedback 2 10:00")
    more = walk(done, "12345 reopen 3 10:00")
    assert told(more)[1:] == [
        ("feedback", "110", "5 17:30", "met"),
        ("feedback", "110", "6 17:30", "open"),
    ], "who asked owes no closing any more"


def test_urgent_from_now_on_is_the_earlier_of_both() -> None:
    there = walk(ticket(), "- deliver 2 09:00")
    worse = walk(there, "12345 escalate 2 10:00")
    assert told(worse) == [("accept", "110", "2 10:10", "open"), ("feedback", "110", "2 12:00", "open")]
    at_the_last = walk(there, "12345 escalate 2 10:58")
    assert told(at_the_last)[0] == ("accept", "110", "2 11:00", "open"), "never later than it was"


def test_the_half_of_a_pair_owes_its_outcome() -> None:
    half = TABLES.follow(ticket())
    paired = replace(half, links=(Link("outcome", "u"),))
    there = walk(paired, "- deliver 2 09:00")
    assert told(there)[2:] == [("outcome", "110", "9 17:30", "open")]
    assert told(walk(there, "110 accept 2 10:00", "110 feedback 9 17:31"))[2] == (
        "outcome", "110", "9 17:30", "missed",
    )  # fmt: skip


def test_papers_that_say_more_are_read_from_the_beginning() -> None:
    there = walk(ticket(), "- deliver 2 09:00")
    known = TABLES.reread(replace(there, urgency="danger"))
    assert told(known) == [("accept", "110", "2 09:10", "open"), ("feedback", "110", "2 11:00", "open")]
    assert {each.since for each in known.deadlines} == {moment("2 09:00")}
    back = TABLES.reread(replace(known, urgency="normal"))
    assert back == there, "a class heard wrong makes nothing stricter for good"
    apart = walk(there, "110 negotiate 2 10:00 owner=110")
    assert TABLES.reread(replace(apart, urgency="danger")).deadlines == apart.deadlines


def test_a_time_no_calendar_reaches_changes_nothing() -> None:
    there = walk(ticket(), "- deliver 2 09:00")
    beyond = replace(there, state="accepted", changed_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert TABLES.follow(replace(there, deadlines=(), changed_at=beyond.changed_at)).deadlines == ()
    assert of(TABLES.follow(beyond), "accept").state == "missed"


def test_a_rule_that_has_gone_leaves_the_usual_hours() -> None:
    other = Timetable((), OFFICE)
    paused = walk(ticket(), "- deliver 2 16:30").deadlines[0]
    assert other.hours_of(paused) == OFFICE
    assert other.late(paused, moment("3 14:30")) == 3 * 3600


# --- over every walk ----------------------------------------------------------------------------------------


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[Handling, Handling]]:
    """Steps anybody may take, with hours or days between them: each with what was before it."""
    now, at = ticket(urgency=draw(st.sampled_from(("normal", "urgent")))), OPENED
    steps = []
    for _ in range(draw(st.integers(1, 12))):
        may = [(who, name) for who in ("12345", "110", "") for name in allowed(now, who)]
        if not may:
            break
        by, name = draw(st.sampled_from(may))
        at += timedelta(minutes=draw(st.integers(0, 6000)))
        owner = draw(st.sampled_from((now.origin, now.target)))
        deed = Deed(str(next(turns)), name, by, at, reason="因为", owner=owner)
        before, now = now, TABLES.follow(step(now, deed)[0])
        steps.append((before, now))
    return steps


@settings(max_examples=60)
@given(walks())
def test_what_always_holds(steps: list[tuple[Handling, Handling]]) -> None:
    for before, after in steps:
        open_ones = [each for each in after.deadlines if each.state == "open"]
        assert TABLES.follow(after) == after, "again changes nothing"
        assert len({each.kind for each in open_ones}) == len(open_ones), "one of a kind at a time"
        assert all(each.runs for each in open_ones) == (after.state not in WAITS or not open_ones)
        if after.state in OWED:
            assert {each.kind for each in open_ones} == set(OWED[after.state])
        if after.state in ENDED:
            assert not open_ones
        ended = [each for each in before.deadlines if each.state != "open"]
        assert [each for each in after.deadlines if each in ended] == ended, "what is over stays as it was"
        debtors = {each.kind: each.partner for each in open_ones}
        assert debtors.pop("close", after.asker) == after.asker
        assert set(debtors.values()) <= {after.holder}
        for each in before.deadlines:
            if each.overdue(after.changed_at):
                same = [one for one in after.deadlines if (one.kind, one.since) == (each.kind, each.since)]
                assert same
                assert all(one.state != "met" and TABLES.late(one, after.changed_at) >= 0 for one in same)


def test_the_tables_know_every_state() -> None:
    owed, waits, over = set(OWED), set(WAITS), set(ENDED)
    assert owed | waits | over == set(STATE_NAMES)
    assert not owed & waits | owed & over | waits & over
    assert {row.then for row in TABLE.values()} >= set(DONE)


def test_moments_are_utc() -> None:
    assert of(walk(ticket(), "- deliver 2 09:00"), "accept").due.tzinfo is UTC

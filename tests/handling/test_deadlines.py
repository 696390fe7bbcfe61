"""A deadline: met or missed by the moment it is done, paused ones by what was left, and its JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.handling.deadlines import KIND_NAMES, KINDS, Deadline, decode, encode

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

moments = st.datetimes(timezones=st.just(UTC))
deadlines = st.builds(
    Deadline,
    st.sampled_from(KINDS),
    st.text(max_size=8),
    moments,
    moments,
    st.sampled_from(("open", "met", "missed")),
    st.text(max_size=8),
    st.booleans(),
    st.none() | st.floats(-1e6, 1e6),
    st.none() | moments,
)


@pytest.mark.parametrize(
    ("at", "state"), [(NOON - HOUR, "met"), (NOON, "met"), (NOON + timedelta(seconds=1), "missed")]
)
def test_done_in_time_is_met_and_later_is_missed(at: datetime, state: str) -> None:
    done = Deadline("accept", "110", NOON - 2 * HOUR, NOON).done(at)
    assert (done.state, done.done_at, done.runs) == (state, at, False)
    assert done.done(at + HOUR) is done, "what is done is done once"


@pytest.mark.parametrize(("left", "state"), [(60.0, "met"), (0.0, "met"), (-1.0, "missed")])
def test_a_paused_one_is_judged_by_what_was_left(left: float, state: str) -> None:
    paused = Deadline("close", "110", NOON - HOUR, NOON, left=left)
    assert not paused.runs
    assert not paused.overdue(NOON + 9 * HOUR)
    assert paused.done(NOON + 9 * HOUR).state == state


def test_overdue_begins_after_the_moment_itself() -> None:
    running = Deadline("accept", "110", NOON - HOUR, NOON)
    assert not running.overdue(NOON)
    assert running.overdue(NOON + timedelta(microseconds=1))


@given(deadlines)
def test_json_and_back(deadline: Deadline) -> None:
    assert decode(json.loads(json.dumps(encode(deadline)))) == deadline


def test_each_kind_has_its_word() -> None:
    assert list(KIND_NAMES) == list(KINDS)

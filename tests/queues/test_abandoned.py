"""Where a caller stood, whose number is whose, and how a call-back goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.calls.call import Call, Phase
from bridge.queues.abandoned import Abandoned, Task, again, done, opened, same_caller, stage_of, tried

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GONE = Abandoned("a", "c", "13906350001", "12345", "来话", "", "ringing", 7.0, NOW)


def call(phase: Phase, queue: str = "") -> Call:
    return Call("c", "12345", "12345", "r", (), (), (), phase=phase, queue=queue)


@pytest.mark.parametrize(
    ("phase", "queue", "stage"),
    [
        (Phase.SETUP, "", "ringing"),
        (Phase.SETUP, "hotline", "queue"),
        (Phase.QUEUED, "hotline", "queue"),
        (Phase.QUEUED, "", "queue"),
        (Phase.RECALLING, "hotline", "recall"),
        (Phase.ALONE, "", "transfer"),
        (Phase.LEAVING, "", "goodbye"),
        (Phase.TALKING, "", None),
        (Phase.OVER, "", None),
    ],
)
def test_where_a_caller_stands(phase: Phase, queue: str, stage: str | None) -> None:
    assert stage_of(call(phase, queue)) == stage


@pytest.mark.parametrize(
    "written", ["13906350001", "+8613906350001", "008613906350001", "013906350001", "139-0635-0001"]
)
def test_one_caller_however_networks_write_the_number(written: str) -> None:
    assert same_caller(written) == "13906350001"


@pytest.mark.parametrize(
    ("written", "known"),
    [("", ""), ("anonymous", ""), ("06351234567", "06351234567"), ("+4930123", "+4930123"), ("8001", "8001")],
)
def test_other_numbers_are_as_they_are(written: str, known: str) -> None:
    assert same_caller(written) == known


def test_a_task_from_first_to_last() -> None:
    task = opened("t", GONE)
    assert task == Task("t", "13906350001", "open", "12345", "来话", "ringing", NOW, NOW)
    task = tried(task, "李", "没人接")
    assert (task.state, task.tries, task.by, task.note) == ("tried", 1, "李", "没人接")
    later = Abandoned("b", "d", GONE.number, "12345", "来话", "h", "queue", 30.0, NOW + timedelta(hours=1))
    task = again(task, later)
    assert (task.state, task.times, task.stage, task.last_at) == ("open", 2, "queue", later.at)
    task = done(task, "answered")
    assert (task.state, task.ended, task.by, task.tries) == ("done", "answered", "李", 1)


def test_a_late_write_does_not_put_the_clock_back() -> None:
    task = opened("t", GONE)
    earlier = Abandoned("b", "d", GONE.number, "", "", "", "queue", 1.0, NOW - timedelta(minutes=5))
    assert again(task, earlier).last_at == NOW

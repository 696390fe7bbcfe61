"""Why a call ended or failed, read, written, and mapped between SIP and Q.850 (RFC 3326, 3398, 6432)."""

from __future__ import annotations

import pytest

from bridge.sip.reason import ELSEWHERE, Reason, broke, ended, of_status, parse_reasons, status_of


@pytest.mark.parametrize(
    ("value", "reasons"),
    [
        ('SIP;cause=200;text="Call completed elsewhere"', (Reason("sip", 200, "Call completed elsewhere"),)),
        ('Q.850 ;cause=16 ;text="Terminated"', (Reason("q.850", 16, "Terminated"),)),
        ('SIP;cause=580, Q.850;cause="x"', (Reason("sip", 580), Reason("q.850", 0))),
        ("preemption;CAUSE=1", (Reason("preemption", 1),)),
        ("Q.850;cause=99999999999", (Reason("q.850", 0),)),
        ("a b;cause=1", ()),
        ("", ()),
    ],
)
def test_reasons_are_read(value: str, reasons: tuple[Reason, ...]) -> None:
    assert parse_reasons([value]) == reasons


def test_a_reason_is_written_as_it_is_read() -> None:
    reason = Reason("q.850", 17, 'busy "again"')
    assert parse_reasons([reason.encode()]) == (reason,)


@pytest.mark.parametrize(
    ("status", "cause", "means"),
    [
        (480, 17, 486),
        (500, 17, 486),
        (503, 18, 408),
        (502, 1, 404),
        (480, 38, 503),
        (486, 41, 486),
        (503, 999, 503),
    ],
)
def test_a_vague_status_means_its_cause(status: int, cause: int, means: int) -> None:
    assert status_of(status, [f"Q.850;cause={cause}"]) == means


def test_a_status_without_a_cause_means_itself() -> None:
    assert status_of(480, []) == status_of(480, ["SIP;cause=486"]) == 480


@pytest.mark.parametrize(("status", "cause"), [(486, 17), (404, 1), (480, 18), (503, 41), (499, 31)])
def test_our_refusals_carry_the_cause(status: int, cause: int) -> None:
    assert of_status(status) == f"Q.850;cause={cause}"


@pytest.mark.parametrize(
    ("value", "is_failure"),
    [
        ("", False), ("Q.850;cause=16", False), ("Q.850;cause=31", False), ("Q.850;cause=41", True),
        ("Q.850;cause=27", True), ("SIP;cause=503", True), ("SIP;cause=200", False),
        ("other;cause=503", False), ("SIP;cause=200, Q.850;cause=38", True),
    ],
)  # fmt: skip
def test_a_line_that_broke_is_told_from_a_person_who_hung_up(value: str, is_failure: bool) -> None:
    assert broke(value) is is_failure


def test_a_call_taken_elsewhere_is_not_a_missed_one() -> None:
    assert ended("replaced") == ELSEWHERE
    assert ended("caller left") == 'Q.850;cause=16;text="caller left"'

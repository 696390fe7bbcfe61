"""What makes a password too weak, and how long wrong ones make somebody wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.access import backoff
from bridge.access.backoff import ADDRESS, NAME, PAIR, Patience, Scores, Strikes, wait
from bridge.access.passwords import LONGEST, SHORTEST, check
from bridge.errors import WeakPassword


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("短", "至少"), ("a1B!c2D?x", "至少"), ("x" * (LONGEST + 1), "最多"), ("my-zhang.san-pass", "登录名"),
        ("ZHANG.SAN123", "登录名"), ("1234567890", "常见"), ("Qwertyuiop", "常见"), ("aaaaaaaaaaaa", "常见"),
        ("abcabcabcabc", "常见"), ("9876543210", "常见"), ("ghijklmnopqr", "常见"), ("lkjhgfdsapoi", "常见"),
        ("PASSWORD123", "常见"),
    ],
)  # fmt: skip
def test_too_weak(password: str, why: str) -> None:
    with pytest.raises(WeakPassword, match=why):
        check(password, "zhang.san")


@pytest.mark.parametrize(
    "password", ["东边日出西边雨道是", "correct horse battery", "zzz yyy xxx www", "x7" * 5 + "ab"]
)
def test_length_is_enough_without_any_rule_of_composition(password: str) -> None:
    if len(password) >= SHORTEST:
        check(password, "zhang.san")
    else:
        with pytest.raises(WeakPassword):
            check(password, "zhang.san")


def test_free_tries_then_longer_and_longer_up_to_a_limit() -> None:
    waits = [wait(Strikes(count, 100.0), PAIR, 100.0) for count in range(0, 20)]
    assert waits[:5] == [0, 0, 0, 0, 0]
    assert waits[5:10] == [1, 2, 4, 8, 16]
    assert max(waits) == waits[-1] == PAIR.longest
    assert wait(Strikes(9, 100.0), PAIR, 110.0) == 6.0
    assert wait(Strikes(99, 100.0), PAIR, 100.0 + PAIR.forgets) == 0.0
    assert wait(None, PAIR, 0.0) == 0.0


@given(st.integers(0, 10**9), st.floats(0, 1e9), st.floats(0, 1e6))
def test_no_wait_is_negative_or_for_ever(count: int, last: float, later: float) -> None:
    for patience in (PAIR, ADDRESS, NAME):
        assert 0.0 <= wait(Strikes(count, last), patience, last + later) <= patience.longest


def test_who_is_attacked_from_elsewhere_is_not_shut_out() -> None:
    scores = Scores()
    for _ in range(PAIR.free + 3):
        scores.strike("wang", "192.0.2.1", 100.0)
    assert scores.wait("wang", "192.0.2.1", 100.0) > 0
    assert scores.wait("wang", "192.0.2.2", 100.0) == 0
    assert scores.wait("li", "192.0.2.1", 100.0) == 0


def test_one_address_does_not_try_many_names() -> None:
    scores = Scores()
    for number in range(ADDRESS.free):
        scores.strike(f"user{number}", "192.0.2.1", 100.0)
    assert scores.wait("another", "192.0.2.1", 100.0) > 0


def test_one_name_from_many_addresses_is_slowed_a_little() -> None:
    scores = Scores()
    for number in range(NAME.free + 30):
        scores.strike("wang", f"192.0.2.{number}", 100.0)
    assert 0 < scores.wait("wang", "198.51.100.1", 100.0) <= NAME.longest


def test_the_right_password_takes_its_own_strike_back_and_no_other() -> None:
    scores = Scores()
    for number in range(ADDRESS.free - 1):
        scores.strike(f"user{number}", "192.0.2.1", 100.0)
    for _ in range(10):  # a whole shift logs in from behind one address
        scores.strike("wang", "192.0.2.1", 100.0)
        scores.clear("wang", "192.0.2.1")
    assert scores.wait("wang", "192.0.2.1", 100.0) == 0
    scores.strike("zhao", "192.0.2.1", 100.0)
    assert scores.wait("wang", "192.0.2.1", 100.0) > 0


def test_old_strikes_are_forgotten_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = Scores()
    for _ in range(PAIR.free + 5):
        scores.strike("wang", "a", 0.0)
    scores.strike("wang", "a", PAIR.forgets)
    assert scores.wait("wang", "a", PAIR.forgets) == 0, "counted from one again"
    monkeypatch.setattr(backoff, "KEPT", 30)
    for number in range(500):
        scores.strike(f"n{number}", f"a{number}", PAIR.forgets)
    assert len(scores._strikes) <= 30
    assert Patience(1, 1.0).forgets > 0

"""Which two tickets make a pair, and which steps of the second are news for the first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest

from bridge.errors import BadDeed
from bridge.handling.pairs import kin_of, outcome, with_link
from bridge.handling.words import Deed, DeedName, Link, opened

NOW = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("by", "to", "kin"),
    [
        ("110", "12345", "cause"), ("110-dcf", "12345", "cause"), ("12345", "110", "clue"),
        ("12345", "119", None), ("110", "110-dcf", None),
    ],
)  # fmt: skip
def test_a_cause_comes_from_the_police_and_a_clue_goes_to_them(by: str, to: str, kin: str | None) -> None:
    if kin is None:
        with pytest.raises(BadDeed):
            kin_of(by, to)
    else:
        assert kin_of(by, to) == kin


@pytest.mark.parametrize("name", get_args(DeedName))
def test_only_what_came_of_it_is_news_for_the_first(name: DeedName) -> None:
    alone = opened(ticket="t2", incident="i", origin="110", target="12345", at=NOW)
    second = replace(alone, links=(Link("outcome", "t1"),))
    deed = Deed("d", name, "12345", NOW, who="李", reason="已办")
    assert outcome(alone, deed) is None
    news = outcome(second, deed)
    assert (news is not None) == (name in {"feedback", "close", "return", "withdraw"})
    if news is not None:
        first, told = news
        assert (first, told.name, told.to, told.reason, told.by) == ("t1", "outcome", "t2", "已办", "")


def test_a_link_is_there_once() -> None:
    made = opened(ticket="t1", incident="i", origin="110", target="12345", at=NOW)
    links = with_link(made, "cause", "t2")
    assert with_link(replace(made, links=links), "cause", "t2") == links == (Link("cause", "t2"),)

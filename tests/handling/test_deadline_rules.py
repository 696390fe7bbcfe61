"""Which rule it is: the partner before the class, the class before the urgency, each kind for itself."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.handling.amounts import Amount, read_amount
from bridge.handling.deadline_rules import Case, DeadlineRule, fitting, terms, why
from bridge.handling.deadlines import KINDS, Deadline, Kind
from bridge.handling.words import Urgency
from bridge.routing.hours import WORKDAY, Calendar, Hours

CHINA = ZoneInfo("Asia/Shanghai")
OFFICE = Hours(Calendar(CHINA), frozenset({WORKDAY}), ((540, 720), (810, 1050)), "")


def rule(
    name: str,
    partner: str | None = None,
    categories: tuple[str, ...] = (),
    urgency: Urgency | None = None,
    **allows: str | None,
) -> DeadlineRule:
    read = {kind: text and read_amount(text) for kind, text in allows.items()}
    return DeadlineRule(name, OFFICE, partner, categories, urgency, read)  # type: ignore[arg-type]


ANY = rule("一般", accept="2 工作小时", feedback="3 工作日", close="5 工作日")
URGENT = rule("紧急", urgency="urgent", accept="10 分钟", close="1 工作日")
DANGER = rule("危急", urgency="danger", accept="5 分钟")
CLASS = rule("治安", categories=("a2-*",), accept="1 小时")
CRIME = rule("犯罪", categories=("a2-crime", "a2-disaster"), accept="20 分钟")
POLICE = rule("公安", "110", accept="30 分钟", close=None)
RULES = (ANY, URGENT, DANGER, CLASS, CRIME, POLICE)

maybe = st.sampled_from((None, "110", "12345"))
classes = st.lists(st.sampled_from(("a2-crime", "a2-*", "a*", "a3-admin", "*")), max_size=2).map(tuple)
urgencies = st.sampled_from((None, "urgent", "normal", "danger"))
allows = st.dictionaries(st.sampled_from(KINDS), st.none() | st.just(Amount(1, "hours")))
reaches = st.lists(st.tuples(maybe, classes, urgencies, allows), max_size=5)
cases = st.builds(
    Case,
    st.sampled_from(("110", "12345", "119")),
    st.sampled_from(("a2-crime", "a2-other", "a3-admin", "")),
    st.sampled_from(("urgent", "normal", "danger")),
)


def names(case: Case) -> dict[Kind, str]:
    return {kind: term.rule.name for kind, term in terms(RULES, case).items()}


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case("12345", "a3-admin", "normal"), {"accept": "一般", "feedback": "一般", "close": "一般"}),
        (Case("12345", "a3-admin", "urgent"), {"accept": "紧急", "feedback": "一般", "close": "紧急"}),
        (Case("12345", "a3-admin", "danger"), {"accept": "危急", "feedback": "一般", "close": "紧急"}),
        (Case("12345", "a2-other", "urgent"), {"accept": "治安", "feedback": "一般", "close": "紧急"}),
        (Case("12345", "a2-crime", "urgent"), {"accept": "犯罪", "feedback": "一般", "close": "紧急"}),
        (Case("110", "a2-crime", "urgent"), {"accept": "公安", "feedback": "一般", "close": "公安"}),
        (Case("12345", "", "normal"), {"accept": "一般", "feedback": "一般", "close": "一般"}),
    ],
)
def test_the_most_specific_that_speaks_of_it(case: Case, said: dict[Kind, str]) -> None:
    assert names(case) == said


def test_the_order_in_the_file_makes_no_difference() -> None:
    case = Case("110", "a2-crime", "danger")
    found = {tuple(each.name for each in fitting(order, case)) for order in permutations(RULES)}
    assert found == {("公安", "犯罪", "治安", "危急", "紧急", "一般")}


def test_no_deadline_is_a_word_too() -> None:
    term = terms(RULES, Case("110", "", "normal"))["close"]
    assert term.begin("110", datetime(2026, 3, 2, 10, tzinfo=CHINA)) is None


def test_a_term_begins_a_deadline() -> None:
    since = datetime(2026, 3, 2, 17, tzinfo=CHINA)
    accept = terms(RULES, Case("12345", "", "normal"))["accept"].begin("12345", since)
    due = datetime(2026, 3, 3, 10, 30, tzinfo=CHINA)
    assert accept == Deadline("accept", "12345", since, due, rule="一般", working=True)
    urgent = terms(RULES, Case("12345", "", "urgent"))["accept"].begin("12345", since)
    assert urgent is not None
    assert not urgent.working


def test_why_names_every_rule_and_what_was_taken() -> None:
    assert why(RULES, Case("110", "a3-admin", "urgent")) == (
        "“公安”符合（平台 110），用于签收、办结",
        "“紧急”符合（紧急和危急），更具体的规则都已写明，没有用到",
        "“一般”符合（任何工单），用于反馈",
        "“危急”不符合：只用于危急",
        "“治安”不符合：只用于事项 a2-*",
        "“犯罪”不符合：只用于事项 a2-crime、a2-disaster",
    )


@settings(max_examples=60)
@given(reaches, cases)
def test_what_is_taken_fits_and_nothing_better_speaks_of_it(
    reaches: list[tuple[Any, ...]], case: Case
) -> None:
    rules = [DeadlineRule(f"规则{turn}", OFFICE, *reach) for turn, reach in enumerate(reaches)]
    found, fits, lines = terms(rules, case), fitting(rules, case), why(rules, case)
    assert all(not each.misfit(case) for each in fits)
    order = [each.specificity(case.category) for each in fits]
    assert order == sorted(order, reverse=True)
    for kind in KINDS:
        first = next((each for each in fits if kind in each.allows), None)
        assert (found[kind].rule if kind in found else None) is first
    assert len(lines) == len(rules)
    assert all(any(f"“{each.name}”" in line for line in lines) for each in rules)

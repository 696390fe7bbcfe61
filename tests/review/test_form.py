"""The form: what answers come to, whatever they are; and which are refused, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.quality_file import load
from bridge.errors import BadRequest
from bridge.review.checks import Finding
from bridge.review.form import MAX_NOTE, SKIPPED, Answer, Form, Option, Part, Question, score

YES = (Option("yes", "做到", 100), Option("half", "一半", 50), Option("no", "没有", 0))
FORM = Form(
    "表",
    80,
    (
        Part("一", (Question("a", "甲", 3, YES), Question("b", "乙", 1, YES, skippable=False))),
        Part("二", (Question("f", "否决", 0, YES, fatal=True),)),
    ),
)


def answers(**given: str) -> dict[str, Answer]:
    return {id: Answer(option) for id, option in ({"a": "yes", "b": "yes", "f": "yes"} | given).items()}


@pytest.mark.parametrize(
    ("given", "tenths", "passed", "fatal"),
    [
        ({}, 1000, True, ()),
        ({"a": "half"}, 625, False, ()),
        ({"b": "half"}, 875, True, ()),
        ({"a": SKIPPED, "b": "half"}, 500, False, ()),
        ({"f": "half"}, 0, False, ("f",)),
        ({"f": SKIPPED}, 1000, True, ()),
    ],
)
def test_what_answers_come_to(
    given: dict[str, str], tenths: int, passed: bool, fatal: tuple[str, ...]
) -> None:
    found = score(FORM, answers(**given))
    assert (found.tenths, found.passed, found.fatal) == (tenths, passed, fatal)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"a": Answer("")}, "“甲”还没有评"),
        ({"a": Answer("good")}, "“甲”没有这个选项"),
        ({"b": Answer(SKIPPED)}, "“乙”没有这个选项"),
        ({"x": Answer("yes")}, "没有这一项：x"),
        ({"a": Answer("yes", "长" * (MAX_NOTE + 1))}, "最长 500 字，现在 501 字"),
    ],
)
def test_what_is_refused(wrong: dict[str, Answer], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        score(FORM, answers() | wrong)


def test_nothing_that_applies_is_no_score() -> None:
    only = Form("表", 80, (Part("一", (Question("a", "甲", 3, YES),)),))
    with pytest.raises(BadRequest, match="没有一项适用"):
        score(only, {"a": Answer(SKIPPED)})


@given(st.data())
def test_a_better_answer_never_makes_less(data: st.DataObject) -> None:
    form = load()
    given = {each.id: Answer(data.draw(st.sampled_from(each.options)).id) for each in form.questions}
    before = score(form, given)
    assert 0 <= before.tenths <= 1000
    turned = data.draw(st.sampled_from(list(form.questions)))
    best = max(turned.options, key=lambda each: each.points)
    assert score(form, given | {turned.id: Answer(best.id)}).tenths >= before.tenths


def test_a_verdict_speaks_for_the_best_or_the_worst_option() -> None:
    question = Question("a", "甲", 1, YES[::-1])
    assert [question.proposed(Finding(verdict, "")) for verdict in ("pass", "fail", "unsure")] == [
        "yes", "no", "",
    ]  # fmt: skip


def test_another_form_has_another_version() -> None:
    assert FORM.version != load().version
    assert FORM.json()["version"] == FORM.version

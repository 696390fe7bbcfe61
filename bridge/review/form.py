"""The quality form 质量评分表: sections of questions, and what answers to them come to.

Pure. Weights are relative: the total is 0 to 100 whatever they sum up to. A question that does not apply
counts for nothing. Of a fatal question any answer but a full one makes the whole call worth 0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from bridge.errors import BadRequest
from bridge.review.checks import Check, Finding

SKIPPED: Final = "na"
"""The answer to a question that does not apply 不适用."""
FULL: Final = 100
"""Points of an option that leaves nothing to be wished for."""
MAX_NOTE: Final = 500
"""Characters of what a reviewer writes to one question."""


@dataclass(frozen=True, slots=True)
class Option:
    """points: 0 to FULL, the share of the question's weight it gets."""

    id: str
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Question:
    """weight: above 0 (0 only for fatal ones); skippable: it may not apply; hint: what to look for."""

    id: str
    text: str
    weight: int
    options: tuple[Option, ...]
    fatal: bool = False
    skippable: bool = True
    hint: str = ""
    check: Check | None = None

    def option(self, id: str) -> Option | None:
        """The option of that id."""
        return next((each for each in self.options if each.id == id), None)

    def proposed(self, finding: Finding) -> str:
        """The option a pre-check's verdict speaks for; "": none."""
        ranked = sorted(self.options, key=lambda each: each.points)
        return {"pass": ranked[-1].id, "fail": ranked[0].id}.get(finding.verdict, "")


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the form."""

    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """passing: from which total a call passes."""

    title: str
    passing: int
    parts: tuple[Part, ...]

    @property
    def questions(self) -> Iterator[Question]:
        """All of them, in their order."""
        return (question for part in self.parts for question in part.questions)

    @property
    def version(self) -> str:
        """Tells two states of the form apart, 12 hex digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    def json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"version": self.version, "skipped": SKIPPED, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Answer:
    """option: an option's id, or SKIPPED."""

    option: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """tenths: 0 to 1000; fatal: ids of fatal questions that were not met."""

    tenths: int
    passed: bool
    fatal: tuple[str, ...] = ()


def score(form: Form, answers: Mapping[str, Answer]) -> Outcome:
    """What the answers come to. Raises BadRequest, in the reviewer's words, for those that are missing,
    unknown or too long, and where nothing applies."""
    got = most = 0
    fatal = list[str]()
    _check_names(form, answers)
    for question in form.questions:
        points = _points(question, answers.get(question.id))
        if points is None:
            continue
        got, most = got + points * question.weight, most + FULL * question.weight
        if question.fatal and points < FULL:
            fatal.append(question.id)
    if not most and not fatal:
        raise BadRequest("没有一项适用：至少评一项有分值的")
    tenths = 0 if fatal else round(1000 * got / most)
    return Outcome(tenths, tenths >= 10 * form.passing, tuple(fatal))


def _check_names(form: Form, answers: Mapping[str, Answer]) -> None:
    known = {question.id for question in form.questions}
    foreign = sorted(set(answers) - known)
    if foreign:
        raise BadRequest(f"评分表里没有这一项：{'、'.join(foreign[:5])}（评分表可能改过，重新打开这一页）")


def _points(question: Question, answer: Answer | None) -> int | None:
    """None: it does not apply."""
    if answer is None or not answer.option:
        raise BadRequest(f"“{question.text}”还没有评")
    if len(answer.note) > MAX_NOTE:
        raise BadRequest(f"“{question.text}”的说明最长 {MAX_NOTE} 字，现在 {len(answer.note)} 字")
    if answer.option == SKIPPED and question.skippable:
        return None
    option = question.option(answer.option)
    if option is None:
        raise BadRequest(f"“{question.text}”没有这个选项")
    return option.points

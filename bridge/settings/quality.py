"""The section about quality review 质检, and the shape of the form's own file (config/quality.yaml). Pure."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from bridge.review.checks import Check, Kind
from bridge.review.form import FULL, SKIPPED, Form, Option, Part, Question
from bridge.settings.base import FilePath, Many, Section
from bridge.settings.fields import Name

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Word = Annotated[str, Field(min_length=1, max_length=40)]
Sentence = Annotated[str, Field(min_length=1, max_length=200)]

_WORDS: Final = frozenset({"greeting", "closing", "asked", "forbidden"})
_SECONDS: Final[dict[str, float]] = {
    "greeting": 10.0,
    "closing": 20.0,
    "silence": 20.0,
    "interruptions": 0.6,
}
"""Kinds that have a number of seconds, and what it is where none is written."""


class Quality(Section):
    """file: the form, None: the one that comes with the program. agents_see: whether agents see how their own
    calls were judged."""

    file: FilePath | None = None
    agents_see: bool = False


class CheckRule(Section):
    """An automatic pre-check, see review.checks."""

    kind: Kind
    words: Annotated[Many[Word], Field(max_length=200)] = ()
    seconds: Annotated[float, Field(ge=0.1, le=600, strict=False)] | None = None
    most: int | None = Field(default=None, ge=0, le=100)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind in _WORDS) != bool(self.words):
            must = "要写 words（听什么话）" if self.kind in _WORDS else "不用 words"
            raise ValueError(f"kind: {self.kind} {must}")
        if self.seconds is not None and self.kind not in _SECONDS:
            raise ValueError(f"kind: {self.kind} 不用 seconds")
        if self.most is not None and self.kind != "interruptions":
            raise ValueError("most（最多几次）只用于 kind: interruptions")
        return self

    @property
    def check(self) -> Check:
        """As the rules take it."""
        seconds = _SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds
        return Check(self.kind, self.words, seconds, self.most or 0)


class OptionRule(Section):
    """One way to answer. points: 0 to 100, the share of the weight."""

    id: Id
    name: Annotated[str, Field(min_length=1, max_length=20)]
    points: int = Field(ge=0, le=FULL)


_USUAL: Final = (OptionRule(id="yes", name="做到", points=FULL), OptionRule(id="no", name="没做到", points=0))


class QuestionRule(Section):
    """One question. options not written: 做到, 没做到."""

    id: Id
    text: Sentence
    weight: int = Field(default=0, ge=0, le=1000)
    fatal: bool = False
    skippable: bool = True
    hint: Annotated[str, Field(max_length=500)] = ""
    options: Annotated[Many[OptionRule], Field(min_length=2, max_length=8)] = _USUAL
    check: CheckRule | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.weight == 0 and not self.fatal:
            raise ValueError(f"“{self.text}”要写 weight（分值，1 以上）；一票否决的写 fatal: true")
        ids = [option.id for option in self.options]
        if len(set(ids)) < len(ids) or SKIPPED in ids:
            raise ValueError(f"“{self.text}”的选项 id 不能重复，也不能用 {SKIPPED}（它表示不适用）")
        points = [option.points for option in self.options]
        if max(points) < FULL or min(points) == FULL:
            raise ValueError(f"“{self.text}”的选项至少一个 points: {FULL}，至少一个不到 {FULL}")
        return self

    @property
    def question(self) -> Question:
        """As the rules take it."""
        options = tuple(Option(each.id, each.name, each.points) for each in self.options)
        check = self.check.check if self.check is not None else None
        return Question(
            self.id, self.text, self.weight, options, self.fatal, self.skippable, self.hint, check
        )


class PartRule(Section):
    """A section of the form."""

    name: Name
    questions: Annotated[Many[QuestionRule], Field(min_length=1, max_length=50)]


class QualityFile(Section):
    """The form's file. pass_mark: 0 to 100."""

    title: Name
    pass_mark: int = Field(ge=0, le=100)
    sections: Annotated[Many[PartRule], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        times = Counter(question.id for part in self.sections for question in part.questions)
        twice = sorted(id for id, count in times.items() if count > 1)
        if twice:
            raise ValueError(f"问题的 id 重复了：{'、'.join(twice[:5])}；每个问题用自己的")
        if not any(question.weight for part in self.sections for question in part.questions):
            raise ValueError("没有一个问题有分值（weight）")
        return self

    @property
    def form(self) -> Form:
        """As the rules take it."""
        parts = tuple(
            Part(part.name, tuple(each.question for each in part.questions)) for part in self.sections
        )
        return Form(self.title, self.pass_mark, parts)

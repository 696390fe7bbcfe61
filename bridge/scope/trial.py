"""Labelled examples tried against the lists: what came out right, precision and recall per class.

Pure. An example says which class or classes a sentence is of, where the call should go from there, and
whether it is an alert; what it does not say is not judged. A class that covers others (附件1's) is right
when one of them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.scope.direction import HOTLINE, Direction, direct
from bridge.scope.reading import Reading, Said, Scope

NOTHING: Final = "-"
ALERT: Final = "alert"
CONFERENCE: Final = "conference"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled sentence. classes: each a choice of ids of which one is right, the first being the class
    itself, others lines and overlapping duties; nothing: no class may be suggested; go: "" is not judged;
    alert: None is not judged."""

    text: str
    classes: tuple[tuple[str, ...], ...] = ()
    nothing: bool = False
    go: str = ""
    alert: bool | None = None
    at: str = HOTLINE
    line: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one example. wrong: what was expected and what came instead, for people."""

    example: Example
    reading: Reading
    direction: Direction
    classes: frozenset[str]
    alert: bool
    wrong: tuple[str, ...]


@dataclass
class Score:
    """One class counted: right, suggested wrongly, missed."""

    right: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Of those suggested how many were right, 0..1; 1 where none was."""
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        """Of those there were how many were suggested, 0..1; 1 where there was none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def add(self, other: Score) -> None:
        """Both together."""
        self.right += other.right
        self.false += other.false
        self.missed += other.missed


@dataclass
class Report:
    """A file's worth. classes, directions: by id; total: the classes together; alerts: how well they were
    raised."""

    outcomes: list[Outcome] = field(default_factory=list)
    classes: dict[str, Score] = field(default_factory=dict)
    directions: dict[str, Score] = field(default_factory=dict)
    alerts: Score = field(default_factory=Score)

    @property
    def total(self) -> Score:
        """The classes together, those of a main class and its covering ones once."""
        return _sum(self.classes.values())

    @property
    def wrong(self) -> list[Outcome]:
        """What did not come out as labelled."""
        return [outcome for outcome in self.outcomes if outcome.wrong]

    @property
    def direction(self) -> Score:
        """The directions together."""
        return _sum(self.directions.values())


def try_all(scope: Scope, examples: Iterable[Example]) -> Report:
    """Every example tried."""
    report = Report()
    for example in examples:
        outcome = try_one(scope, example)
        report.outcomes.append(outcome)
        _count_classes(scope, report, outcome)
        if example.go:
            _count(report.directions, example.go, _went(outcome.direction))
        if example.alert is not None:
            report.alerts.right += example.alert and outcome.alert
            report.alerts.false += outcome.alert and not example.alert
            report.alerts.missed += example.alert and not outcome.alert
    return report


def try_one(scope: Scope, example: Example) -> Outcome:
    """One example."""
    reading = scope.read([Said("", example.text)])
    direction = direct(scope, reading, example.at)
    alert = bool(scope.shouts(example.text))
    classes = suggested(reading)
    wrong = tuple(_wrong(example, reading, direction, classes, alert))
    return Outcome(example, reading, direction, classes, alert, wrong)


def suggested(reading: Reading) -> frozenset[str]:
    """The ids shown as fitting: the suggested class, other lines, overlapping duties."""
    best = [reading.best] if reading.best else []
    return frozenset(item.id for item in (*best, *reading.lines, *reading.shared))


def _wrong(
    example: Example, reading: Reading, direction: Direction, classes: frozenset[str], alert: bool
) -> Iterator[str]:
    best = reading.best
    for choice in example.classes:
        if not classes & set(choice):
            yield f"应为 {'|'.join(choice)}，推荐的是 {best.id if best else '无'}"
    if example.nothing and best is not None:
        yield f"不该推荐，推荐了 {best.id}"
    went = _went(direction)
    if example.go and example.go != went:
        yield f"方向应为 {example.go}，得出 {went or '无'}"
    if example.alert is not None and example.alert != alert:
        yield "应报警，没有报" if example.alert else "不该报警，报了"


def _count_classes(scope: Scope, report: Report, outcome: Outcome) -> None:
    """Main class against main class; a line or overlap that is not labelled is not held against it unless
    nothing at all was to be suggested, for an example need not name every utility that fits."""
    example, best = outcome.example, outcome.reading.best
    if not example.classes and not example.nothing:
        return
    for place, choice in enumerate(example.classes):
        hit = next((id for id in choice if id in outcome.classes), None)
        if hit is not None:
            report.classes.setdefault(hit, Score()).right += 1
            continue
        report.classes.setdefault(choice[0], Score()).missed += 1
        if place == 0 and best is not None and not _labelled(example, best.id):
            report.classes.setdefault(best.id, Score()).false += 1
    if example.nothing and best is not None:
        report.classes.setdefault(best.id, Score()).false += 1


def _labelled(example: Example, id: str) -> bool:
    return any(id in choice for choice in example.classes)


def _count(scores: dict[str, Score], wanted: str, came: str) -> None:
    if wanted == came:
        scores.setdefault(wanted, Score()).right += 1
        return
    scores.setdefault(wanted, Score()).missed += 1
    if came:
        scores.setdefault(came, Score()).false += 1


def _went(direction: Direction) -> str:
    return CONFERENCE if direction.mode == CONFERENCE else direction.go


def _sum(scores: Iterable[Score]) -> Score:
    total = Score()
    for score in scores:
        total.add(score)
    return total


def with_kin(scope: Scope, report: Report) -> dict[str, Score]:
    """The classes with those that cover them: every class of 附件1 has its figure, too."""
    told = dict(report.classes)
    for category in scope.categories:
        parts: Sequence[str] = [id for id in category.covers if id in report.classes]
        if parts:
            told[category.id] = _sum(
                report.classes[id] for id in {category.id, *parts} if id in report.classes
            )
    return told

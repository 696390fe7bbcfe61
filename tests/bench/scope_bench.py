"""How right the suggestions are, and what they cost: over the labelled utterances the words were tuned on,
and over those written after the words were frozen. Both were written by hand by who wrote the words, not
taken from real calls: the second set says how the words carry over to phrasings nobody had in mind, no more.

Wrong: of what was suggested, how much should not have been (100 - precision). Missed: of what there was to
suggest, how much was not (100 - recall).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bridge.adapters.scope_examples import examples
from bridge.adapters.scope_files import load
from bridge.scope.direction import direct
from bridge.scope.reading import Said, Scope
from bridge.scope.trial import Example, Report, Score, try_all, with_kin

ROOT: Final = Path(__file__).parents[2]
SETS: Final = {
    "tuned": ROOT / "config" / "scope" / "examples.tsv",
    "held_out": ROOT / "tests" / "data" / "scope" / "held_out.tsv",
}
STORY: Final = 20
"""Utterances of the caller's that are read for a suggestion, the last for the first time."""


def run() -> dict[str, Any]:
    """Per cent, µs of CPU; `classes`: precision and recall of each class, by set."""
    scope = load(ROOT / "config" / "scope")
    rows = {name: examples(path, scope) for name, path in SETS.items()}
    reports = {name: try_all(scope, each) for name, each in rows.items()}
    told = {name: value for each, report in reports.items() for name, value in _figures(each, report).items()}
    classes = {name: _classes(scope, report) for name, report in reports.items()}
    _print(scope, classes)
    return {**told, "classes": classes, **_cost([*rows["tuned"], *rows["held_out"]])}


def _figures(name: str, report: Report) -> dict[str, float]:
    figures: dict[str, float] = {f"scope_{name}": len(report.outcomes)}
    kinds = {"class": report.total, "direction": report.direction, "alert": report.alerts}
    for kind, score in kinds.items():
        figures[f"scope_{name}_{kind}_wrong"] = 100 * (1 - score.precision)
        figures[f"scope_{name}_{kind}_missed"] = 100 * (1 - score.recall)
    return figures


def _classes(scope: Scope, report: Report) -> dict[str, dict[str, float]]:
    return {id: _score(score) for id, score in sorted(with_kin(scope, report).items())}


def _score(score: Score) -> dict[str, float]:
    return {
        "precision": 100 * score.precision,
        "recall": 100 * score.recall,
        "of": score.right + score.missed,
    }


def _print(scope: Scope, classes: dict[str, dict[str, dict[str, float]]]) -> None:
    print("precision %, recall %, labelled: tuned on | held out")
    for item in scope.categories:
        cells = [classes[name].get(item.id) for name in SETS]
        told = ["{precision:6.1f} {recall:6.1f} {of:4.0f}".format(**it) if it else " " * 18 for it in cells]
        print(f"{told[0]} | {told[1]}  {item.id} {item.name}")


def _cost(rows: list[Example]) -> dict[str, list[float]]:
    """Each utterance as an interim, and as the last of a story that was read before."""
    final, interim = [], []
    scope = load(ROOT / "config" / "scope")  # one that has read nothing yet
    story: list[Said] = []
    for number, row in enumerate(rows):
        story = [*story, Said(f"u{number}", row.text)][-STORY:]
        interim.append(_timed(scope.shouts, row.text))
        final.append(_timed(_advise, scope, story, row.at))
    return {"scope_final_us": final, "scope_interim_us": interim}


def _advise(scope: Scope, story: list[Said], at: str) -> None:
    direct(scope, scope.read(story), at)


def _timed(work: Callable[..., object], *given: object) -> float:
    began = time.process_time_ns()
    work(*given)
    return (time.process_time_ns() - began) / 1000

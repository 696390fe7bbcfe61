"""The scope lists from their files: a folder of YAML in, checked Lists out, every problem at once.

Each file has any of the sections categories, hides, frames, dangers, sayings; which file holds which is the
administrator's to choose. Knows the folder and what the sections must have in common; one section's shape is
`scope_sections`'.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bridge.adapters.config_yaml import Document, read
from bridge.adapters.scope_sections import Entry, Sections, sections
from bridge.errors import ConfigError
from bridge.scope.alerts import Danger
from bridge.scope.reading import Lists, Said, Scope
from bridge.scope.suggestion import Category

LARGEST_FILE: Final = 1 << 20
"""Bytes. The longest of the lists takes 30 KB."""

SHIPPED: Final = Path(__file__).parents[2] / "config" / "scope"
"""The lists of this checkout."""

INSTALLED: Final = Path(sys.prefix) / "share" / "bridge-12345-110" / "scope"
"""Where a wheel puts the same lists (pyproject.toml, data-files)."""

DANGER_WEIGHT: Final = 5
"""What a word of danger says for its class: it decides."""


def load(folder: Path | None = None) -> Scope:
    """The scope lists in a folder, those that came with the program if none is named. Raises ConfigError with
    every problem as `file:line: what to write`."""
    found, problems = _read_all(folder or shipped())
    if not problems:
        problems = [*_strangers(found), *_duplicates(found)]
    if problems:
        raise ConfigError(tuple(problems))
    scope = Scope(_lists(found))
    problems = [*_examples(scope, found.categories)]
    if problems:
        raise ConfigError(tuple(problems))
    return scope


def files(folder: Path | None) -> tuple[Path, ...]:
    """The files that `load` reads there."""
    return tuple(sorted((folder or shipped()).glob("*.yaml")))


def shipped() -> Path:
    """The lists for whoever names no folder."""
    return SHIPPED if SHIPPED.is_dir() else INSTALLED


def faults(folder: Path | None) -> tuple[str, ...]:
    """What is wrong with the lists in a folder, as `file:line: what to write`; () if nothing is."""
    try:
        load(folder)
    except ConfigError as wrong:
        return wrong.problems
    return ()


def _read_all(folder: Path) -> tuple[Sections, list[str]]:
    paths = files(folder)
    if not paths:
        raise ConfigError(
            (f"{folder}: 没有事项清单文件（*.yaml）；把发行包里的 config/scope 整个复制到这里",)
        )
    found, problems = Sections(), list[str]()
    for path in paths:
        try:
            made, wrong = sections(_document(path))
        except ConfigError as error:
            problems += error.problems
            continue
        problems += wrong
        found.add(made)
    if not problems and not found.categories:
        problems.append(f"{folder}: 这些文件里一个类别也没有（categories）")
    return found, problems


def _document(path: Path) -> Document:
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise ConfigError((f"{path}:1: 文件太大，最多 {LARGEST_FILE // 1024} KB",))
        document = read(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise ConfigError((f"{path}:{line}: 不是 UTF-8 文本，请另存为 UTF-8",)) from None
    except OSError as wrong:
        raise ConfigError((f"{path}:1: 读不出（{wrong.strerror}）",)) from None
    if document.problems:
        raise ConfigError(tuple(f"{path}:{line}: {words}" for line, words in document.problems))
    return document


def _strangers(found: Sections) -> Iterator[str]:
    """Ids that something refers to and that are nobody's."""
    classes = {entry.id for entry in found.categories}
    anything = classes | {entry.id for entry in found.dangers}
    for entry in found.categories:
        for field in ("words_from", "covers", "within"):
            yield from _unknown(entry, field, entry.body.get(field, ()), classes)
    for entry in found.dangers:
        yield from _unknown(entry, "category", (entry.body["category"],), classes)
    for entry in found.frames:
        for field in ("only", "spares"):
            yield from _unknown(entry, field, entry.body.get(field, ()), anything)


def _unknown(entry: Entry, field: str, ids: Sequence[str], known: set[str]) -> Iterator[str]:
    for id in ids:
        if id not in known:
            yield entry.problem(field, f"没有编号为 {id} 的类")


def _duplicates(found: Sections) -> Iterator[str]:
    known: set[str] = set()
    for entry in (*found.categories, *found.dangers, *found.frames):
        if entry.id in known:
            yield entry.problem("id", f"编号 {entry.id} 重复，每个编号只能用一次")
        known.add(entry.id)


def _lists(found: Sections) -> Lists:
    """Annexes 2 and 3 before 1: where all fit alike, the list of what is to be transferred speaks plainer."""
    dangers = tuple(entry.danger() for entry in found.dangers)
    own = {entry.id: entry.words() for entry in found.categories}
    ordered = sorted(found.categories, key=lambda entry: entry.annex == 1)
    made = tuple(entry.category(_words(entry, own, dangers)) for entry in ordered)
    frames = tuple(entry.frame() for entry in found.frames)
    return Lists(made, tuple(found.hides), frames, dangers, found.sayings)


def _words(
    entry: Entry, own: dict[str, dict[str, int]], dangers: Sequence[Danger]
) -> tuple[tuple[str, int], ...]:
    words: dict[str, int] = {}
    for id in entry.body.get("words_from", ()):
        words |= own[id]
    for danger in dangers:
        if danger.category == entry.id:
            words |= dict.fromkeys(danger.words, DANGER_WEIGHT)
    return tuple((words | entry.words()).items())


def _examples(scope: Scope, entries: Sequence[Entry]) -> Iterator[str]:
    """The administrator's own examples must come out as he says: else a word was lost in an edit."""
    for entry in entries:
        category = scope.category(entry.id)
        if category is None:
            continue
        for place, text in enumerate(category.examples):
            if entry.id not in _found(scope, text):
                yield entry.problem_at(
                    ("examples", place), f"例句“{text}”推荐不出 {entry.id}：{_told(scope, text)}"
                )
        for place, text in enumerate(category.counter_examples):
            if entry.id in _found(scope, text):
                yield entry.problem_at(
                    ("counter_examples", place), f"反例“{text}”不该推荐 {entry.id}：{_told(scope, text)}"
                )


def _found(scope: Scope, text: str) -> frozenset[str]:
    reading = scope.read([Said("", text)])
    best = reading.best
    beside = {item.id for item in (*reading.lines, *reading.shared)}
    return (scope.kin(best.id) if best else frozenset()) | beside


def _told(scope: Scope, text: str) -> str:
    best: Category | None = None
    found = scope.suggest(text)
    best = scope.category(found.id) if found else None
    if found is None or best is None:
        return "现在什么也推荐不出"
    return f"现在推荐 {found.id}（{found.score} 分，{'、'.join(found.evidence)}）"

"""The scope lists from their files: config/scope/*.yaml in, a checked Scope out, every problem at once.

Knows the files' shape and says in the administrator's words what is wrong with them; what the classes mean is
`bridge.scope`'s knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.adapters.config_yaml import Document, read
from bridge.errors import ConfigError
from bridge.scope.suggestion import Category, Scope

LARGEST_FILE: Final = 1 << 20
"""Bytes. The longest of the three lists takes 10 KB."""

MAX_WEIGHT: Final = 5
SHIPPED: Final = Path(__file__).parents[2] / "config" / "scope"
"""The 附件 lists of this checkout."""

_FIELDS: Final = {"id", "name", "to", "text", "urgent", "words", "words_from"}
_REQUIRED: Final = ("id", "name", "to", "text")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One class as it stands in its file."""

    document: Document
    place: int
    body: dict[str, Any]

    def problem(self, field: str, words: str) -> str:
        """`file:line: words`, the line being the field's or the class's own."""
        return f"{self.document.name}:{self.document.line(('categories', self.place, field))}: {words}"


def load(folder: Path) -> Scope:
    """The scope lists in a folder. Raises ConfigError with every problem as `file:line: what to write`."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ConfigError((f"{folder}: 没有事项清单文件（*.yaml）",))
    entries: list[_Entry] = []
    problems: list[str] = []
    for path in paths:
        try:
            entries += _entries(_document(path))
        except ConfigError as wrong:
            problems += wrong.problems
    problems += [problem for entry in entries for problem in _problems(entry)]
    problems += _duplicates(entries)
    if problems:
        raise ConfigError(tuple(problems))
    return _scope(entries)


def faults(folder: Path) -> tuple[str, ...]:
    """What is wrong with the lists in a folder, as `file:line: what to write`; () if nothing is."""
    try:
        load(folder)
    except ConfigError as wrong:
        return wrong.problems
    return ()


def _document(path: Path) -> Document:
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST_FILE:
            raise ConfigError((f"{path}:1: 文件太大，最多 {LARGEST_FILE // 1024} KB",))
        return read(raw.decode(), str(path))
    except UnicodeDecodeError:
        raise ConfigError((f"{path}:1: 不是 UTF-8 文本，请另存为 UTF-8",)) from None
    except OSError as wrong:
        raise ConfigError((f"{path}: 读不出（{wrong.strerror}）",)) from None


def _entries(document: Document) -> list[_Entry]:
    data = document.data
    if document.problems:
        raise ConfigError(tuple(f"{document.name}:{line}: {words}" for line, words in document.problems))
    if not isinstance(data, dict) or not isinstance(data.get("annex"), int):
        raise ConfigError((f"{document.name}:1: 开头要写 annex: 1、2 或 3（第几个附件）",))
    items = data.get("categories")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ConfigError(
            (f"{document.name}:{document.line(('categories',))}: categories 要是一个列表，每项以 - id: 开头",)
        )
    return [_Entry(document, place, item) for place, item in enumerate(items)]


def _problems(entry: _Entry) -> Iterator[str]:
    for field in sorted(entry.body.keys() - _FIELDS):
        yield entry.problem(field, f"不认识 {field}，可用的有 {'、'.join(sorted(_FIELDS))}")
    for field in _REQUIRED:
        if not isinstance(entry.body.get(field), str) or not entry.body[field].strip():
            yield entry.problem(
                field, f"{field} 要写成非空的文字" + ("，号码加引号" if field == "to" else "")
            )
    if not isinstance(entry.body.get("urgent", False), bool):
        yield entry.problem("urgent", "urgent 只能是 true 或 false")
    borrowed = entry.body.get("words_from", [])
    if not isinstance(borrowed, list) or not all(isinstance(item, str) for item in borrowed):
        yield entry.problem("words_from", "words_from 要是编号的列表，如 [a2-crime]")
    yield from _word_problems(entry)


def _word_problems(entry: _Entry) -> Iterator[str]:
    words = entry.body.get("words", {})
    if not isinstance(words, dict):
        yield entry.problem("words", "words 要写成 {词: 分量}，如 {打架: 4}")
        return
    for word, weight in words.items():
        if not isinstance(weight, int) or isinstance(weight, bool) or not 1 <= weight <= MAX_WEIGHT:
            yield entry.problem("words", f"“{word}”的分量要是 1 到 {MAX_WEIGHT} 的整数")
        if not isinstance(word, str) or not all(word.split("*")) or word.count("*") > 1:
            yield entry.problem("words", f"“{word}”不能用：要是文字，* 最多一个，且前后都有字")


def _duplicates(entries: Sequence[_Entry]) -> Iterator[str]:
    known: set[str] = set()
    for entry in entries:
        id = str(entry.body.get("id"))
        if id in known:
            yield entry.problem("id", f"编号 {id} 重复，每类的编号只能用一次")
        known.add(id)
    for entry in entries:
        borrowed = entry.body.get("words_from", [])
        for id in borrowed if isinstance(borrowed, list) else ():
            if id not in known:
                yield entry.problem("words_from", f"没有编号为 {id} 的类")


def _scope(entries: Sequence[_Entry]) -> Scope:
    """Annexes 2 and 3 before 1: where all fit alike, the list of what is to be transferred speaks plainer."""
    own = {entry.body["id"]: entry.body.get("words", {}) for entry in entries}
    ordered = sorted(entries, key=lambda entry: entry.document.data["annex"] == 1)
    return Scope(_category(entry, own) for entry in ordered)


def _category(entry: _Entry, own: dict[str, dict[str, int]]) -> Category:
    body = entry.body
    borrowed = {word: weight for id in body.get("words_from", ()) for word, weight in own[id].items()}
    words = borrowed | body.get("words", {})
    return Category(
        id=body["id"],
        annex=entry.document.data["annex"],
        name=body["name"],
        to=body["to"],
        text=body["text"],
        words=tuple(words.items()),
        urgent=body.get("urgent", False),
    )

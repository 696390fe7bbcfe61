"""An administrator's labelled sentences from a file: TSV (text, labels, platform) or YAML (a list of text,
expected, at). What is wrong with it is told as `file:line: what to write`, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bridge.adapters.config_yaml import read
from bridge.errors import ConfigError
from bridge.scope.direction import HOTLINE
from bridge.scope.reading import Scope
from bridge.scope.trial import ALERT, CONFERENCE, NOTHING, Example

LARGEST_FILE: Final = 8 << 20
"""Bytes: a hundred thousand sentences."""

_GO: Final = {"stay", "none", CONFERENCE}

_ANSWERS: Final = f"{NOTHING}、stay、to:110、{CONFERENCE}、none、{ALERT}"

Row = tuple[int, str, str, str]


def examples(path: Path, scope: Scope) -> tuple[Example, ...]:
    """The labelled sentences in a file. Raises ConfigError with every problem, or if there is none at all."""
    rows = list(_yaml(path) if path.suffix in (".yaml", ".yml") else _tsv(path))
    known = {category.id for category in scope.categories}
    problems = [f"{path}:{row[0]}: {words}" for row in rows for words in _faults(row, known)]
    if not rows:
        problems.append(f"{path}:1: 没有例子；每行写：话、Tab、答案")
    if problems:
        raise ConfigError(tuple(problems))
    judged = any(ALERT in row[2].split() for row in rows)
    return tuple(_example(row, judged) for row in rows)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise ConfigError((f"{path}:1: 文件太大，最多 {LARGEST_FILE >> 20} MB",))
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise ConfigError((f"{path}:{line}: 不是 UTF-8 文本，请另存为 UTF-8",)) from None
    except OSError as wrong:
        raise ConfigError((f"{path}:1: 读不出（{wrong.strerror}）",)) from None


def _tsv(path: Path) -> Iterator[Row]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            text, label, at, *_ = [*(part.strip() for part in line.split("\t")), "", ""]
            yield number, text, label, at


def _yaml(path: Path) -> Iterator[Row]:
    document = read(_text(path), str(path))
    if document.problems:
        raise ConfigError(tuple(f"{path}:{line}: {words}" for line, words in document.problems))
    items = document.data
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ConfigError((f"{path}:1: 要是一个列表，每项写 text: 话、expected: 答案",))
    for place, item in enumerate(items):
        text, label, at = (str(item.get(name, "")) for name in ("text", "expected", "at"))
        yield document.line((place,)), text, label, at


def _faults(row: Row, known: Iterable[str]) -> Iterator[str]:
    _, text, label, _ = row
    if not text:
        yield "话是空的"
    if not label:
        yield "没有答案：话和答案之间用一个 Tab 隔开（YAML 里写 expected）"
    for token in label.split():
        for id in token.split("|"):
            if id not in known and not _direction(id) and id not in (NOTHING, ALERT):
                yield f"不认识的答案“{id}”：写类别编号，或 {_ANSWERS}"


def _direction(token: str) -> bool:
    return token in _GO or (token.startswith("to:") and len(token) > 3)


def _example(row: Row, alerts_judged: bool) -> Example:
    line, text, label, at = row
    tokens = label.split()
    return Example(
        text=text,
        classes=tuple(
            tuple(token.split("|"))
            for token in tokens
            if not _direction(token) and token not in (NOTHING, ALERT)
        ),
        nothing=NOTHING in tokens,
        go=next((token for token in tokens if _direction(token)), ""),
        alert=ALERT in tokens if alerts_judged else None,
        at=at or HOTLINE,
        line=line,
    )

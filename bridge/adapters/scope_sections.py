"""One file of the scope lists: its sections as entries that know their line, and what is wrong with them in
the administrator's words. What the sections mean is `bridge.scope`'s knowledge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.adapters.config_yaml import Document
from bridge.scope.alerts import Danger
from bridge.scope.context import Frame
from bridge.scope.direction import Sayings
from bridge.scope.patterns import fault
from bridge.scope.suggestion import Category, Group

MAX_WEIGHT: Final = 5
MAX_REACH: Final = 30

_GROUPS: Final[dict[str, Group]] = {"lines": "line", "outside": "outside", "shared": "shared"}
_TOP: Final = {"annex", "list", "title", "categories", "hides", "frames", "dangers", "sayings"}
_CATEGORY: Final = {
    "id": "text", "name": "text", "to": "text", "text": "text", "rule": "text?", "explain": "text?",
    "urgent": "flag", "leads": "flag", "within": "names",
    "words": "words", "words_from": "names", "covers": "names",
    "not": "patterns", "examples": "names", "counter_examples": "names",
}  # fmt: skip
_DANGER: Final = {
    "id": "text", "name": "text", "category": "text", "words": "patterns!", "not": "patterns",
    "advice": "text?",
}  # fmt: skip
_FRAME: Final = {
    "id": "text", "name": "text", "before": "patterns", "after": "patterns", "until": "patterns",
    "reach": "reach", "only": "names", "spares": "names",
}  # fmt: skip
_NO_HEAD: Final = "开头要写 annex: 1、2 或 3（第几个附件），其他清单写 list: lines、outside 或 shared"
_SAYINGS: Final = {"to", "conference", "outside", "danger"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One class, danger or frame as it stands in its file."""

    document: Document
    section: str
    place: int
    body: dict[str, Any]

    @property
    def id(self) -> str:
        """Its own."""
        return str(self.body.get("id"))

    @property
    def annex(self) -> int:
        """Which of the 附件, 0 for the other lists."""
        return int(self.document.data.get("annex", 0))

    def problem(self, field: str, words: str) -> str:
        """`file:line: words`, the line being the field's or the entry's own."""
        return self.problem_at((field,), words)

    def problem_at(self, path: tuple[str | int, ...], words: str) -> str:
        """The same, deeper."""
        line = self.document.line((self.section, self.place, *path))
        return f"{self.document.name}:{line}: {words}"

    def words(self) -> dict[str, int]:
        """Its own words and weights."""
        words: dict[str, int] = self.body.get("words", {})
        return words

    def category(self, words: tuple[tuple[str, int], ...]) -> Category:
        """The class, with these words."""
        body = self.body
        group: Group = _GROUPS[self.document.data["list"]] if "list" in self.document.data else "list"
        return Category(
            id=body["id"], annex=self.annex, name=body["name"], to=body["to"], text=body["text"].strip(),
            words=words, urgent=body.get("urgent", False), group=group, rule=body.get("rule", ""),
            hides=tuple(body.get("not", ())), covers=tuple(body.get("covers", ())),
            explain=body.get("explain", "").strip(), leads=body.get("leads", False),
            within=tuple(body.get("within", ())),
            examples=tuple(body.get("examples", ())),
            counter_examples=tuple(body.get("counter_examples", ())),
        )  # fmt: skip

    def danger(self) -> Danger:
        """The danger."""
        body = self.body
        return Danger(
            body["id"], body["name"], body["category"], tuple(body["words"]), tuple(body.get("not", ())),
            body.get("advice", ""),
        )  # fmt: skip

    def frame(self) -> Frame:
        """The frame."""
        body = self.body
        before, after, until = (tuple(body.get(side, ())) for side in ("before", "after", "until"))
        only, spares = (frozenset(body.get(side, ())) for side in ("only", "spares"))
        return Frame(body["id"], body["name"], before, after, until, body.get("reach", 0), only, spares)


@dataclass
class Sections:
    """What one file holds, or all of them together."""

    categories: list[Entry] = field(default_factory=list)
    dangers: list[Entry] = field(default_factory=list)
    frames: list[Entry] = field(default_factory=list)
    hides: list[str] = field(default_factory=list)
    sayings: Sayings = field(default_factory=Sayings)

    def add(self, other: Sections) -> None:
        """Another file's, too."""
        self.categories += other.categories
        self.dangers += other.dangers
        self.frames += other.frames
        self.hides += other.hides
        if other.sayings != Sayings():
            self.sayings = other.sayings


def sections(document: Document) -> tuple[Sections, list[str]]:
    """What the document holds, and what is wrong with it as `file:line: what to write`."""
    data, found = document.data, Sections()
    if not isinstance(data, dict):
        return found, [f"{document.name}:1: 应是“键: 值”，如 annex: 2、categories:"]
    problems = [*_head(document)]
    for name, fields in (("categories", _CATEGORY), ("dangers", _DANGER), ("frames", _FRAME)):
        items = data.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            problems.append(_at(document, (name,), f"{name} 要是一个列表，每项以 - id: 开头"))
            continue
        entries = [Entry(document, name, place, item) for place, item in enumerate(items)]
        setattr(found, name, entries)
        problems += [problem for entry in entries for problem in _entry(entry, fields)]
    hides = data.get("hides", [])
    problems += [_at(document, ("hides", *path), words) for path, words in _patterns(hides, "hides")]
    found.hides = hides if isinstance(hides, list) else []
    problems += _sayings(document, found)
    return found, problems


def _at(document: Document, path: tuple[str | int, ...], words: str) -> str:
    return f"{document.name}:{document.line(path)}: {words}"


def _head(document: Document) -> Iterator[str]:
    data = document.data
    for key in sorted(str(key) for key in data.keys() - _TOP):
        yield _at(document, (key,), f"不认识 {key}，可用的有 {'、'.join(sorted(_TOP))}")
    annex = data.get("annex", 0)
    if not isinstance(annex, int) or isinstance(annex, bool) or not 0 <= annex <= 3:
        yield _at(document, ("annex",), "annex 要写 1、2 或 3（第几个附件）")
    if "list" in data and data["list"] not in _GROUPS:
        yield _at(document, ("list",), f"list 只能是 {'、'.join(_GROUPS)}")
    if "categories" in data and ("annex" in data) == ("list" in data):
        yield _at(
            document,
            ("categories",),
            _NO_HEAD,
        )


def _sayings(document: Document, found: Sections) -> Iterator[str]:
    said = document.data.get("sayings", {})
    if (
        not isinstance(said, dict)
        or said.keys() - _SAYINGS
        or not all(isinstance(v, str) for v in said.values())
    ):
        yield _at(document, ("sayings",), f"sayings 里每句一行文字，可用的有 {'、'.join(sorted(_SAYINGS))}")
        return
    found.sayings = Sayings(**{name: text.strip() for name, text in said.items()})


def _entry(entry: Entry, fields: dict[str, str]) -> Iterator[str]:
    for name in sorted(str(key) for key in entry.body.keys() - fields.keys()):
        yield entry.problem(name, f"不认识 {name}，可用的有 {'、'.join(sorted(fields))}")
    for name, kind in fields.items():
        if name in entry.body or kind in ("text", "patterns!"):
            for path, words in _CHECKS[kind.rstrip("?!")](entry.body.get(name), name):
                yield entry.problem_at((name, *path), words)


Wrong = Iterator[tuple[tuple[str | int, ...], str]]


def _text(value: Any, name: str) -> Wrong:
    if not isinstance(value, str) or not value.strip():
        yield (), f"{name} 要写成非空的文字" + ("，号码加引号" if name in ("to", "id") else "")


def _flag(value: Any, name: str) -> Wrong:
    if not isinstance(value, bool):
        yield (), f"{name} 只能是 true 或 false"


def _reach(value: Any, name: str) -> Wrong:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_REACH:
        yield (), f"{name} 是隔多少个字以内，0 到 {MAX_REACH} 的整数"


def _names(value: Any, name: str) -> Wrong:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        example = "- 工地半夜还在施工" if "examples" in name else "[a2-crime]"
        yield (), f"{name} 要是列表，每项是文字，如 {example}"


def _patterns(value: Any, name: str) -> Wrong:
    if not isinstance(value, list):
        yield (), f"{name} 要是词的列表，如 [炸鸡, 水枪]"
        return
    for place, word in enumerate(value):
        if wrong := fault(word):
            yield (place,), f"“{word}”不能用：{wrong}"


def _words(value: Any, name: str) -> Wrong:
    if not isinstance(value, dict):
        yield (), f"{name} 要写成 {{词: 分量}}，如 {{打架: 4}}"
        return
    for word, weight in value.items():
        if not isinstance(weight, int) or isinstance(weight, bool) or not 1 <= abs(weight) <= MAX_WEIGHT:
            yield (
                (word,),
                f"“{word}”的分量要是 1 到 {MAX_WEIGHT} 的整数；不像这一类的写负数",
            )
        if wrong := fault(word):
            yield (word,), f"“{word}”不能用：{wrong}"


_CHECKS: Final[dict[str, Callable[[Any, str], Wrong]]] = {
    "text": _text, "flag": _flag, "reach": _reach, "names": _names, "patterns": _patterns, "words": _words,
}  # fmt: skip

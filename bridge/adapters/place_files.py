"""The gazetteer from its file: config/places.yaml in, a checked Gazetteer out, every problem at once.

Knows the file's shape and says in the administrator's words what is wrong with it. The file may be missing,
and may name nothing: the address rules then work without names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bridge.adapters.config_yaml import Document, read
from bridge.adapters.pinyin import readings
from bridge.errors import ConfigError
from bridge.tickets.gazetteer import MAX_NAME, NOWHERE, Gazetteer, Place, PlaceKind

LARGEST_FILE: Final = 1 << 20
"""Bytes. A city's every road and village takes some 200 KB."""

MOST_PLACES: Final = 20_000
SHORTEST_NAME: Final = 2
SHIPPED: Final = Path(__file__).parents[2] / "config" / "places.yaml"
"""This checkout's."""

INSTALLED: Final = Path(sys.prefix) / "share" / "bridge-12345-110" / "places.yaml"
"""Where a wheel puts the same file (pyproject.toml, data-files)."""

NO_PLACES: Final = "没有地名：事发地只按“路、街、小区、村”等字认，听错的地名不会按读音改"

_KINDS: Final[dict[str, PlaceKind]] = {
    "towns": "town", "roads": "road", "communities": "community", "landmarks": "landmark",
}  # fmt: skip
_FIELDS: Final = {"name", "aliases", *_KINDS}
At = tuple[str | int, ...]


def shipped() -> Path:
    """The file that comes with the program."""
    return SHIPPED if SHIPPED.is_file() else INSTALLED


def load(path: Path) -> Gazetteer:
    """The places in a file; NOWHERE if there is no file or it names none. Raises ConfigError with every
    problem as `file:line: what to write`."""
    if not path.exists():
        return NOWHERE
    document = _document(path)
    problems = [f"{document.name}:{line}: {words}" for line, words in document.problems]
    problems += [f"{document.name}:{document.line(at)}: {words}" for at, words in _problems(document)]
    if problems:
        raise ConfigError(tuple(problems))
    places = tuple(_places(document.data or {}))
    return Gazetteer(places, readings) if places else NOWHERE


def faults(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong with the file, and what to be reminded of: that it names no place."""
    try:
        return (), () if load(path) else (f"{path}: {NO_PLACES}",)
    except ConfigError as wrong:
        return wrong.problems, ()


def _document(path: Path) -> Document:
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST_FILE:
            raise ConfigError((f"{path}:1: 文件太大，最多 {LARGEST_FILE // 1024} KB",))
        return read(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise ConfigError((f"{path}:1: 不是 UTF-8 文本，请另存为 UTF-8",)) from None
    except OSError as wrong:
        raise ConfigError((f"{path}: 读不出（{wrong.strerror}）",)) from None


def _problems(document: Document) -> Iterator[tuple[At, str]]:
    data = document.data
    if data is None:
        return
    if not isinstance(data, dict):
        yield (), "应是“键: 值”：city: 和 counties:"
        return
    for key in data.keys() - {"city", "counties"}:
        yield (key,), f"不认识 {key}，可用的有 city、counties"
    counties = data.get("counties") or []
    if not isinstance(counties, list):
        yield ("counties",), "counties 要是一个列表，每项以 - name: 开头"
        return
    for place, county in enumerate(counties):
        yield from _county_problems(county, ("counties", place))
    yield from _duplicates(counties)


def _county_problems(county: Any, at: At) -> Iterator[tuple[At, str]]:
    if not isinstance(county, dict):
        yield at, "每个县（市、区）以 - name: 官方名称 开头"
        return
    for key in county.keys() - _FIELDS:
        yield (*at, key), f"不认识 {key}，可用的有 {'、'.join(sorted(_FIELDS))}"
    yield from _name_problems(county.get("name"), (*at, "name"))
    yield from _alias_problems(county.get("aliases"), (*at, "aliases"))
    for key in _KINDS.keys() & county.keys():
        items = county[key] or []
        if not isinstance(items, list):
            yield (*at, key), f"{key} 要是一个列表，如 [甲, 乙]"
            continue
        for place, item in enumerate(items):
            yield from _item_problems(item, (*at, key, place))


def _item_problems(item: Any, at: At) -> Iterator[tuple[At, str]]:
    if isinstance(item, dict):
        for key in item.keys() - {"name", "aliases"}:
            yield (*at, key), f"不认识 {key}，只写 name 和 aliases"
        yield from _name_problems(item.get("name"), at)
        yield from _alias_problems(item.get("aliases"), at)
    else:
        yield from _name_problems(item, at)


def _name_problems(name: Any, at: At) -> Iterator[tuple[At, str]]:
    if not isinstance(name, str) or not SHORTEST_NAME <= len(name) <= MAX_NAME or not name.isalnum():
        shown = f"“{str(name)[:MAX_NAME]}”" if name is not None else "name"
        yield at, f"{shown}不能用：名称要是 {SHORTEST_NAME} 到 {MAX_NAME} 个字，没有空格和标点"


def _alias_problems(aliases: Any, at: At) -> Iterator[tuple[At, str]]:
    if aliases is None:
        return
    if not isinstance(aliases, list):
        yield at, "aliases 要是一个列表，如 [别名]"
        return
    for alias in aliases:
        yield from _name_problems(alias, at)


def _duplicates(counties: list[Any]) -> Iterator[tuple[At, str]]:
    """A county twice, or a name twice in one county; the same road in two counties is no mistake."""
    seen: dict[str, int] = {}
    total = 0
    for place, county in enumerate(counties):
        if not isinstance(county, dict):
            continue
        if str(county.get("name")) in seen:
            yield ("counties", place, "name"), f"{county.get('name')} 写了两次，合成一段"
        seen[str(county.get("name"))] = place
        names: set[str] = set()
        for key in _KINDS:
            for item_at, item in enumerate(
                county.get(key) or [] if isinstance(county.get(key), list) else []
            ):
                name, total = str(item.get("name") if isinstance(item, dict) else item), total + 1
                if name in names:
                    yield (
                        ("counties", place, key, item_at),
                        f"{name} 在 {county.get('name')} 里写了两次，删掉一个",
                    )
                names.add(name)
    if total > MOST_PLACES:
        yield ("counties",), f"地名太多（{total}），最多 {MOST_PLACES}"


def _places(data: dict[str, Any]) -> Iterator[Place]:
    for county in data.get("counties") or []:
        yield Place(county["name"], "county", "", tuple(county.get("aliases") or ()))
        for key, kind in _KINDS.items():
            for item in county.get(key) or []:
                body = item if isinstance(item, dict) else {"name": item}
                yield Place(body["name"], kind, county["name"], tuple(body.get("aliases") or ()))

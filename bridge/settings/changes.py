"""What differs between two configurations, key by key as they stand in the file. Pure.

A changed secret is told as changed, never shown. Lists whose entries have names are compared by name, for a
route that moved down a line is no other route; that the order is another is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from bridge.settings.base import HasSecret, Section

Kind = Literal["added", "removed", "changed", "reordered"]


@dataclass(frozen=True, slots=True)
class Change:
    """key: dotted, as written: `trunks.police.channels`, `routes.转110.to`; a secret's is `….secret`."""

    key: str
    kind: Kind


def changes(before: Section, after: Section, key: str = "") -> tuple[Change, ...]:
    """All of them, in the order of the sections. Both must be of the same section."""
    return tuple(_section(before, after, key))


def _section(before: Section, after: Section, key: str) -> Iterator[Change]:
    if isinstance(before, HasSecret) and isinstance(after, HasSecret) and _secret(before) != _secret(after):
        yield Change(_under(key, "secret"), "changed")
    for name, field in type(before).model_fields.items():
        at = _under(key, field.alias or name)
        yield from _value(getattr(before, name), getattr(after, name), at)


def _value(before: Any, after: Any, key: str) -> Iterator[Change]:
    if isinstance(before, Section) and type(before) is type(after):
        yield from _section(before, after, key)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _map(before, after, key)
    elif _named(before) and _named(after):
        yield from _list(before, after, key)
    elif before != after:
        yield Change(key, _kind(before, after))


def _map(before: Mapping[str, Any], after: Mapping[str, Any], key: str) -> Iterator[Change]:
    for name in (*before, *(each for each in after if each not in before)):
        at = _under(key, name)
        if name not in after:
            yield Change(at, "removed")
        elif name not in before:
            yield Change(at, "added")
        else:
            yield from _value(before[name], after[name], at)


def _list(before: tuple[Section, ...], after: tuple[Section, ...], key: str) -> Iterator[Change]:
    then, now = _by_name(before), _by_name(after)
    yield from _map(then, now, key)
    if [name for name in then if name in now] != [name for name in now if name in then]:
        yield Change(key, "reordered")


def _by_name(items: tuple[Section, ...]) -> dict[str, Section]:
    """Two of one name (a route by day, one by night) are told apart by their place among them."""
    found: dict[str, Section] = {}
    for item in items:
        name = cast(str, cast(Any, item).name)
        same = sum(each == name or each.startswith(f"{name}#") for each in found)
        found[name if not same else f"{name}#{same + 1}"] = item
    return found


def _named(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(item, Section) and isinstance(getattr(item, "name", None), str) for item in value
    )


def _kind(before: Any, after: Any) -> Kind:
    return "added" if before is None else "removed" if after is None else "changed"


def _secret(part: HasSecret) -> str:
    try:
        return part.secret
    except LookupError:
        return ""


def _under(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name

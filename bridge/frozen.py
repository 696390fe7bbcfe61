"""Changing frozen values: `dataclasses.replace` for the path of every call, at half its cost.

A basic call changes some thirty values. The standard function looks every field's rules up each time; a
frozen dataclass with slots and no `__post_init__`, as all values of the rules are, needs none of that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace
else:
    _Slot = tuple[Callable[[Any], Any], Callable[[Any, Any], None]]
    _SLOTS: dict[type, tuple[tuple[_Slot, ...], dict[str, Callable[[Any, Any], None]]]] = {}

    def replace(value, /, **changes):
        """A copy of a frozen dataclass with slots, with these fields changed. Raises TypeError for a field it
        has not."""
        kind = value.__class__
        slots, writers = _SLOTS.get(kind) or _slots(kind)
        made = object.__new__(kind)
        for read, write in slots:
            write(made, read(value))
        for name, changed in changes.items():
            if name not in writers:
                raise TypeError(f"{kind.__name__} has no field {name!r}")
            writers[name](made, changed)
        return made

    def _slots(kind):
        """Its fields' readers and writers. Raises TypeError for a class this is not meant for."""
        params = getattr(kind, "__dataclass_params__", None)
        if params is None or not params.frozen or hasattr(kind, "__post_init__"):
            raise TypeError(f"{kind.__name__} is no frozen dataclass without __post_init__")
        found = {field.name: getattr(kind, field.name) for field in dataclasses.fields(kind)}
        pairs = tuple((slot.__get__, slot.__set__) for slot in found.values())
        _SLOTS[kind] = known = pairs, {name: slot.__set__ for name, slot in found.items()}
        return known


__all__ = ["replace"]

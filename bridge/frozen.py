"""Frozen values made and changed fast: a frozen `__init__` at half its cost, `replace` at a third of it.

A basic call makes some hundred values and changes thirty. A frozen dataclass pays for each of its fields with
a call of `object.__setattr__`. Here the fields are filled in while the value still belongs to its twin, an
open class of the same slots, where setting one is a plain store; then it becomes what it is, and is frozen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

_Kind = TypeVar("_Kind", bound=type)

_COPIERS: dict[type, Callable[[Any, dict[str, Any]], Any]] = {}

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value, /, **changes):
        """A copy of a frozen dataclass with slots, with these fields changed. Raises TypeError for a field it
        has not."""
        kind = value.__class__
        copy = _COPIERS.get(kind) or _copier(kind)
        try:
            return copy(value, changes)
        except AttributeError:
            unknown = sorted(changes.keys() - set(kind.__slots__))
            raise TypeError(f"{kind.__name__} has no field {unknown}") from None


def quick(kind: _Kind) -> _Kind:
    """Above `@dataclass(frozen=True, slots=True)`: makes its values as the dataclass does, faster. For those
    a call has many of. Raises TypeError for a class this is not meant for."""
    known: dict[str, Any] = {"_twin": _twin(kind), "_kind": kind, "_become": _BECOME, "_unset": object()}
    heads, lines = [], []
    for field in dataclasses.fields(kind):
        name, default = field.name, f"_default_{field.name}"
        if field.kw_only or not field.init:
            raise TypeError(f"{kind.__name__}.{name} is no plain field")
        if field.default is not dataclasses.MISSING:
            known[default] = field.default
            heads.append(f"{name}={default}")
        elif field.default_factory is not dataclasses.MISSING:
            known[default] = field.default_factory
            heads.append(f"{name}=_unset")
            lines.append(f"if {name} is _unset: {name} = {default}()")
        else:
            heads.append(name)
    lines += ["_become(self, _twin)", *(f"self.{each} = {each}" for each in _fields(kind))]
    made = _function("__init__", f"self, {', '.join(heads)}", [*lines, "self.__class__ = _kind"], known)
    was = kind.__init__  # type: ignore[misc]
    made.__qualname__, made.__annotations__ = was.__qualname__, was.__annotations__
    kind.__init__ = made  # type: ignore[misc]
    return kind


_BECOME: Any = object.__dict__["__class__"].__set__


def _copier(kind: type) -> Callable[[Any, dict[str, Any]], Any]:
    twin = _twin(kind)
    lines = ["made = _new(_twin)", *(f"made.{each} = value.{each}" for each in _fields(kind))]
    lines += ["for name in changes: setattr(made, name, changes[name])", "made.__class__ = _kind"]
    known = {"_new": twin.__new__, "_twin": twin, "_kind": kind}
    _COPIERS[kind] = _function("copy", "value, changes", [*lines, "return made"], known)
    return _COPIERS[kind]


def _twin(kind: type) -> Any:
    """An open class of the same slots. Raises TypeError for a class this is not meant for."""
    params = getattr(kind, "__dataclass_params__", None)
    plain = kind.__bases__ == (object,) and not hasattr(kind, "__post_init__")
    if params is None or not params.frozen or not plain or "__slots__" not in kind.__dict__:
        raise TypeError(f"{kind.__name__} is no frozen dataclass of its own slots without __post_init__")
    return type(kind.__name__, (), {"__slots__": _fields(kind)})


def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _function(name: str, takes: str, lines: list[str], known: dict[str, Any]) -> Any:
    """Written as text and compiled, as the standard library makes a dataclass's own."""
    text = f"def {name}({takes}):\n" + "".join(f"    {line}\n" for line in lines)
    found: dict[str, Any] = {}
    exec(text, known, found)  # noqa: S102 - of field names only
    return found[name]


__all__ = ["quick", "replace"]

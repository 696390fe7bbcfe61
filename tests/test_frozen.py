"""Frozen values are changed as the standard library changes them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.calls.parties import Party
from bridge.frozen import quick, replace
from bridge.routing.plan import Origin

PARTY = Party("in", "caller", "caller", "123", Origin("trunk", "carrier"))
changes = st.fixed_dictionaries({}, optional={"leg": st.text(), "port": st.integers(), "up": st.booleans()})


@given(changes)
def test_as_the_standard_function(fields: dict[str, object]) -> None:
    before = dataclasses.replace(PARTY)
    assert replace(PARTY, **fields) == dataclasses.replace(PARTY, **fields)  # type: ignore[arg-type]
    assert before == PARTY


def test_a_field_it_has_not() -> None:
    with pytest.raises(TypeError, match="no field"):
        replace(PARTY, name="x")  # type: ignore[call-arg]


def test_only_for_values_of_its_kind() -> None:
    @dataclass
    class Open:
        number: int

    with pytest.raises(TypeError, match="no frozen dataclass"):
        replace(Open(1), number=2)


@quick
@dataclass(frozen=True, slots=True)
class Fast:
    """A value with every kind of field that `quick` makes."""

    number: int
    name: str = "nobody"
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plain:
    """The same, made by the standard library alone."""

    number: int
    name: str = "nobody"
    notes: list[str] = field(default_factory=list)


@given(st.integers(), st.fixed_dictionaries({}, optional={"name": st.text(), "notes": st.lists(st.text())}))
def test_made_quickly_and_the_same(number: int, fields: dict[str, object]) -> None:
    made = Fast(number, **fields)  # type: ignore[arg-type]
    assert type(made) is Fast
    assert dataclasses.astuple(made) == dataclasses.astuple(Plain(number, **fields))  # type: ignore[arg-type]
    assert made == Fast(number, **fields)  # type: ignore[arg-type]


def test_made_quickly_and_frozen() -> None:
    made = Fast(1)
    for value in (made, replace(made, number=2)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.number = 3  # type: ignore[misc]
    assert made.notes is not Fast(1).notes


def test_made_quickly_but_not_from_less() -> None:
    with pytest.raises(TypeError, match="number"):
        Fast()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="surname"):
        Fast(1, surname="x")  # type: ignore[call-arg]


def test_quick_is_for_plain_frozen_values() -> None:
    @dataclass(frozen=True, slots=True)
    class Named:
        name: str = field(kw_only=True)

    @dataclass(frozen=True, slots=True)
    class Longer(Plain):
        more: int = 0

    for kind in (Named, Longer):
        with pytest.raises(TypeError, match=kind.__name__):
            quick(kind)

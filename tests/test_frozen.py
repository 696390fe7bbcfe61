"""Frozen values are changed as the standard library changes them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.calls.parties import Party
from bridge.frozen import replace
from bridge.routing.plan import Origin

PARTY = Party("in", "caller", "caller", "123", Origin("trunk", "carrier"))
changes = st.fixed_dictionaries({}, optional={"leg": st.text(), "port": st.integers(), "up": st.booleans()})


@given(changes)
def test_as_the_standard_function(fields: dict[str, object]) -> None:
    before = dataclasses.replace(PARTY)
    assert replace(PARTY, **fields) == dataclasses.replace(PARTY, **fields)  # type: ignore[arg-type]
    assert before == PARTY


def test_a_field_it_has_not() -> None:
    with pytest.raises(TypeError, match="no field 'name'"):
        replace(PARTY, name="x")  # type: ignore[call-arg]


def test_only_for_values_of_its_kind() -> None:
    @dataclass
    class Open:
        number: int

    with pytest.raises(TypeError, match="no frozen dataclass"):
        replace(Open(1), number=2)

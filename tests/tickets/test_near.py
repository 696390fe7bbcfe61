"""What stretches of a text may have been, by their sound: wide enough to ask, bounded in time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.pinyin import readings
from bridge.tickets.gazetteer import NOWHERE, Gazetteer, Place
from bridge.tickets.near import COMMON, FARTHEST, MOST_LOOKED_AT, Neighbours

SMALL = Gazetteer(
    [
        Place("东昌府区", "county", aliases=("东昌府",)),
        Place("清河路", "road", "阳谷县"),
        Place("先锋路", "road"),
        Place("先锋路街道", "town"),
        Place("莘县", "county"),
    ],
    readings,
)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("我要反映工厂傅的路灯坏了", "东昌府", "工厂傅"),
        ("地址是请和六二十六号", "清河路", "请和六"),
        ("就在先冯路街道旁边", "先锋路街道", "先冯路街道"),
        ("清河路", "清河路", "清河路"),
    ],
)
def test_a_stretch_with_half_the_syllables_is_near(text: str, name: str, words: str) -> None:
    found = {near.name: near for near in Neighbours(SMALL).near(text)}
    assert text[found[name].start : found[name].end] == words
    assert found[name].cost <= FARTHEST


@pytest.mark.parametrize("text", ["", "新县", "我家停电了", "你好，请问", "路路路路"])
def test_what_is_far_and_what_is_short_is_not(text: str) -> None:
    assert Neighbours(SMALL).near(text) == []
    assert Neighbours(NOWHERE).near(text) == []


def test_a_syllable_of_hundreds_of_names_tells_nothing() -> None:
    many = [Place(f"{chr(0x4E00 + n)}{chr(0x6C00 + n)}路", "road") for n in range(COMMON + 1)]
    found = Neighbours(Gazetteer(many, readings))
    assert found.near("路") == []
    assert len(found.near("路".join(place.name for place in many[:100]))) <= MOST_LOOKED_AT


@given(st.text(st.sampled_from("东昌府清河路先锋街道工厂请和六的一，x"), max_size=60))
def test_what_is_near_lies_in_the_text(text: str) -> None:
    found = Neighbours(SMALL).near(text)
    assert found == sorted(found)
    for near in found:
        assert 0 <= near.start < near.end <= len(text)
        assert near.cost <= FARTHEST

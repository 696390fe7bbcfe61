"""RFC 2782: the order of several addresses."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.addresses import LEAST_PATIENCE, Place, ordered, patience

places = st.lists(
    st.builds(Place, st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 9), st.just("udp"),
              st.integers(0, 2), st.integers(0, 5)),
    max_size=6,
)  # fmt: skip


@given(places, st.floats(0, 1, exclude_max=True))
def test_all_of_them_once_by_priority(given_places: list[Place], mark: float) -> None:
    order = ordered(given_places, lambda: mark)
    assert Counter(order) == Counter(given_places)
    assert [place.priority for place in order] == sorted(place.priority for place in given_places)


def test_weight_is_the_share() -> None:
    chance = random.Random(7).random
    heavy, light = Place("h", 1, weight=3), Place("l", 1, weight=1)
    first = Counter(ordered((light, heavy), chance)[0].host for _ in range(2000))
    assert 0.70 < first["h"] / 2000 < 0.80


def test_without_weights_each_comes_somewhere() -> None:
    assert set(ordered((Place("a", 1), Place("b", 1)), lambda: 0.5)) == {Place("a", 1), Place("b", 1)}


def test_all_fit_into_the_targets_time() -> None:
    assert patience(4, 2) == 2.0
    assert patience(1, 4) == LEAST_PATIENCE
    assert patience(4, 0) == 4.0

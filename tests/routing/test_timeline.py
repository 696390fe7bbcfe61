"""When each target of a plan is tried at the latest."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.plan import Target
from bridge.routing.timeline import timeline


def at(ring: int, answer: int = 4) -> Target:
    return Target("trunk", "110", "police", ring, answer)


def test_one_after_the_other() -> None:
    slots = timeline([at(30), at(20, 5), at(10)], None)
    assert [(slot.begins, slot.dead_at, slot.ends) for slot in slots] == [
        (0, 4, 30),
        (30, 35, 50),
        (50, 54, 60),
    ]
    assert all(slot.reached for slot in slots)


def test_the_whole_time_ends_the_last_one_early_and_later_ones_are_not_reached() -> None:
    slots = timeline([at(30), at(30), at(30)], 40)
    assert [(slot.begins, slot.ends, slot.reached) for slot in slots] == [
        (0, 30, True), (30, 40, True), (40, 40, False),
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(1, 180), st.integers(1, 32)), min_size=1, max_size=8),
    st.none() | st.integers(1, 600),
)
def test_slots_follow_each_other_and_never_pass_the_whole(
    times: list[tuple[int, int]], total: int | None
) -> None:
    slots = timeline([at(ring, answer) for ring, answer in times], total)
    assert len(slots) == len(times)
    assert slots[0].begins == 0
    assert slots[0].reached
    for before, after in pairwise(slots):
        assert before.ends == after.begins
    for slot in slots:
        assert slot.begins <= slot.dead_at <= slot.ends
        assert total is None or slot.ends <= total
        assert slot.reached is (slot.begins < slot.ends)

"""Dead and full trunks: what is tried first, last, or not at all, and why."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.plan import Target
from bridge.routing.standing import Standing, arrange, dead

UP, DOWN = Standing(), Standing(up=False)
FULL, KEPT = Standing(used=4, channels=4, reserved=1), Standing(used=3, channels=4, reserved=1)


def target(trunk: str | None, *, emergency: bool = False) -> Target:
    kind = "trunk" if trunk else "agent"
    return Target(kind, "110", trunk, 30, 4, "why", emergency=emergency)  # type: ignore[arg-type]


def order(trunks: dict[str, Standing], *, emergency: bool = False) -> list[str | None]:
    targets = [target(name, emergency=emergency) for name in trunks]
    return [item.trunk for item in arrange(targets, trunks.__getitem__)]


def test_what_lives_goes_first_what_is_dead_last() -> None:
    assert order({"a": DOWN, "b": UP, "c": UP}) == ["b", "c", "a"]
    assert order({"a": DOWN, "b": DOWN}) == ["a", "b"]


def test_a_full_trunk_is_passed_over() -> None:
    assert order({"a": FULL, "b": UP}) == ["b"]
    assert order({"a": FULL, "b": DOWN}) == ["b"]
    assert order({"a": FULL}) == ["a"]  # nothing else: it is dialled, and told to be full


def test_the_reserve_is_for_emergencies() -> None:
    assert order({"a": KEPT, "b": UP}) == ["b"]
    assert order({"a": KEPT, "b": UP}, emergency=True) == ["a", "b"]
    assert order({"a": FULL, "b": UP}, emergency=True) == ["b"]


def test_the_reason_says_so() -> None:
    down, full = arrange([target("a")], lambda _: DOWN)[0], arrange([target("a")], lambda _: KEPT)[0]
    assert down.reason == "why；中继 a 不通（探测没有应答），排到最后"
    assert full.reason == "why；中继 a 已满（3/4 路，其中 1 路留给紧急方向），先不试"
    assert arrange([target("a")], lambda _: UP)[0].reason == "why"


def test_a_key_is_dead_when_every_target_is() -> None:
    table = {"a": DOWN, "b": UP}
    assert dead([target("a")], table.__getitem__)
    assert not dead([target("a"), target("b")], table.__getitem__)
    assert not dead([target("a"), target(None)], table.__getitem__)  # an agent's phone is no trunk
    assert not dead([], table.__getitem__)


standings = st.builds(
    Standing, st.booleans(), st.integers(0, 5), st.none() | st.integers(1, 5), st.integers(0, 2)
)


@given(st.lists(standings, min_size=1, max_size=5), st.booleans())
def test_somebody_is_always_tried_and_nobody_twice(found: list[Standing], emergency: bool) -> None:
    trunks = {f"t{place}": standing for place, standing in enumerate(found)}
    tried = order(trunks, emergency=emergency)
    assert tried
    assert len(set(tried)) == len(tried)
    assert set(tried) >= {name for name, now in trunks.items() if now.up and now.room(emergency=emergency)}

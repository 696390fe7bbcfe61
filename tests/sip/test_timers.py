"""Timer lengths by RFC 3261 table 4 and RFC 6026; the alarm queue by properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.sip.timers import COMPACT_BELOW, Alarm, Alarms, Timers


def test_lengths_over_udp_are_the_rfcs() -> None:
    assert dict(Timers().lengths(reliable=False)) == {
        "A": 0.5, "B": 32.0, "D": 32.0, "E": 0.5, "F": 32.0, "G": 0.5,
        "H": 32.0, "I": 5.0, "J": 32.0, "K": 5.0, "L": 32.0, "M": 32.0,
    }  # fmt: skip


def test_over_a_reliable_transport_nothing_is_repeated_or_awaited() -> None:
    lengths = Timers().lengths(reliable=True)
    assert not {"A", "E", "G"} & set(lengths)
    assert [lengths[name] for name in "DIJK"] == [0.0] * 4
    assert [lengths[name] for name in "BFHLM"] == [32.0] * 5


def test_a_slower_network_stretches_everything_but_never_shortens_d() -> None:
    assert Timers(t1=1.0).lengths(reliable=False)["B"] == 64.0
    assert Timers(t1=0.1).lengths(reliable=False)["D"] == 32.0


@given(
    st.lists(st.floats(0, 100), max_size=60),
    st.sets(st.integers(0, 59)),
    st.lists(st.floats(0, 100), min_size=1),
)
def test_every_alarm_rings_once_in_order_unless_cancelled(
    times: list[float], cancelled: set[int], asks: list[float]
) -> None:
    alarms, rang = Alarms(), []
    made: list[Alarm] = [alarms.set(when, lambda n, _now: rang.append(n), n) for n, when in enumerate(times)]
    for n in cancelled:
        if n < len(made):
            alarms.cancel(made[n])
    live = [n for n in range(len(times)) if n not in cancelled]
    assert len(alarms) == len(live)
    for now in sorted(asks):
        alarms.due(now)
        later = [times[n] for n in live if times[n] > now]
        assert alarms.next() == (min(later) if later else None)
        assert rang == sorted([n for n in live if times[n] <= now], key=lambda n: (times[n], n))


def test_an_alarm_may_set_and_cancel_others_while_it_rings() -> None:
    alarms, rang = Alarms(), []
    second = alarms.set(2.0, lambda _now: rang.append("second"))

    def first(_now: float) -> None:
        alarms.cancel(second)
        alarms.set(1.5, lambda _at: rang.append("third"))

    alarms.set(1.0, first)
    alarms.due(3.0)
    assert rang == ["third"]
    assert alarms.next() is None
    alarms.cancel(second)
    alarms.cancel(None)
    assert len(alarms) == 0


def test_cancelled_alarms_are_swept_out_before_their_time() -> None:
    alarms = Alarms()
    alarms.set(1.0, lambda _now: None)  # stays on top, so nothing is popped lazily
    for n in range(50 * COMPACT_BELOW):
        alarms.cancel(alarms.set(100.0 + n, lambda _now: None))
    assert len(alarms) == 1
    assert len(alarms._heap) <= 2 * COMPACT_BELOW + 2

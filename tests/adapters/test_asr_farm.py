"""Which recogniser a leg is brought to: the least load, never one that is shut while another is well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.asr_farm import FIRST_SHUT, FULL, LONGEST_SHUT, SHUT_AFTER, Farm, Figures, Server


def farm(count: int = 2) -> tuple[Farm, tuple[Server, ...]]:
    made = Farm([f"ws://10.0.0.{n}:2700" for n in range(count)])
    return made, made.servers


def served(farm: Farm, count: int, now: float = 0.0) -> list[str]:
    """Where so many streams are brought, one after the other."""
    went = []
    for _ in range(count):
        server = farm.choose(now)
        farm.came(server)
        went.append(server.url[-6:-5])
    return went


def test_equals_get_as_many_each() -> None:
    made, _ = farm(3)
    assert sorted(served(made, 9)) == ["0"] * 3 + ["1"] * 3 + ["2"] * 3


def test_one_that_answers_three_times_as_fast_gets_about_three_times_as_many() -> None:
    made, (quick, slow) = farm()
    for _ in range(100):
        made.answered(quick, 0.02, 1)
        made.answered(slow, 0.06, 1)
    assert served(made, 40).count("0") == pytest.approx(30, abs=2)


def test_a_long_message_is_measured_by_the_tenth() -> None:
    made, (one, other) = farm()
    for _ in range(100):
        made.answered(one, 0.08, 4)
        made.answered(other, 0.02, 1)
    assert one.answer == pytest.approx(other.answer, rel=0.01)


def test_what_other_bridges_have_brought_there_counts_where_it_is_told() -> None:
    made, (ours, stock) = farm()
    made.probed(ours, 0.0, alive=True, figures=Figures(streams=30, streams_most=100))
    made.probed(stock, 0.0, alive=True, figures=None)
    assert served(made, 10) == ["1"] * 10


def test_a_server_that_lags_is_left_to_those_that_do_not() -> None:
    made, (late, well) = farm()
    made.probed(late, 0.0, alive=True, figures=Figures(streams=1, streams_most=100, queue_lag=3.0))
    assert set(served(made, 10)) == {"1"}
    assert well.streams == 10


def test_a_full_server_is_the_last_choice_and_only_for_a_while() -> None:
    made, (full, other) = farm()
    made.refused(full, 10.0)
    for _ in range(50):
        made.came(other)
    assert made.choose(10.0 + FULL - 0.1) is other
    assert not made.elsewhere(10.1, other)
    assert made.choose(10.0 + FULL) is full
    made.probed(full, 20.0, alive=True, figures=Figures(streams=8, streams_most=8))
    assert made.choose(20.0) is other


def test_one_that_cannot_be_reached_is_shut_at_once_and_longer_each_time() -> None:
    made, (dead, well) = farm()
    now, pauses = 100.0, []
    for _ in range(8):
        tried = made.came(dead)
        made.failed(dead, now, reached=False)
        made.left(dead, tried=tried)
        assert made.choose(now) is well
        began = now
        while dead.shut(now):
            now += 0.125
        pauses.append(now - began)
    assert pauses[:3] == [FIRST_SHUT, 2 * FIRST_SHUT, 4 * FIRST_SHUT]
    assert max(pauses) == LONGEST_SHUT


def test_one_legs_bad_luck_shuts_nothing_and_three_in_a_row_do() -> None:
    made, (one, _) = farm()
    for _ in range(SHUT_AFTER - 1):
        assert not made.failed(one, 0.0, reached=True)
    made.answered(one, 0.01, 1)
    for _ in range(SHUT_AFTER - 1):
        assert not made.failed(one, 0.0, reached=True)
    assert made.failed(one, 0.0, reached=True)
    assert one.shut(0.0)


def test_after_its_time_one_leg_tries_and_its_answer_opens_the_door() -> None:
    made, (sick, well) = farm()
    made.failed(sick, 0.0, reached=False)
    for _ in range(5):
        made.came(well)
    now = FIRST_SHUT
    assert made.choose(now) is sick
    tried = made.came(sick)
    assert tried
    assert made.choose(now) is well, "one leg is enough to find out"
    made.left(sick, tried=tried)
    assert made.choose(now) is sick, "it ended before it knew"
    made.came(sick)
    assert made.answered(sick, 0.01, 1)
    assert made.choose(now) is sick


def test_with_all_of_them_shut_there_is_still_a_choice_and_never_the_one_just_left() -> None:
    made, (one, other) = farm()
    made.failed(one, 0.0, reached=False)
    made.failed(other, 0.5, reached=False)
    assert made.choose(0.6) is one
    assert made.choose(0.6, avoid=one) is other
    assert not made.elsewhere(0.6, one)
    alone, (only,) = farm(1)
    assert alone.choose(0.0, avoid=only) is only


def test_probes_shut_a_silent_server_and_open_it_when_it_answers_again() -> None:
    made, (one, other) = farm()
    assert made.probed(one, 0.0, alive=False, figures=None) is None, "one lost probe means nothing"
    assert made.probed(one, 5.0, alive=False, figures=None) is False
    assert made.choose(5.0) is other
    assert made.probed(one, 5.5, alive=True, figures=None) is True
    assert made.choose(5.5) is one


def test_a_probe_does_not_open_what_answers_probes_but_talks_nonsense() -> None:
    made, (mad, other) = farm()
    for _ in range(SHUT_AFTER):
        made.failed(mad, 0.0, reached=True)
    assert made.probed(mad, 0.1, alive=True, figures=None) is None
    assert made.choose(0.2) is other


def test_a_farm_needs_a_server_and_knows_each_once() -> None:
    with pytest.raises(ValueError, match="no recogniser"):
        Farm([])
    assert len(Farm(["ws://a", "ws://b", "ws://a"]).servers) == 2


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["came", "answered", "failed", "lost", "refused", "probed", "dead"]),
        st.integers(0, 2),
        st.floats(0, 3),
    ),
    max_size=60,
)


@given(MOVES)
def test_whatever_happens_a_well_server_is_chosen_if_there_is_one(
    moves: list[tuple[str, int, float]],
) -> None:
    made, servers = farm(3)
    now = 0.0
    for move, number, pause in moves:
        server, now = servers[number], now + pause
        match move:
            case "came":
                made.left(server, tried=made.came(server))
            case "answered":
                made.answered(server, pause, 1)
            case "failed" | "lost":
                made.failed(server, now, reached=move == "failed")
            case "refused":
                made.refused(server, now)
            case _:
                made.probed(server, now, alive=move == "probed", figures=None)
        well = [each for each in servers if not each.shut(now)]
        chosen = made.choose(now)
        assert chosen in (well or servers)
        assert made.choose(now, avoid=chosen) is not chosen or len(well) == 1
        assert not any(each.shut(now + 2 * LONGEST_SHUT) for each in servers), "nobody is shut for ever"

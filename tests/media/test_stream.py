"""Outgoing streams: numbers and times never break, losses stay visible, a switch leaves no trace but the
marker."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bridge.media.rtp import seq_diff, timestamp_diff
from bridge.media.stream import Stream

U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 2**32 - 1)


def started(seq: int = 100, timestamp: int = 1000) -> Stream:
    """A stream that has sent one frame at time 0."""
    stream = Stream(1, seq, timestamp)
    stream.frame(0.0)
    return stream


@given(U16, U32, st.lists(st.tuples(U16, U32, st.integers(1, 20)), min_size=1, max_size=5))
def test_any_switches_of_source_are_seamless(
    seq: int, timestamp: int, sources: list[tuple[int, int, int]]
) -> None:
    stream, now, sent = started(seq, timestamp), 0.0, []
    for source_seq, source_timestamp, count in sources:
        for n in range(count):
            now += 0.02
            packet = ((source_seq + n) & 0xFFFF, (source_timestamp + 160 * n) & 0xFFFFFFFF)
            if n == 0:
                stream.switch(*packet, now)
                assert stream.take_mark()
            sent.append(stream.relay(*packet, now))
    for before, after in pairwise(sent):
        assert before is not None
        assert after is not None
        assert seq_diff(after[0], before[0]) == 1
        assert timestamp_diff(after[1], before[1]) == 160


@given(U16, st.sets(st.integers(0, 60), min_size=1))
def test_losses_stay_visible(first: int, arrived: set[int]) -> None:
    stream = started()
    numbers = sorted(arrived)
    stream.switch((first + numbers[0]) & 0xFFFF, 0, 0.02)
    sent = [stream.relay((first + n) & 0xFFFF, 160 * (n - numbers[0]), 0.02) for n in numbers]
    steps = [seq_diff(after[0], before[0]) for before, after in pairwise(sent) if before and after]
    assert steps == [after - before for before, after in pairwise(numbers)]


@given(st.permutations(range(6)))
def test_reordered_packets_keep_their_place(order: list[int]) -> None:
    stream = started()
    stream.switch(50, 8000, 0.02)
    stream.relay(50, 8000, 0.02)
    sent = {n: stream.relay(51 + n, 8160 + 160 * n, 0.03) for n in order}
    assert sent == {n: (103 + n, 1480 + 160 * n) for n in range(6)}
    assert stream.seq == 108


def test_the_clock_goes_on_over_a_pause() -> None:
    stream = started()
    stream.switch(7, 7, 1.0)
    assert stream.relay(7, 7, 1.0) == (102, 1160 + 8000)


def test_a_straggler_from_before_the_switch_is_dropped() -> None:
    stream = started()
    stream.switch(500, 0, 0.02)
    stream.relay(500, 0, 0.02)
    assert stream.relay(499, -160 & 0xFFFFFFFF, 0.03) is None


def test_absorbed_packets_leave_no_gap() -> None:
    stream = started()
    stream.switch(500, 0, 0.02)
    assert stream.relay(500, 0, 0.02) == (102, 1320)
    stream.take_mark()
    stream.absorb()
    stream.absorb()
    assert stream.relay(503, 480, 0.08) == (103, 1800)
    assert stream.take_mark()


def test_a_restart_of_the_source_is_noticed() -> None:
    stream = started()
    stream.switch(500, 0, 0.02)
    stream.relay(500, 0, 0.02)
    assert stream.follows(501, 160)
    assert not stream.follows(20_000, 160)
    assert not stream.follows(501, 50_000_000)


def test_frames_of_our_own_count_on() -> None:
    stream = started()
    assert stream.frame(0.02) == (102, 1320)
    assert stream.frame(0.08, 3) == (103, 1800)


def test_an_event_among_frames_has_one_timestamp() -> None:
    stream = started()
    assert stream.event(77, 0.01) == (102, 1160)
    stream.frame(0.02)
    assert stream.event(77, 0.03) == (104, 1160)
    assert stream.event(99, 0.03) == (105, 1320)


def test_longest_gap() -> None:
    stream = started()
    for at in (0.02, 0.09, 0.11):
        stream.frame(at)
    assert round(stream.longest_gap, 6) == 0.07

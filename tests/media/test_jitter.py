"""The jitter buffer: an unbroken line of samples, each at its time, whatever the network does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.media.jitter import JitterBuffer

SILENCE = 0xD5
DELAY = 0.1


def frame(number: int) -> bytes:
    """160 octets that say which frame they are and are never silence."""
    return bytes([number % 200 + 1]) * 160


def buffer() -> JitterBuffer:
    return JitterBuffer(SILENCE, DELAY)


def drain(line: JitterBuffer, until: float) -> bytes:
    return line.take(line.due(until))


def test_in_order_and_at_its_time() -> None:
    line = buffer()
    for number in range(10):
        line.push(1, 1000 + number * 160, frame(number), 5.0 + number * 0.02)
    assert line.time == 5.0
    assert line.due(5.0 + DELAY - 0.001) == 0
    assert drain(line, 5.2 + DELAY) == b"".join(frame(number) for number in range(10))
    assert line.time == 5.2


def test_nothing_before_the_first_packet() -> None:
    assert buffer().due(1e6) == 0


def test_a_lost_packet_is_silence() -> None:
    line = buffer()
    for number in (0, 2):
        line.push(1, number * 160, frame(number), number * 0.02)
    assert drain(line, 0.06 + DELAY) == frame(0) + bytes([SILENCE]) * 160 + frame(2)


def test_late_packets_are_dropped_and_counted() -> None:
    line = buffer()
    line.push(1, 0, frame(0), 0.0)
    line.push(1, 320, frame(2), 0.04)
    drain(line, 0.06 + DELAY)
    line.push(1, 160, frame(1), 0.17)
    assert (line.late, line.held) == (1, 0)


def test_duplicates_are_dropped_and_counted() -> None:
    line = buffer()
    line.push(1, 0, frame(0), 0.0)
    line.push(1, 0, frame(9), 0.01)
    assert drain(line, 0.02 + DELAY) == frame(0)
    assert line.duplicates == 1


def test_a_new_ssrc_goes_on_on_the_same_clock() -> None:
    line = buffer()
    line.push(1, 5000, frame(0), 0.0)
    line.push(2, 999999, frame(1), 1.0)
    voice = drain(line, 1.02 + DELAY)
    assert len(voice) == 8160
    assert voice[:160] == frame(0)
    assert voice[8000:] == frame(1)
    assert line.restarts == 1


def test_a_leap_of_the_senders_clock_is_no_leap_of_ours() -> None:
    line = buffer()
    line.push(1, 0, frame(0), 0.0)
    line.push(1, 80_000_000, frame(1), 0.02)
    line.push(1, 80_000_160, frame(2), 0.04)
    assert drain(line, 0.06 + DELAY) == frame(0) + frame(1) + frame(2)


def test_a_longer_path_is_believed_after_a_while() -> None:
    line = buffer()
    line.push(1, 0, frame(0), 0.0)
    for number in range(1, 60):
        arrival = number * 0.02 + 0.25
        drain(line, arrival)
        line.push(1, number * 160, frame(number), arrival)
    assert line.restarts == 1
    assert 0 < line.late <= 11
    assert frame(59) in drain(line, 2.0)


@given(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=5))
def test_order_and_repetition_within_the_delay_change_nothing(order: list[int], again: list[int]) -> None:
    line = buffer()
    line.push(7, 0, frame(0), 0.0)
    for number in [*order, *again]:
        line.push(7, number * 160, frame(number), 0.08)
    assert drain(line, 0.1 + DELAY) == b"".join(frame(number) for number in range(5))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(0, 2**32 - 1),
            st.binary(min_size=1, max_size=480),
            st.floats(0, 0.5),
        ),
        max_size=40,
    )
)
def test_the_clock_is_the_arrivals_clock_for_any_sender(
    packets: list[tuple[int, int, bytes, float]],
) -> None:
    line, now, taken = buffer(), 100.0, 0
    for ssrc, timestamp, payload, wait in packets:
        now += wait
        line.push(ssrc, timestamp, payload, now)
        taken += len(drain(line, now))
        assert line.held <= 0.5 * 8000 + 480
        assert abs(line.time - (100.0 + (packets[0][3] if packets else 0) + taken / 8000)) < 1e-6
    if packets:
        assert abs(taken - max(0.0, now - 100.0 - packets[0][3] - DELAY) * 8000) <= 1

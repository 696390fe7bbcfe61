"""The adaptive jitter buffer: the line of time stays exact, nothing plays twice, the delay is bounded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media import g711
from bridge.media.g711 import FRAME
from bridge.media.playout import LEAST, MAX_PIECES, MOST, Playout

MARKS = [octet for octet in range(0x80, 0x80 + 96) if octet not in {0xD4, 0xD5}]
"""Octets that tell frames apart: A-law of one sign, none of them near silence twice."""


def frame(number: int) -> bytes:
    high, low = divmod(number, len(MARKS))
    return bytes([MARKS[low]]) * 80 + bytes([MARKS[high]]) * 80


def told(samples: np.ndarray | None) -> int | None:
    """Which frame this is, without its beginning, which may be faded into; None: silence or made up."""
    if samples is None:
        return None
    octets = g711.encode("PCMA", samples)
    low, high = octets[60], octets[-1]
    if set(octets[40:80]) != {low} or set(octets[80:]) != {high} or not {low, high} <= set(MARKS):
        return None
    return MARKS.index(low) + len(MARKS) * MARKS.index(high)


def run(arrivals: list[tuple[float, int]], until: float) -> tuple[Playout, list[int | None], list[float]]:
    """Packets (arrival, number) into a buffer asked every 20 ms; what was played, and the delay each time."""
    buffer, out, delays = Playout("PCMA"), [], []
    waiting = sorted(arrivals)
    for tick in range(round(until / 0.02)):
        now = 100.0 + tick * 0.02 + 0.001
        while waiting and 100.0 + waiting[0][0] <= now:
            at, number = waiting.pop(0)
            buffer.push(7, 5000 + number * FRAME, frame(number), 100.0 + at)
        gap = buffer._concealer.in_gap
        samples = buffer.frame(now)
        made_up = buffer._concealer.in_gap
        out.append(None if made_up else told(samples))
        delays.append(buffer.delay)
        assert gap in (True, False)
    return buffer, out, delays


def test_in_order_is_played_as_it_came() -> None:
    buffer, out, delays = run([(n * 0.02, n) for n in range(50)], 1.2)
    heard = [n for n in out if n is not None]
    assert heard == list(range(50))
    assert out.index(49) - out.index(0) == 49
    assert max(delays) <= 0.04 + LEAST + 0.002
    assert (buffer.late, buffer.duplicates, buffer.restarts) == (0, 0, 0)


def test_a_lost_packet_takes_its_time() -> None:
    _, out, _ = run([(n * 0.02, n) for n in range(50) if n not in {20, 21, 33}], 1.2)
    for n in range(50):
        assert (n in out) == (n not in {20, 21, 33})
    assert out.index(49) - out.index(0) == 49


def test_order_and_repetition_do_not_matter() -> None:
    arrivals = [((n ^ 1) * 0.02, n) for n in range(50)] + [(n * 0.02 + 0.001, n) for n in range(0, 50, 3)]
    buffer, out, _ = run(arrivals, 1.5)
    heard = [n for n in out if n is not None]
    assert heard == sorted(set(heard))
    assert len(heard) >= 47
    assert buffer.restarts == 0


def test_the_delay_grows_at_once_and_shrinks_in_silence() -> None:
    rng = np.random.default_rng(3)
    calm = [(n * 0.02, n) for n in range(50)]
    storm = [(n * 0.02 + rng.uniform(0, 0.08), n) for n in range(50, 150)]
    after = [(n * 0.02, n) for n in range(150, 2000)]
    buffer, out, delays = run(calm + storm + after, 40)
    assert delays[40] < 0.05
    assert max(delays[80:160]) > 0.07, "grown within the storm's first second"
    lost = [n for n in range(80, 150) if n not in out]
    assert len(lost) <= 7, f"once it knows the network it loses little: {lost}"
    assert buffer.delay > 0.06, "a voice that never pauses is not cut"
    quiet, now = Playout("PCMA"), 100.0
    quiet._worst = 0.15
    for n in range(2000):
        quiet.push(7, n * FRAME, b"\xd5" * FRAME, now)
        quiet.frame(now + 0.001)
        now += 0.02
    assert quiet.delay <= 0.07


def test_a_longer_path_is_believed() -> None:
    calm = [(n * 0.02, n) for n in range(50)]
    longer = [(n * 0.02 + 0.5, n) for n in range(50, 150)]
    buffer, out, _ = run(calm + longer, 4)
    assert sum(n in out for n in range(60, 150)) >= 85
    assert buffer.delay <= MOST + LEAST


def test_a_new_sender_follows_on() -> None:
    buffer = Playout("PCMA")
    out = []
    for n in range(40):
        now = n * 0.02
        ssrc, timestamp = (1, n * FRAME) if n < 20 else (2, 4_000_000_000 + n * FRAME)
        buffer.push(ssrc, timestamp, frame(n), now)
        out.append(told(buffer.frame(now + 0.001)))
    assert [n for n in out if n is not None][-15:] == list(range(23, 38))
    assert buffer.restarts == 1


@pytest.mark.parametrize("samples", [80, 240, 320, 400])
def test_packets_of_other_lengths(samples: int) -> None:
    rng = np.random.default_rng(1)
    voice = g711.encode("PCMA", rng.integers(-9000, 9000, 50 * FRAME).astype(np.int16))
    buffer, out, sent = Playout("PCMA"), [], 0
    for tick in range(70):
        now = tick * 0.02
        while sent < len(voice) and sent / 8000 <= now:
            buffer.push(1, sent, voice[sent : sent + samples], now)
            sent += samples
        said = buffer.frame(now + 0.001)
        if said is not None and not buffer._concealer.in_gap:
            out.append(said)
    heard = g711.encode("PCMA", np.concatenate(out))
    assert voice[: 45 * FRAME] in heard or heard[: 45 * FRAME] in voice


def test_a_clock_that_stood_still_leaps() -> None:
    buffer = Playout("PCMA")
    for n in range(30):
        buffer.push(1, n * FRAME, frame(n), n * 0.02)
        if n < 10:
            buffer.frame(n * 0.02 + 0.001)
    before = buffer.delay
    assert told(buffer.frame(29 * 0.02 + 0.001, 20)) in {26, 27, 28}
    assert buffer.delay == pytest.approx(before, abs=0.001)


PACKETS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 2**32 - 1) | st.integers(0, 400).map(lambda n: n * 160),
        st.binary(min_size=1, max_size=960),
        st.floats(0, 0.3),
    ),
    max_size=60,
)


@given(PACKETS)
def test_any_sender_gets_frames_of_one_length_and_a_bounded_buffer(
    packets: list[tuple[int, int, bytes, float]],
) -> None:
    buffer, now = Playout("PCMA"), 50.0
    tick = now
    for ssrc, timestamp, payload, wait in packets:
        now += wait
        while tick <= now:
            samples = buffer.frame(tick)
            assert samples is None or samples.shape == (FRAME,)
            tick += 0.02
        buffer.push(ssrc, timestamp, payload, now)
        assert len(buffer._pieces) <= MAX_PIECES
        assert buffer.delay <= MOST + 2 * LEAST + 0.96


@given(
    st.lists(st.tuples(st.floats(0, 0.15), st.booleans(), st.booleans()), min_size=20, max_size=150),
)
def test_any_order_loss_and_repetition(fates: list[tuple[float, bool, bool]]) -> None:
    """Each packet late by up to 150 ms, lost or sent twice: what is played is in order, once, and the delay
    is bounded."""
    arrivals = []
    for number, (late, lost, twice) in enumerate(fates):
        if not lost:
            arrivals.append((number * 0.02 + late, number))
        if twice:
            arrivals.append((number * 0.02 + 0.15, number))
    _, out, delays = run(arrivals, len(fates) * 0.02 + 0.6)
    heard = [n for n in out if n is not None]
    assert heard == sorted(set(heard))
    assert max(delays, default=0.0) <= MOST + 2 * LEAST + 0.001

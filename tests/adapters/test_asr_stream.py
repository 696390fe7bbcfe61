"""The books of one stream: bounded, and every word's time true, whatever is dropped, lost or said again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.words import Speech, Word
from bridge.adapters.asr_stream import (
    AGAIN_BYTES,
    LOSSES,
    MESSAGE_LEAST,
    MESSAGE_MOST,
    RATE,
    WAITING_BYTES,
    AsrStream,
    Piece,
    Ruler,
)

TENTH = bytes(MESSAGE_LEAST)


def fed(*times: float, rate: int = RATE) -> AsrStream:
    stream = AsrStream(rate)
    for at in times:
        stream.feed(Piece(at, TENTH))
    return stream


def heard(stream: AsrStream, *words: float) -> list[float]:
    """Where words that the server heard at these seconds were on the clock."""
    speech = Speech("final", "x", tuple(Word("x", at, at + 0.01, 1.0) for at in words))
    told = stream.answered(speech)
    assert told is not None
    assert stream.begin is not None
    return [round(word.start + stream.begin, 3) for word in told.words]


def drain(stream: AsrStream) -> bytes:
    pcm = b""
    while piece := stream.take(rest=True):
        pcm += piece
        stream.answered(Speech("partial", ""))
    return pcm


def test_less_than_a_tenth_waits_for_more_unless_it_is_the_rest() -> None:
    stream = AsrStream(RATE)
    stream.feed(Piece(5.0, TENTH[:-2]))
    assert stream.take(rest=False) == b""
    assert stream.take(rest=True) == TENTH[:-2]


def test_a_backlog_goes_in_larger_messages() -> None:
    stream = fed(*(n / 10 for n in range(9)))
    assert [len(stream.take(rest=False)) for _ in range(4)] == [MESSAGE_MOST, MESSAGE_MOST, MESSAGE_LEAST, 0]


def test_words_are_told_in_the_clocks_time() -> None:
    stream = fed(100.0, 100.1)
    stream.take(rest=True)
    assert heard(stream, 0.0, 0.15) == [100.0, 100.15]
    assert stream.heard == pytest.approx(100.2)


def test_a_gap_in_the_voice_moves_only_what_comes_after() -> None:
    stream = fed(100.0, 100.1, 107.0, 107.1)
    stream.take(rest=True)
    assert heard(stream, 0.05, 0.25, 0.3) == [100.05, 107.05, 107.1]


def test_jitter_of_the_taps_is_no_gap_but_drift_is_followed() -> None:
    stream = fed(*(n * 0.1003 + (0.01 if n % 2 else 0.0) for n in range(90)))
    drain(stream)
    assert heard(stream, 0.0, 8.9) == [0.0, pytest.approx(8.9 * 1.003, abs=0.04)]


def test_live_voice_waits_ten_seconds_at_most_and_the_oldest_goes() -> None:
    stream = AsrStream(RATE)
    gone = [span for n in range(150) for span in stream.feed(Piece(n / 10, TENTH))]
    assert sum(until - since for since, until in gone) == pytest.approx(5.0)
    assert (gone[0][0], gone[-1][1]) == (0.0, pytest.approx(5.0))
    assert len(drain(stream)) == WAITING_BYTES
    assert heard(stream, 0.0, 9.9) == [5.0, 14.9]


def test_one_piece_longer_than_the_limit_loses_its_head() -> None:
    stream = AsrStream(RATE)
    assert stream.feed(Piece(50.0, bytes(WAITING_BYTES + 2 * RATE))) == [(50.0, 51.0)]
    assert len(drain(stream)) == WAITING_BYTES
    assert heard(stream, 0.0) == [51.0]


def test_odd_and_empty_pieces_do_no_harm() -> None:
    stream = AsrStream(RATE)
    stream.feed(Piece(1.0, b""))
    stream.feed(Piece(2.0, b"\1\0\2"))
    assert stream.take(rest=True) == b"\1\0"
    assert stream.begin == 2.0


def test_after_a_lost_connection_the_unfinished_utterance_is_said_again() -> None:
    stream = fed(100.0, 100.1)
    first = stream.take(rest=True)
    stream.answered(Speech("partial", "救"))
    stream.feed(Piece(100.2, TENTH))
    stream.take(rest=True)  # on its way when the connection breaks
    assert stream.lost() == (None, [])
    stream.connected()
    assert stream.take(rest=True) == first + TENTH
    assert heard(stream, 0.0, 0.25) == [100.0, 100.25]


def test_what_is_final_is_not_said_again() -> None:
    stream = fed(100.0)
    stream.take(rest=True)
    heard(stream, 0.0)
    assert stream.lost() == (None, [])
    assert stream.take(rest=True) == b""
    assert stream.idle


def test_an_utterance_no_longer_whole_keeps_its_partial_instead() -> None:
    stream = AsrStream(RATE)
    for n in range(AGAIN_BYTES // len(TENTH) + 10):
        stream.feed(Piece(n / 10, TENTH))
        stream.take(rest=True)
        stream.answered(Speech("partial", "很长的话"))
    stream.feed(Piece(500.0, TENTH))
    stream.take(rest=True)
    kept, dropped = stream.lost()
    assert kept == Speech("final", "很长的话")
    assert dropped == []
    stream.connected()
    assert stream.take(rest=True) == TENTH  # only what was never answered
    assert heard(stream, 0.0) == [500.0]


def test_voice_that_kills_the_server_is_given_up() -> None:
    stream = fed(100.0)
    for _ in range(LOSSES - 1):
        assert stream.take(rest=True)
        assert stream.lost() == (None, [])
        stream.connected()
    stream.take(rest=True)
    assert stream.lost() == (None, [(100.0, pytest.approx(100.1))])
    assert stream.take(rest=True) == b""


def test_a_dead_server_alone_gives_nothing_up() -> None:
    stream = fed(100.0)
    for _ in range(10 * LOSSES):
        assert stream.lost() == (None, [])
    assert stream.take(rest=True) == TENTH


def test_an_empty_final_keeps_the_partial_last_shown() -> None:
    stream = fed(1.0)
    stream.take(rest=True)
    stream.answered(Speech("partial", "救命"))
    assert not stream.idle
    assert stream.answered(Speech("final", "")) == Speech("final", "救命")
    assert stream.answered(Speech("final", "")) is None
    assert stream.idle


def test_giving_up_keeps_what_was_shown_and_counts_what_was_not_heard() -> None:
    stream = fed(1.0)
    stream.take(rest=True)
    stream.answered(Speech("partial", "救命"))
    stream.feed(Piece(1.1, TENTH))
    assert stream.give_up() == (Speech("final", "救命"), [(1.0, pytest.approx(1.2))])
    assert stream.idle


def test_silence_that_was_answered_is_not_missed() -> None:
    stream = fed(1.0)
    stream.take(rest=True)
    stream.answered(Speech("partial", ""))
    stream.feed(Piece(1.1, TENTH))
    stream.take(rest=True)
    stream.feed(Piece(7.0, TENTH))
    assert stream.give_up() == (None, [(1.1, pytest.approx(1.2)), (7.0, pytest.approx(7.1))])


def test_sixteen_kilohertz_doubles_the_samples_and_moves_no_word() -> None:
    stream = fed(100.0, 100.1, rate=16_000)
    assert len(stream.take(rest=True)) == 4 * MESSAGE_LEAST
    assert heard(stream, 0.15) == [100.15]


def test_the_ruler_stays_short_over_hours() -> None:
    stream = AsrStream(RATE)
    for n in range(2000):
        stream.feed(Piece(n * 1.0, TENTH))  # every piece is a gap
        stream.take(rest=True)
        stream.answered(Speech("final", ""))
    assert len(stream._ruler._marks) < 30
    assert heard(stream, 199.95) == [1999.05]


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 400)), min_size=1, max_size=30))
def test_the_ruler_knows_each_sample(steps: list[tuple[float, int]]) -> None:
    ruler, now, where = Ruler(), 10.0, []
    for gap, size in steps:
        now += gap
        where.append((ruler.samples, now))
        ruler.add(Piece(now, bytes(2 * size)))
        now += size / RATE
    for sample, at in where:
        assert ruler.time(sample) == pytest.approx(at, abs=0.031)


@given(st.lists(st.sampled_from(["feed", "take", "partial", "final", "lost"]), max_size=60))
def test_in_any_order_voice_is_sent_in_order_and_no_final_is_sent_again(moves: list[str]) -> None:
    stream, count, settled, sent = AsrStream(RATE), 0, 0, []
    for move in moves:
        if move == "feed":
            count += 1
            stream.feed(Piece(float(count), count.to_bytes(2, "little") * RATE))
        elif move == "take":
            pcm = stream.take(rest=False)
            numbers = sorted({int.from_bytes(pcm[n : n + 2], "little") for n in range(0, len(pcm), 2)})
            assert all(number > settled for number in numbers)
            assert not sent or not numbers or numbers[0] >= max(sent)
            sent += numbers
        elif move == "lost":
            stream.lost()
            stream.connected()
            sent = []
        elif sent:
            stream.answered(Speech("partial" if move == "partial" else "final", "一"))
            settled = max(sent) if move == "final" else settled

"""Telephone events: one key for each press, whatever the network does to its packets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedRtp
from bridge.media import dtmf
from bridge.media.dtmf import DtmfDecoder

Sent = tuple[int, bytes]


def presses(keys: str, apart: int = 1600) -> list[list[Sent]]:
    return [[(5000 + n * apart, payload) for payload in dtmf.press(key)] for n, key in enumerate(keys)]


def hear(packets: list[Sent]) -> str:
    decoder, now, keys = DtmfDecoder(), 0.0, ""
    for timestamp, payload in packets:
        now += 0.02
        keys += decoder.feed(timestamp, payload, now)
    return keys + decoder.lapse(now + 1.0)


def test_every_key_once() -> None:
    assert hear([packet for press in presses(dtmf.KEYS) for packet in press]) == dtmf.KEYS


def test_the_key_comes_with_the_first_end_packet() -> None:
    decoder, packets = DtmfDecoder(), presses("5")[0]
    heard = [decoder.feed(timestamp, payload, 0.0) for timestamp, payload in packets]
    assert heard == ["", "", "", "", "", "5", "", ""]


def test_the_same_key_twice_is_two_keys() -> None:
    assert hear([packet for press in presses("99") for packet in press]) == "99"


def test_a_long_press_in_segments_is_one_key() -> None:
    """RFC 4733 §2.5.1.3: beyond a duration of 65535 the timestamp moves and the event goes on."""
    first = [(1000, dtmf.encode("1", duration)) for duration in (160, 30000, 65535)]
    second = [(1000 + 65535, dtmf.encode("1", duration)) for duration in (160, 320)]
    assert hear([*first, *second, (1000 + 65535, dtmf.encode("1", 480, end=True))]) == "1"


def test_a_sender_that_moves_the_timestamp_within_a_press() -> None:
    packets = [(1000 + 160 * n, dtmf.encode("7", 160 * (n + 1))) for n in range(5)]
    assert hear([*packets, (1800, dtmf.encode("7", 960, end=True))]) == "7"


def test_all_ends_lost_then_silence() -> None:
    decoder = DtmfDecoder()
    decoder.feed(1, dtmf.encode("3", 160), 10.0)
    assert decoder.lapse(10.05) == ""
    assert decoder.lapse(10.0 + dtmf.LOST_END + 0.01) == "3"
    assert decoder.lapse(99.0) == ""


def test_events_that_are_no_keys_are_ignored() -> None:
    assert hear([(1, bytes([16, 0x80, 0, 160]))]) == ""


def test_cut_off() -> None:
    with pytest.raises(MalformedRtp):
        DtmfDecoder().feed(1, b"\x01\x80\x00", 0.0)


@given(st.text(dtmf.KEYS, min_size=1, max_size=6), st.data())
def test_loss_and_repetition(keys: str, data: st.DataObject) -> None:
    """At least one packet of each press arrives, any may come twice."""
    packets: list[Sent] = []
    for press in presses(keys):
        kept = data.draw(st.lists(st.integers(0, 7), min_size=1, max_size=12).map(sorted))
        packets += [press[index] for index in kept]
    assert hear(packets) == keys


@given(st.text(dtmf.KEYS, min_size=1, max_size=5), st.data())
def test_reordered_ends(keys: str, data: st.DataObject) -> None:
    """The packets of each press in any order."""
    packets = [packet for press in presses(keys) for packet in data.draw(st.permutations(press))]
    assert hear(packets) == keys


@given(st.text(dtmf.KEYS, min_size=2, max_size=5), st.data())
def test_stragglers_of_an_older_press(keys: str, data: st.DataObject) -> None:
    every = presses(keys)
    packets = list(every[0])
    for before, press in pairwise(every):
        at = data.draw(st.integers(1, len(press)))
        packets += [*press[:at], data.draw(st.sampled_from(before)), *press[at:]]
    assert hear(packets) == keys


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(min_size=4, max_size=8)), max_size=30))
def test_any_events_yield_only_keys(packets: list[Sent]) -> None:
    assert set(hear(packets)) <= set(dtmf.KEYS)

"""Comfort noise: read, written, heard at its level, passed on or made, and sent to who hears nothing."""

from __future__ import annotations

import math
import select

import numpy as np
import pytest

from bridge.errors import MalformedRtp
from bridge.media import g711, noise
from bridge.media.g711 import FRAME
from bridge.media.plan import FirstPacket
from bridge.media.playout import Playout
from tests.media.test_relay import connect, pair


@pytest.mark.parametrize("level", [35, 56, 70])
def test_noise_has_its_level(level: int) -> None:
    made = noise.Noise(level)
    samples = np.concatenate([made.frame() for _ in range(50)]).astype(float)
    rms = math.sqrt((samples**2).mean())
    assert 20 * math.log10(rms / 32768) == pytest.approx(-level, abs=1.0)


def test_payloads() -> None:
    assert noise.level(noise.payload()) == noise.LEVEL
    assert noise.level(bytes([0xC0, 1, 2, 3])) == 0x40
    with pytest.raises(MalformedRtp):
        noise.level(b"")


def test_a_silence_that_was_described_is_heard_as_noise_until_the_voice_comes_back() -> None:
    buffer, voice = Playout("PCMA"), g711.encode("PCMA", np.full(FRAME, 4000, dtype=np.int16))
    for n in range(10):
        buffer.push(1, n * FRAME, voice, n * 0.02)
        buffer.frame(n * 0.02 + 0.001)
    buffer.hush(40)
    heard = [buffer.frame(n * 0.02 + 0.001) for n in range(10, 40)]
    levels = [np.abs(frame).max() for frame in heard[4:] if frame is not None]
    assert len(levels) == 26
    assert all(100 < level < 2500 for level in levels)
    for n in range(40, 50):
        buffer.push(1, n * FRAME, voice, n * 0.02)
        last = buffer.frame(n * 0.02 + 0.001)
    assert last is not None
    assert abs(int(last[-1]) - 4000) < 200


def test_passed_on_to_who_agreed(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"a": {"noise": 13}, "b": {"noise": 96}})
    connect(control, a, b)
    a.say(b"\x38", 13)
    packet, payload = b.hear()
    assert (packet.payload_type, payload) == (96, b"\x38")
    a.timestamp += 8 * FRAME
    a.say(b"\x55" * 160)
    packet, payload = b.hear()
    assert (packet.payload_type, packet.marker, payload) == (8, True, b"\x55" * 160)


def test_made_for_who_did_not_agree(media) -> None:
    """It hears noise, frame after frame, where the other only described it."""
    control = media.control()
    a, b, _ = pair(media, control, legs={"a": {"noise": 13}})
    a.say()
    control.wait(FirstPacket)
    a.say(b"\x23", 13)
    for _ in range(400):
        packet, payload = b.hear()
        assert packet.payload_type == 8
        linear = g711.decode("PCMA", payload).astype(float)
        if len(payload) == FRAME and 150 < linear.std() < 1200 and abs(linear.mean()) < 200:
            break
    else:
        raise AssertionError("no noise of that level was heard")


def test_who_hears_nothing_gets_a_sign_of_life(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"a": {"noise": 13}, "b": {"noise": 13}})
    connect(control, a, b)
    before = None
    while before is None:
        assert select.select([b.sock], [], [], 10)[0], "nothing came while nobody spoke"
        packet, payload = b.hear()
        before = packet if packet.payload_type == 13 else None
    assert payload == noise.payload()
    a.timestamp += 100 * FRAME
    a.say(b"\x11" * 160)
    packet, payload = b.hear()
    while packet.payload_type == 13:
        before, (packet, payload) = packet, b.hear()
    assert payload == b"\x11" * 160
    assert packet.marker
    assert (packet.seq - before.seq) & 0xFFFF == 1

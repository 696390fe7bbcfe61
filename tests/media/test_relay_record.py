"""What goes to the recorder: every octet a leg said, in time, and never at the cost of a packet."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from itertools import pairwise

import pytest

from bridge.media.plan import CallPlan, LegPlan
from bridge.media.strip import MAX_DATAGRAM, Strip, decode_strip, encode_strip
from tests.media.conftest import PATIENCE, Control, Media, Phone


def two(media: Media, control: Control, **caller: object) -> tuple[Phone, Phone, list[LegPlan]]:
    phones = media.phone(), media.phone()
    ports = control.ports.pop(), control.ports.pop()
    legs = [
        LegPlan("a", ports[0], phones[0].address, hears=("b",), **caller),  # type: ignore[arg-type]
        LegPlan("b", ports[1], phones[1].address, hears=("a",)),
    ]
    for phone, port in zip(phones, ports, strict=True):
        phone.to = ("127.0.0.1", port)
    control.apply(CallPlan("c", tuple(legs)))
    return *phones, legs


def strips(sock: socket.socket, octets: int) -> list[Strip]:
    """Strips until they hold at least so many octets."""
    found: list[Strip] = []
    deadline = time.monotonic() + PATIENCE
    while sum(len(strip.octets) for strip in found) < octets:
        assert time.monotonic() < deadline
        found.append(decode_strip(sock.recv(MAX_DATAGRAM)))
    return found


def talk(phone: Phone, count: int) -> bytes:
    """So many packets in real time, each of its own octet; all of them."""
    said, due = b"", time.monotonic()
    for number in range(count):
        payload = bytes([number + 1]) * 160
        phone.say(payload)
        said += payload
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
    return said


@pytest.mark.parametrize("tap", [False, True])
def test_all_that_was_said_until_the_leg_closed(media: Media, tap: bool) -> None:
    sock, control = media.listen(media.strips), media.control()
    a, b, _ = two(media, control, record=True, tap=tap)
    said = talk(a, 60)
    control.apply(CallPlan("c"))
    found = strips(sock, len(said))
    assert b"".join(strip.octets for strip in found) == said
    assert {strip.leg for strip in found} == {"a"}
    assert [strip.number for strip in found] == list(range(len(found)))
    for one, next_one in pairwise(found):
        assert abs(one.at + len(one.octets) / 8000 - next_one.at) < 1e-4
    assert b.hear()[1] == said[:160]


def test_a_leg_that_is_no_longer_recorded_says_no_more(media: Media) -> None:
    sock, control = media.listen(media.strips), media.control()
    a, _, legs = two(media, control, record=True)
    talk(a, 20)
    control.apply(CallPlan("c", (LegPlan("a", legs[0].port, a.address, hears=("b",)), legs[1])))
    before = strips(sock, 1600)
    talk(a, 10)
    control.apply(CallPlan("c"))
    sock.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            before.append(decode_strip(sock.recv(MAX_DATAGRAM)))
    assert sum(len(strip.octets) for strip in before) <= 20 * 160


def test_nobody_there_costs_no_packet(media: Media) -> None:
    control = media.control()
    a, b, _ = two(media, control, record=True)
    said = talk(a, 40)
    assert b"".join(b.hear()[1] for _ in range(40)) == said


@pytest.mark.parametrize("datagram", [b"", b"\0" * 13, encode_strip(Strip("a", 1, 2.0, "PCMA", b"x"))[:14]])
def test_a_datagram_that_is_no_strip(datagram: bytes) -> None:
    with pytest.raises(ValueError):
        decode_strip(datagram)


def test_a_strip_and_back() -> None:
    strip = Strip("call.1", 7, 123.5, "PCMU", b"abc")
    assert decode_strip(encode_strip(strip)) == strip


def test_recording_goes_on_when_the_caller_is_handed_over(media: Media) -> None:
    sock, control = media.listen(media.strips), media.control()
    a, b, legs = two(media, control)
    talk(a, 10)
    third, port = media.phone(), control.ports.pop()
    third.to = ("127.0.0.1", port)
    desk = LegPlan("d", port, third.address, hears=("a",), record=True)
    first, second = (LegPlan(leg.leg, leg.port, leg.remote, hears=leg.hears, record=True) for leg in legs)
    control.apply(CallPlan("c", (first, second, LegPlan("d", port))))
    said = talk(a, 15)
    moved = LegPlan("a", first.port, a.address, hears=("d",), record=True)
    control.apply(CallPlan("c", (moved, desk)))
    said += talk(a, 15)
    third.say(b"\x77" * 160)
    assert a.hear()
    control.apply(CallPlan("c"))
    found = strips(sock, len(said) + 160)
    assert b"".join(strip.octets for strip in found if strip.leg == "a") == said
    assert b"".join(strip.octets for strip in found if strip.leg == "d") == b"\x77" * 160
    assert b.hear()

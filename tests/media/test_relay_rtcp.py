"""RTCP of the media process: reports that add up, believed from the leg's own host only."""

from __future__ import annotations

import os
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterator
from itertools import pairwise

import pytest
from pylibsrtp import Policy, Session

from bridge.media import rtcp, rtp
from bridge.media.plan import CallPlan, LegPlan, LegStats, MediaEvent, Quality, Srtp
from bridge.media.relay_leg import Leg
from bridge.media.relay_ports import PortPool
from bridge.media.relay_rtcp import INTERVAL, SPREAD, Reports
from bridge.media.rtcp import Block, Compound, Sender
from tests.media.test_relay import connect, pair
from tests.peers.ports import free_range


class Ear:
    """The far end's control socket."""

    def __init__(self, host: str = "127.0.0.2") -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.sock.settimeout(10)

    def hear(self) -> Compound:
        return rtcp.parse(self.sock.recv(2048))

    def silent(self) -> bool:
        self.sock.setblocking(False)
        try:
            self.sock.recv(2048)
        except BlockingIOError:
            return True
        finally:
            self.sock.settimeout(10)
        return False


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.sock.close()


@pytest.fixture
def leg(ear: Ear) -> Iterator[Leg]:
    """A leg whose far end's voice would be at the port below the ear's."""
    pool = PortPool("127.0.0.1", free_range(8), 1)
    pool.fill()
    host, port = ear.sock.getsockname()
    plan = LegPlan("a", pool.ports[0], (host, port - 1))
    made = Leg("call", plan, pool.take(plan.port), 0.0)
    made.follow(plan, 0.0)
    yield made
    made.close()
    pool.close()


def hears(leg: Leg, count: int, *, first: int = 0, jitter: float = 0.0) -> None:
    """Voice from the far end, every 20 ms from 0 s on, every other packet late."""
    for n in range(first, first + count):
        packet = rtp.parse(rtp.build(8, (n, n * 160, 77), b"\xd5" * 160))
        leg.account(packet, n * 0.02 + jitter * (n // 4 % 2))


def test_reports_come_at_their_time_and_by_chance(leg: Leg, ear: Ear) -> None:
    told: list[MediaEvent] = []
    reports = Reports(told.append)
    reports.add(leg, 0.0)
    reports.turn(INTERVAL / 2 - 0.01)
    assert ear.silent()
    now, times = 0.0, []
    while len(times) < 8:
        now += 0.1
        reports.turn(now)
        if not ear.silent():
            times.append(now)
    gaps = [after - before for before, after in pairwise(times)]
    assert all(INTERVAL - 0.2 <= gap <= INTERVAL * (1 + SPREAD) + 0.2 for gap in gaps)
    assert len({round(gap, 1) for gap in gaps}) > 1
    assert told == [], "no figures of a leg without voice"


def test_what_we_report(leg: Leg, ear: Ear) -> None:
    told: list[MediaEvent] = []
    reports = Reports(told.append)
    reports.add(leg, 0.0)
    hears(leg, 40)
    hears(leg, 50, first=50)
    reports.turn(INTERVAL)
    first = ear.hear()
    assert first.sender is None, "nothing was sent to it: RR"
    assert first.ssrc == leg.stream.ssrc
    (block,) = first.blocks
    assert (block.ssrc, block.total, block.highest, block.last) == (77, 10, 99, 0)
    assert block.lost == 256 * 10 // 100
    leg.stream.frame(10.0)
    leg.stream.octets += 172
    hears(leg, 20, first=100)
    reports.turn(3 * INTERVAL)
    second = ear.hear()
    assert second.sender is not None
    assert (second.sender.packets, second.sender.octets) == (1, 160)
    at = leg.stream.timestamp + round((3 * INTERVAL - 10.0) * 8000)
    assert second.sender.timestamp == at & 0xFFFFFFFF
    assert (second.blocks[0].lost, second.blocks[0].total, second.blocks[0].highest) == (0, 10, 119)
    assert [type(event) for event in told] == [Quality, Quality]
    assert told[-1] == Quality("a", 110, 10, 0.0, 0, 0, None, None, None)


def test_cycles_of_sequence_numbers(leg: Leg, ear: Ear) -> None:
    reports = Reports(lambda _: None)
    reports.add(leg, 0.0)
    hears(leg, 30, first=65_500)
    reports.turn(INTERVAL)
    assert ear.hear().blocks[0].highest == 65_529
    hears(leg, 30, first=65_530)
    reports.turn(3 * INTERVAL)
    assert ear.hear().blocks[0].highest == 0x10000 + 23


def test_jitter_by_the_rfc(leg: Leg) -> None:
    """10 ms of lateness on and off: RFC 3550 §A.8 comes to 10 ms."""
    hears(leg, 400, jitter=0.01)
    assert leg.quality().jitter_ms == pytest.approx(10, abs=0.5)
    hears(leg, 400, first=400)
    assert leg.quality().jitter_ms < 0.5


def test_the_far_ends_report_and_the_round_trip(leg: Leg, ear: Ear) -> None:
    reports = Reports(lambda _: None)
    reports.add(leg, 0.0)
    for _ in range(100):
        leg.stream.frame(0.0)
    reports.turn(INTERVAL)
    ours = ear.hear().sender
    assert ours is not None
    block = Block(leg.stream.ssrc, 30, 5, 100, 160, rtcp.middle(ours.ntp), 0)
    other = Block(12345, 255, 99, 1, 9999, 0, 0)
    answer = rtcp.build(77, Sender(rtcp.ntp(1e9), 1, 1, 160), block, b"far")
    extra = rtcp.build(77, None, other, b"far")
    ear.sock.sendto(answer + extra, ("127.0.0.1", leg.plan.port + 1))
    reports.receive(leg, INTERVAL)
    quality = leg.quality()
    assert quality.remote_lost == 0.05
    assert quality.remote_jitter_ms == 20.0
    assert quality.rtt_ms is not None
    assert 0 <= quality.rtt_ms < 5000
    assert leg.rtcp.heard == INTERVAL
    hears(leg, 1)
    reports.turn(2 * INTERVAL + 4)
    again = ear.hear().blocks[0]
    assert again.last == rtcp.middle(rtcp.ntp(1e9))
    assert again.since / 65536 == pytest.approx(INTERVAL + 4, abs=0.001)


def test_strangers_and_nonsense_are_counted_and_change_nothing(leg: Leg, ear: Ear) -> None:
    reports = Reports(lambda _: None)
    stranger = Ear("127.0.0.66")
    to = ("127.0.0.1", leg.plan.port + 1)
    lie = rtcp.build(1, None, Block(leg.stream.ssrc, 255, 1000, 1, 9999, 0, 0), b"x")
    stranger.sock.sendto(lie, to)
    ear.sock.sendto(b"\x80\xc9\x00\x09nonsense", to)
    ear.sock.sendto(b"", to)
    reports.receive(leg, 9.0)
    assert (leg.refused, leg.rtcp.heard, leg.rtcp.source) == (3, 0.0, None)
    assert leg.quality().remote_lost is None
    stranger.sock.close()


def test_under_srtp_reports_are_sealed_and_must_authenticate(leg: Leg, ear: Ear) -> None:
    suite = "AES_CM_128_HMAC_SHA1_80"
    keys = [b64encode(os.urandom(30)).decode() for _ in range(2)]
    plan = LegPlan("a", leg.plan.port, leg.plan.remote, srtp=Srtp(suite, *keys))
    leg.follow(plan, 0.0)
    theirs = Session(Policy(b64decode(keys[1]), Policy.SSRC_ANY_INBOUND))
    reports = Reports(lambda _: None)
    reports.add(leg, 0.0)
    hears(leg, 10)
    reports.turn(INTERVAL)
    assert rtcp.parse(theirs.unprotect_rtcp(ear.sock.recv(2048))).blocks[0].ssrc == 77
    to = ("127.0.0.1", leg.plan.port + 1)
    report = rtcp.build(77, None, Block(leg.stream.ssrc, 0, 0, 1, 80, 0, 0), b"x")
    ear.sock.sendto(report, to)
    reports.receive(leg, 6.0)
    assert (leg.refused, leg.quality().remote_jitter_ms) == (1, None)
    mine = Session(Policy(b64decode(keys[0]), Policy.SSRC_ANY_OUTBOUND))
    ear.sock.sendto(mine.protect_rtcp(report), to)
    reports.receive(leg, 7.0)
    assert leg.quality().remote_jitter_ms == 10.0


def test_in_the_process_a_call_ends_with_bye_and_its_figures(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    ears = {}
    for phone in (a, b):
        ears[phone] = Ear(phone.address[0])
        packet = rtcp.build(phone.ssrc, None, None, b"phone")
        ears[phone].sock.sendto(packet, ("127.0.0.1", phone.to[1] + 1))
    connect(control, a, b)
    ssrc = _ssrc_towards(a, b)
    for total in (1, 2):
        report = rtcp.build(a.ssrc, None, Block(ssrc, 0, total, 1, 400, 0, 0), b"phone")
        ears[a].sock.sendto(report, ("127.0.0.1", a.to[1] + 1))
    a.say()
    b.hear()
    control.apply()
    control.apply(CallPlan("call"))
    stats = control.wait(LegStats, lambda stats: stats.leg == "a")
    assert stats.remote_jitter_ms == 50.0
    assert stats.remote_lost == round(2 / stats.packets_out, 4)
    for phone in (a, b):
        last = ears[phone].hear()
        assert last.bye
        assert last.sender is not None
        assert last.blocks[0].ssrc == phone.ssrc
        ears[phone].sock.close()


def _ssrc_towards(a, b) -> int:
    b.say()
    return int(a.hear()[0].ssrc)

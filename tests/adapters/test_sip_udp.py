"""The socket and its driver against real sipp over UDP on loopback, and against nobody (ICMP)."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop

from bridge.adapters import metrics, sip_udp
from bridge.adapters.sip_stack import SipStack
from bridge.adapters.sip_udp import BATCH, SipUdp
from bridge.sip import events as ev
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address
from bridge.sip.orders import Invitation
from bridge.sip.useragent import UserAgent
from tests.peers.ports import free_udp

SCENARIOS = Path(__file__).parents[1] / "peers" / "sipp"
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
    b"a=rtpmap:8 PCMA/8000\r\n"
)
CALLS = 5
LIMIT = 30.0
"""Seconds any of these may take at the very most."""


class Desk:
    """Answers what comes in, and remembers what happened; `until` waits for something to have happened."""

    def __init__(self) -> None:
        self.events: list[ev.Event] = []
        self.react: dict[type, Callable[[ev.Event], None]] = {}
        self.stack = SipStack(
            Address("127.0.0.1", 0),
            lambda bound: UserAgent(local=bound, new_token=lambda: secrets.token_hex(8)),
            self.on_event,
        )
        self.changed = asyncio.Event()
        self.address = Address("127.0.0.1", 0)

    def on_event(self, event: ev.Event) -> None:
        self.events.append(event)
        self.changed.set()
        if type(event) in self.react:
            self.react[type(event)](event)

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    def answer(self, event: ev.Event) -> None:
        self.stack.run(lambda agent, now: agent.ring(event.leg, now))
        self.stack.run(lambda agent, now: agent.accept(event.leg, SDP, now))

    def call(self, leg: str, to: Address) -> None:
        invitation = Invitation(
            f"sip:110@{to.host}:{to.port}",
            parse_name_addr("<sip:12345@127.0.0.1>"),
            parse_name_addr("<sip:110@127.0.0.1>"),
            to,
            SDP,
        )
        self.stack.run(lambda agent, now: agent.invite(leg, invitation, now))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    desk.address = await desk.stack.start()
    yield desk
    await desk.stack.stop()
    await desk.stack.stop()


@pytest.fixture
async def sipp(need, tmp_path) -> AsyncIterator[Callable[..., asyncio.Future]]:
    """Start sipp: sipp(*options) -> its process; those still alive at the end are stopped."""
    program = need("sipp", debian="sip-tester")
    started = []

    async def start(*options: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            program, "-i", "127.0.0.1", "-nostdin", "-timeout", "25", "-timeout_error", *options,
            cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def done(process: asyncio.subprocess.Process) -> None:
    """sipp ended and every one of its calls went as its scenario says."""
    _, errors = await asyncio.wait_for(process.communicate(), LIMIT)
    assert process.returncode == 0, errors.decode()


def scenario(name: str) -> tuple[str, str]:
    return ("-sf", str(SCENARIOS / f"{name}.xml"))


async def calls_in(desk: Desk, sipp, *which: str) -> None:
    await done(
        await sipp(*which, "-m", str(CALLS), "-r", "50", "-s", "110", f"127.0.0.1:{desk.address.port}")
    )


async def test_sipp_calls_and_hangs_up(desk, sipp) -> None:
    desk.react[ev.InviteReceived] = desk.answer
    await calls_in(desk, sipp, "-sn", "uac", "-d", "10")
    await desk.until(lambda: desk.count(ev.Ended) == CALLS)
    assert desk.count(ev.Confirmed) == CALLS
    assert desk.stack.agent.legs() == {}


async def test_sipp_gives_up_while_it_rings(desk, sipp) -> None:
    desk.react[ev.InviteReceived] = lambda event: desk.stack.run(
        lambda agent, now: agent.ring(event.leg, now)
    )
    await calls_in(desk, sipp, *scenario("uac_cancel"))
    assert [event.cause for event in desk.events if isinstance(event, ev.Ended)] == ["cancel"] * CALLS


async def test_sipp_holds_and_resumes(desk, sipp) -> None:
    desk.react[ev.InviteReceived] = desk.answer
    desk.react[ev.OfferReceived] = lambda event: desk.stack.run(
        lambda agent, now: agent.answer_offer(event.leg, SDP, now)
    )
    await calls_in(desk, sipp, *scenario("uac_reinvite"))
    assert desk.count(ev.OfferReceived) == 2 * CALLS


async def test_sipp_refers_and_hears_the_outcome(desk, sipp) -> None:
    def refer(event: ev.ReferReceived) -> None:
        desk.stack.run(lambda agent, now: agent.accept_refer(event.leg, now))
        desk.stack.run(lambda agent, now: agent.notify(event.leg, 180, "Ringing", now))
        desk.stack.run(lambda agent, now: agent.notify(event.leg, 200, "OK", now))

    desk.react |= {ev.InviteReceived: desk.answer, ev.ReferReceived: refer}
    await calls_in(desk, sipp, *scenario("uac_refer"))
    assert [event.refer_to.uri.user for event in desk.events if isinstance(event, ev.ReferReceived)] == [
        "110"
    ] * CALLS


def answering(port: int) -> Address:
    """Wait until the program has bound that port."""
    bound, end = Path("/proc/net/udp"), time.monotonic() + LIMIT
    while f":{port:04X} " not in bound.read_text():
        assert time.monotonic() < end, "sipp did not start"
    return Address("127.0.0.1", port)


async def test_sipp_is_called_and_hung_up_on(desk, sipp) -> None:
    port = free_udp()
    process = await sipp("-sn", "uas", "-p", str(port), "-m", str(CALLS))
    to = await asyncio.to_thread(answering, port)
    desk.react[ev.Answered] = lambda event: desk.stack.run(lambda agent, now: agent.hang_up(event.leg, now))
    for n in range(CALLS):
        desk.call(f"leg{n}", to)
    await desk.until(lambda: desk.count(ev.Answered) == CALLS)
    await done(process)


async def test_we_give_up_while_sipp_rings(desk, sipp) -> None:
    port = free_udp()
    process = await sipp(*scenario("uas_cancelled"), "-p", str(port), "-m", "1")
    to = await asyncio.to_thread(answering, port)
    desk.react[ev.Progress] = lambda event: desk.stack.run(lambda agent, now: agent.hang_up(event.leg, now))
    desk.call("leg", to)
    await done(process)
    assert desk.count(ev.Refused) == desk.count(ev.Answered) == 0


async def test_where_nobody_listens_the_call_fails_at_once(desk) -> None:
    before = asyncio.get_running_loop().time()
    desk.call("leg", Address("127.0.0.1", free_udp()))
    await desk.until(lambda: desk.count(ev.Refused) == 1)
    assert desk.events == [ev.Refused("leg", 503, "Service Unavailable")]
    assert asyncio.get_running_loop().time() - before < 31  # not by Timer B


async def test_an_exception_in_the_decider_costs_one_event(desk, sipp) -> None:
    counter = metrics.SIP_EVENT_FAILURES.labels("Confirmed")
    before = counter._value.get()

    def fail(_event: ev.Event) -> None:
        raise RuntimeError("a defect")

    desk.react |= {ev.InviteReceived: desk.answer, ev.Confirmed: fail}
    await calls_in(desk, sipp, "-sn", "uac")
    await desk.until(lambda: desk.count(ev.Ended) == CALLS)
    assert counter._value.get() - before == CALLS


async def test_a_command_within_an_event_sends_at_once_and_tells_later(desk) -> None:
    order: list[str] = []

    def refused(event: ev.Refused) -> None:
        order.append(f"in {event.leg}")
        if event.leg == "one":
            desk.stack.run(lambda _agent, _now: [ev.Refused("two", 500, "")])
        order.append(f"out {event.leg}")

    desk.react[ev.Refused] = refused
    desk.stack.run(lambda _agent, _now: [ev.Refused("one", 500, "")])
    assert order == ["in one", "out one", "in two", "out two"]


async def test_what_cannot_be_sent_is_counted_and_harmless(desk) -> None:
    udp = SipUdp(Address("127.0.0.1", 0), lambda _data, _source: None, lambda _to: None)
    udp.send(b"x", Address("127.0.0.1", 9))  # not started
    await udp.start()
    before = metrics.SIP_UNSENT.labels("EMSGSIZE")._value.get()
    udp.send(b"x" * 70_000, Address("127.0.0.1", 9))
    assert metrics.SIP_UNSENT.labels("EMSGSIZE")._value.get() == before + 1
    await udp.stop()
    await udp.stop()


async def test_a_port_in_use_is_an_error(desk) -> None:
    second = SipUdp(desk.address, lambda _data, _source: None, lambda _to: None)
    with pytest.raises(OSError, match="in use"):
        await second.start()


def test_the_same_on_the_loop_we_run_on() -> None:
    """uvloop watches sockets and rings timers in its own way."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(call_each_other())


async def call_each_other() -> None:
    near, far, late = Desk(), Desk(), Desk()
    home = await near.stack.start()
    to = await far.stack.start()
    far.react[ev.InviteReceived] = far.answer
    near.call("leg", to)
    await near.until(lambda: near.count(ev.Answered) == 1)
    await far.until(lambda: far.count(ev.Confirmed) == 1)
    near.stack.run(lambda agent, now: agent.hang_up("leg", now))
    await far.until(lambda: far.count(ev.Ended) == 1)
    await far.stack.stop()
    near.call("again", to)  # nobody listens there any more
    await near.until(lambda: near.count(ev.Refused) == 1)
    assert near.events[-1] == ev.Refused("again", 503, "Service Unavailable")
    await late.stack.start()
    late.call("later", home)  # and the dead one has not made us deaf
    await near.until(lambda: near.count(ev.InviteReceived) == 1)
    await late.stack.stop()
    await near.stack.stop()


async def test_behind_a_flood_of_new_calls_what_belongs_to_calls_in_progress_goes_first() -> None:
    heard: list[bytes] = []
    behind: list[int] = []
    all_heard = asyncio.Event()

    def hear(data: bytes, _source: Address) -> None:
        heard.append(data)
        behind.append(udp.behind)
        if len(heard) == 601:
            all_heard.set()

    udp = SipUdp(Address("127.0.0.1", 0), hear, lambda _to: None)
    to = await udp.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for count in range(600):
            sender.sendto(b"INVITE %d" % count, to[:2])
        sender.sendto(b"BYE", to[:2])
    async with asyncio.timeout(LIMIT):
        await all_heard.wait()
    assert heard.index(b"BYE") <= BATCH
    assert [data for data in heard if data != b"BYE"] == [b"INVITE %d" % count for count in range(600)]
    assert max(behind) >= 600 // BATCH - 2
    assert udp.behind == 0
    await udp.stop()


async def test_new_calls_beyond_what_can_be_put_off_are_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sip_udp, "MAX_LATER", 10)
    before = metrics.SIP_REFUSED.labels("overload")._value.get()
    heard: list[bytes] = []
    last = asyncio.Event()

    def hear(data: bytes, _source: Address) -> None:
        heard.append(data)
        if data == b"INVITE %d" % (BATCH + 9):
            last.set()

    udp = SipUdp(Address("127.0.0.1", 0), hear, lambda _to: None)
    to = await udp.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for count in range(BATCH + 25):
            sender.sendto(b"INVITE %d" % count, to[:2])
    async with asyncio.timeout(LIMIT):
        await last.wait()
    assert len(heard) == BATCH + 10
    assert metrics.SIP_REFUSED.labels("overload")._value.get() == before + 15
    await udp.stop()

"""Calls over TCP and TLS between two stacks and from raw sockets: reuse, limits, slow peers, certificates."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from bridge.adapters import metrics
from bridge.adapters import sip_connection as connection_room
from bridge.adapters import sip_streams as streams_room
from bridge.adapters.sip_stack import SipStack
from bridge.adapters.sip_streams import Limits, Listen, SipStreams
from bridge.adapters.sip_tls import TlsPeer, client_context, server_context
from bridge.errors import AdministratorError
from bridge.sip import events as ev
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address
from bridge.sip.orders import Invitation
from bridge.sip.useragent import UserAgent
from tests.peers.certificates import Authority

LIMIT = 20.0
SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
_TOKENS = itertools.count(1)


class Desk:
    """A stack that answers every call, and remembers what it was told."""

    def __init__(self, host: str, *, tls: ssl.SSLContext | None = None, port: int = 0, **more: Any) -> None:
        transport = "tcp" if tls is None else "tls"
        self.events: list[ev.Event] = []
        self.changed = asyncio.Event()
        listen = Listen(Address(host, port, transport), tls)
        self.streams: SipStreams
        self.stack = SipStack(Address(host, 0), self._agent, self._on_event, self._make(listen, more))
        self.address = listen.address

    def _make(self, listen: Listen, more: dict[str, Any]) -> Callable[..., SipStreams]:
        def make(hearing: Any) -> SipStreams:
            self.streams = SipStreams((listen,), hearing, **more)
            return self.streams

        return make

    def _agent(self, bound: Address, *others: Address) -> UserAgent:
        self.address = others[0]
        return UserAgent(local=bound, others=others, new_token=lambda: f"tok{next(_TOKENS)}")

    def _on_event(self, event: ev.Event) -> None:
        self.events.append(event)
        if isinstance(event, ev.InviteReceived):
            self.stack.run(lambda agent, now: agent.accept(event.leg, SDP, now))
        self.changed.set()

    def call(self, leg: str, to: Address, spare: Address | None = None) -> None:
        uri = f"sip:110@{to.host}:{to.port};transport={to.transport}"
        who = parse_name_addr("<sip:12345@127.0.0.1>")
        invitation = Invitation(uri, who, parse_name_addr(f"<{uri}>"), to, SDP, spare=spare)
        self.stack.run(lambda agent, now: agent.invite(leg, invitation, now))

    def hang_up(self, leg: str) -> None:
        self.stack.run(lambda agent, now: agent.hang_up(leg, now))

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


Open = Callable[..., Any]


@pytest.fixture
async def open_desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """Desks that look at their connections' time often."""
    monkeypatch.setattr(streams_room, "LOOK_SECONDS", 0.01)
    desks: list[Desk] = []

    async def make(host: str, **more: Any) -> Desk:
        desk = Desk(host, **more)
        desks.append(desk)
        await desk.stack.start()
        return desk

    yield make
    for desk in desks:
        await desk.stack.stop()


def ended(why: str) -> float:
    return metrics.SIP_CONNECTIONS_ENDED.labels(why)._value.get()


async def until(true: Callable[[], bool]) -> None:
    """For what nobody tells: a look now and again."""
    async with asyncio.timeout(LIMIT):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def gone(reader: asyncio.StreamReader) -> bool:
    """Whether the far end is done with us, in order or not, whatever it had to say before."""
    try:
        while await reader.read(1000):
            pass
    except ConnectionError:
        pass
    return True


async def test_a_call_over_tcp_keeps_to_one_connection(open_desk: Open) -> None:
    near, far = await open_desk("127.0.0.1"), await open_desk("127.0.0.2")
    near.call("leg", far.address)
    await near.until(lambda: bool(near.of(ev.Answered)))
    await far.until(lambda: bool(far.of(ev.Confirmed)))
    source = far.of(ev.InviteReceived)[0].source
    assert (source.host, source.transport, source.flow) == ("127.0.0.1", "tcp", True)
    invite = far.of(ev.InviteReceived)[0].request
    assert invite.headers.first("via").startswith(f"SIP/2.0/TCP 127.0.0.1:{near.address.port};branch=")
    assert invite.headers.first("contact") == f"<sip:bridge@127.0.0.1:{near.address.port};transport=tcp>"
    far.stack.run(lambda agent, now: agent.hang_up(far.of(ev.InviteReceived)[0].leg, now))
    await near.until(lambda: bool(near.of(ev.Ended)))
    near.call("again", far.address)
    await near.until(lambda: len(near.of(ev.Answered)) == 2)
    assert far.of(ev.InviteReceived)[1].source == source
    assert (len(near.streams._connections), len(far.streams._connections)) == (1, 1)


async def test_the_peer_calls_back_over_the_connection_we_opened(open_desk: Open) -> None:
    """RFC 5923: our Via says alias."""
    near, far = await open_desk("127.0.0.1"), await open_desk("127.0.0.2")
    near.call("leg", far.address)
    await near.until(lambda: bool(near.of(ev.Answered)))
    far.call("back", near.address)
    await far.until(lambda: bool(far.of(ev.Answered)))
    assert near.of(ev.InviteReceived)[0].source == far.address
    assert (len(near.streams._connections), len(far.streams._connections)) == (1, 1)


async def test_a_connection_that_is_gone_is_replaced_within_the_call(open_desk: Open) -> None:
    near, far = await open_desk("127.0.0.1"), await open_desk("127.0.0.2")
    near.call("leg", far.address)
    await far.until(lambda: bool(far.of(ev.Confirmed)))
    for connection in list(near.streams._connections.values()):
        connection.drop("closed")
    await until(lambda: not near.streams._connections and not far.streams._connections)
    # The callee has only the caller's connection and its Contact: the latter leads to a new one.
    far.stack.run(lambda agent, now: agent.hang_up(far.of(ev.InviteReceived)[0].leg, now))
    await near.until(lambda: bool(near.of(ev.Ended)))
    assert near.of(ev.Ended)[0].cause == "bye"


async def test_a_request_written_to_a_dying_connection_is_sent_anew(open_desk: Open) -> None:
    near, far = await open_desk("127.0.0.1"), await open_desk("127.0.0.2")
    near.call("first", far.address)
    await near.until(lambda: bool(near.of(ev.Answered)))
    far_side = next(iter(far.streams._connections.values()))
    near.call("second", far.address)  # written, but the far end will not read it
    far_side.drop("closed")
    await near.until(lambda: len(near.of(ev.Answered)) == 2)


async def test_nobody_listening_is_told_at_once_and_a_spare_is_tried(open_desk: Open) -> None:
    near, far = await open_desk("127.0.0.1"), await open_desk("127.0.0.2")
    nobody = far.address._replace(host="127.0.0.3")
    near.call("leg", nobody)
    await near.until(lambda: bool(near.of(ev.Refused)))
    assert near.of(ev.Refused)[0].status == 503
    near.call("other", nobody, spare=far.address)
    await near.until(lambda: bool(near.of(ev.Answered)))


async def test_a_phones_connection_that_is_gone_is_not_called(open_desk: Open) -> None:
    near = await open_desk("127.0.0.1")
    near.call("leg", Address("127.0.0.9", 40000, "tcp", flow=True))
    await near.until(lambda: bool(near.of(ev.Refused)))
    assert not near.streams._connections


async def raw(desk: Desk, host: str = "127.0.0.7") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(desk.address.host, desk.address.port, local_addr=(host, 0))


def options(body: str = "", length: str = "Content-Length: {}") -> bytes:
    lines = (
        "OPTIONS sip:bridge SIP/2.0", "Via: SIP/2.0/TCP 127.0.0.7;branch=z9hG4bKo", "From: <sip:a@b>;tag=1",
        "To: <sip:bridge>", "Call-ID: o", "CSeq: 1 OPTIONS", length.format(len(body)), "", body,
    )  # fmt: skip
    return "\r\n".join(lines).encode()


async def test_pings_are_answered_and_messages_cut_anyhow_are_read(open_desk: Open) -> None:
    desk = await open_desk("127.0.0.1")
    reader, writer = await raw(desk)
    writer.write(b"\r\n\r\n")
    assert await reader.readexactly(2) == b"\r\n"
    for octet in options():
        writer.write(bytes([octet]))
        await writer.drain()
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200 OK")
    writer.close()
    await until(lambda: not desk.streams._connections)


async def test_a_message_without_length_is_answered_and_the_connection_ends(open_desk: Open) -> None:
    desk, before = await open_desk("127.0.0.1"), ended("unreadable")
    reader, writer = await raw(desk)
    writer.write(options(length="X: {}") + options())
    assert (await reader.read()).count(b"SIP/2.0 400") == 1
    assert ended("unreadable") == before + 1
    writer.close()


async def test_who_keeps_us_waiting_is_let_go_of(open_desk: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_room, "FIRST_SECONDS", 0.05)
    desk, before = await open_desk("127.0.0.1"), ended("slow")
    reader, writer = await raw(desk)  # says nothing
    other, drip = await raw(desk)  # says something, and then a half
    drip.write(options())
    await other.readuntil(b"\r\n\r\n")
    drip.write(options()[:20])
    assert await gone(reader)
    assert await gone(other)
    await until(lambda: ended("slow") == before + 2)
    writer.close()
    drip.close()


async def test_silence_beyond_the_limit_ends_a_connection(open_desk: Open) -> None:
    desk = await open_desk("127.0.0.1", limits=Limits(idle_seconds=0.01))
    reader, writer = await raw(desk)
    writer.write(options())
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.read() == b""
    writer.close()


async def test_a_silent_connection_of_ours_is_pinged(
    open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_room, "PING_SECONDS", 0.0)
    near, far = await open_desk("127.0.0.1"), await open_desk("127.0.0.2")
    near.call("leg", far.address)
    await near.until(lambda: bool(near.of(ev.Answered)))
    ours = near.streams._connections[far.address]
    await until(lambda: ours._ponged)
    assert near.streams._connections[far.address] is ours


@pytest.mark.parametrize(
    ("limits", "welcome", "why"),
    [
        (Limits(per_source=1), True, "per-source"),
        (Limits(total=1), True, "full"),
        (Limits(), False, "unknown-network"),
    ],
)
async def test_one_connection_too_many_is_closed_at_once(
    open_desk: Open, limits: Limits, welcome: bool, why: str
) -> None:
    """The first comes from where everybody may come from."""
    desk = await open_desk(
        "127.0.0.1", limits=limits, welcome=lambda host, _tls: welcome or host == "127.0.0.8"
    )
    before = ended(why)
    reader, writer = await raw(desk, "127.0.0.8")
    writer.write(options())
    await reader.readuntil(b"\r\n\r\n")
    other, second = await raw(desk, "127.0.0.8" if why == "per-source" else "127.0.0.7")
    assert await gone(other)
    assert ended(why) == before + 1
    writer.write(options())  # the first is none the worse
    await reader.readuntil(b"\r\n\r\n")
    for each in (writer, second):
        each.close()


async def test_a_port_in_use_is_told_plainly(open_desk: Open) -> None:
    first = await open_desk("127.0.0.1")
    second = Desk("127.0.0.1", port=first.address.port)
    with pytest.raises(AdministratorError, match=r"TCP.*sip\.tcp"):
        await second.stack.start()


def test_the_same_on_the_loop_we_run_on() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(call_over_tcp())


async def call_over_tcp() -> None:
    near, far = Desk("127.0.0.1"), Desk("127.0.0.2")
    for desk in (near, far):
        await desk.stack.start()
    near.call("leg", far.address)
    await far.until(lambda: bool(far.of(ev.Confirmed)))
    near.hang_up("leg")
    await far.until(lambda: bool(far.of(ev.Ended)))
    nobody = far.address._replace(host="127.0.0.3")
    near.call("other", nobody)
    await near.until(lambda: bool(near.of(ev.Refused)))
    for desk in (near, far):
        await desk.stack.stop()


# --- TLS --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    """Ours, and somebody else's."""
    return tuple(Authority(tmp_path_factory.mktemp(name), name) for name in ("ours", "theirs"))  # type: ignore[return-value]


def files(authority: Authority, name: str, **names: Any) -> tuple[Path, Path]:
    return authority.issue(name, **names)


async def secure_pair(
    open_desk: Open, pki: tuple[Authority, Authority], far_names: dict[str, Any], *,
    far_from: int = 0, near_from: int = 0, expected: str = "police.example", ca: bool = True,
) -> tuple[Desk, Desk]:  # fmt: skip
    """A caller that expects a name, and who it calls, with certificates of ours (0) or a stranger's (1)."""
    ours = pki[0]
    near_certificate = files(pki[near_from], "near", dns="hotline.example")
    far_context = server_context(*files(pki[far_from], "far", **far_names), ours.ca if ca else None)
    far = await open_desk("127.0.0.2", tls=far_context)
    peer = TlsPeer(client_context(ours.ca, *near_certificate), expected)
    near_context = server_context(*near_certificate, ours.ca)
    near = await open_desk("127.0.0.1", tls=near_context, peer=lambda _to: peer)
    return near, far


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"uri": "sip:police.example"}, "police.example"),
        ({"dns": "police.example"}, "Police.example"),
        ({"ip": "127.0.0.2"}, "127.0.0.2"),
    ],
)
async def test_a_call_over_tls_both_prove_who_they_are(
    open_desk: Open, pki: tuple[Authority, Authority], names: dict[str, Any], expected: str
) -> None:
    near, far = await secure_pair(open_desk, pki, names, expected=expected)
    near.call("leg", far.address)
    await far.until(lambda: bool(far.of(ev.Confirmed)))
    invite = far.of(ev.InviteReceived)[0]
    assert far.stack.proven(invite.source) == {"hotline.example"}
    assert ";transport=tls" in invite.request.headers.first("contact")
    near.hang_up("leg")
    await far.until(lambda: bool(far.of(ev.Ended)))


@pytest.mark.parametrize(
    ("names", "more"),
    [
        ({"dns": "other.example"}, {}),  # somebody else of the same authority
        ({"dns": "*.example"}, {}),  # RFC 5922 §7.2
        ({}, {}),  # nobody
        ({"dns": "police.example"}, {"far_from": 1}),  # an authority we don't know
        ({"dns": "police.example", "expired": True}, {}),
    ],
)
async def test_a_wrong_certificate_gets_no_call(
    open_desk: Open, pki: tuple[Authority, Authority], names: dict[str, Any], more: dict[str, Any]
) -> None:
    before = ended("certificate")
    near, far = await secure_pair(open_desk, pki, names, **more)
    near.call("leg", far.address)
    await near.until(lambda: bool(near.of(ev.Refused)))
    assert near.of(ev.Refused)[0].status == 503
    assert ended("certificate") == before + 1
    assert not far.of(ev.InviteReceived)


async def test_a_caller_with_a_wrong_certificate_is_refused_and_counted(
    open_desk: Open, pki: tuple[Authority, Authority]
) -> None:
    before = ended("certificate")
    near, far = await secure_pair(open_desk, pki, {"dns": "police.example"}, near_from=1)
    near.call("leg", far.address)
    await near.until(lambda: bool(near.of(ev.Refused)))
    assert ended("certificate") > before
    assert not far.of(ev.InviteReceived)


async def test_bytes_that_are_no_tls_are_counted(open_desk: Open, pki: tuple[Authority, Authority]) -> None:
    before = ended("tls")
    _, far = await secure_pair(open_desk, pki, {"dns": "police.example"})
    reader, writer = await raw(far)
    writer.write(options())
    await reader.read()
    assert ended("tls") == before + 1
    writer.close()


async def test_old_tls_is_not_spoken(open_desk: Open, pki: tuple[Authority, Authority]) -> None:
    _, far = await secure_pair(open_desk, pki, {"dns": "police.example"})
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection(far.address.host, far.address.port, ssl=old)


async def test_without_a_certificate_a_phone_may_speak_but_proves_nothing(
    open_desk: Open, pki: tuple[Authority, Authority]
) -> None:
    _, far = await secure_pair(open_desk, pki, {"dns": "police.example"})
    bare = client_context(pki[0].ca, None, None)
    reader, writer = await asyncio.open_connection(far.address.host, far.address.port, ssl=bare)
    writer.write(options().replace(b"TCP", b"TLS"))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200")
    ours = Address(*writer.get_extra_info("sockname"), "tls", flow=True)
    assert far.stack.proven(ours) == frozenset()
    writer.close()
    await writer.wait_closed()

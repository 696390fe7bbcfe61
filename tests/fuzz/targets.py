"""What a stranger's bytes may reach, one harness each: whatever they are, they end in a value or in an error
of the tree, and what the code promises about them holds. Any other exception is a find.

Pure calls with bytes; `python -m tests.fuzz` drives them with atheris, test_corpora replays what is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from bridge.errors import BridgeError, MalformedSip
from bridge.media import rtcp, rtp
from bridge.media.dtmf import KEYS, DtmfDecoder
from bridge.sip.diversion import read_way
from bridge.sip.framing import Framer, Message
from bridge.sip.grammar import parse_challenge, parse_name_addr, parse_uri, split_commas
from bridge.sip.identity import read_identity
from bridge.sip.ladder import draw, rows
from bridge.sip.message import Address, Request
from bridge.sip.parser import parse_message
from bridge.sip.reason import parse_reasons
from bridge.sip.refer import read_refer
from bridge.sip.replaces import read_replaces
from bridge.sip.sdes import Shield
from bridge.sip.sdp import read_answer, read_offer, write_answer
from bridge.sip.siprec import parse_metadata
from bridge.sip.trace import Trace
from bridge.sip.useragent import UserAgent

DATA = Path(__file__).parents[1] / "data"
STRANGER = Address("192.0.2.66", 40000)
FLOW = STRANGER._replace(transport="tcp", flow=True)


def sip(data: bytes) -> None:
    """A datagram: a message that stays the same when written and read again, or a refusal."""
    try:
        message = parse_message(data)
    except MalformedSip as error:
        if isinstance(error.request, Request):
            error.request.encode()
        return
    again = parse_message(message.encode())
    assert (again.body, type(again)) == (message.body, type(message))
    if isinstance(message, Request):
        _read_all(message)


def _read_all(request: Request) -> None:
    """Whatever of a request is read beyond its own needs."""
    readers: list[Callable[[Request], object]] = [
        read_way, read_refer, read_replaces, lambda it: read_identity(it, trusted=True),
    ]  # fmt: skip
    for reader in readers:
        try:
            reader(request)
        except BridgeError:
            continue
    parse_reasons(request.headers.all("reason"))
    for value in (item for line in request.headers.all("contact") for item in split_commas(line)):
        try:
            address = parse_name_addr(value)
            assert parse_uri(address.uri.encode()) == address.uri
        except MalformedSip:
            continue


def useragent(data: bytes) -> None:
    """The whole user agent, by datagram and by stream; its timers bring it to rest."""
    tokens = itertools.count(1)
    agent = UserAgent(local=Address("192.0.2.1", 5060), new_token=lambda: f"t{next(tokens)}")
    for source, now in ((STRANGER, 1.0), (FLOW, 2.0)):
        agent.receive(data, source, now)
        for leg in list(agent.legs()):
            agent.accept(leg, b"v=0\r\n", now)
            agent.hang_up(leg, now)
    for now in (100.0, 200.0, 300.0, 400.0):
        agent.on_timer(now)
    assert (agent.legs(), agent.transactions()) == ({}, 0)


def stream(data: bytes) -> None:
    """A stream: how it is cut changes nothing. The first octet says how."""
    step, data = (data[0] % 61) + 1 if data else 1, data[1:]
    whole, cut = Framer(), Framer()
    frames = [frame for at in range(0, len(data), step) for frame in cut.feed(data[at : at + step])]
    assert frames == whole.feed(data)
    for frame in frames:
        if isinstance(frame, Message):
            sip(frame.data)


def sdp(data: bytes) -> None:
    """A description: offered or answered, in clear or encrypted."""
    for shield in (Shield("off"), Shield("optional", b"k" * 30), Shield("required", b"k" * 30)):
        for read in (read_offer, read_answer):
            try:
                read(data, shield=shield)
            except BridgeError:
                continue
        try:
            answer = write_answer(data, "192.0.2.1", 20000, 1, 1, shield=shield)
        except BridgeError:
            continue
        assert answer.startswith(b"v=0\r\n")


def rtp_packets(data: bytes) -> None:
    """A packet on a media port."""
    try:
        packet = rtp.parse(data)
        assert 0 <= packet.start <= packet.end <= len(data)
        assert rtp.voice(packet) == packet.end - packet.start
    except BridgeError:
        return


def rtcp_packets(data: bytes) -> None:
    """A packet on the port beside it."""
    try:
        compound = rtcp.parse(data)
    except BridgeError:
        return
    for block in compound.blocks:
        rtcp.round_trip(block, 1)


def dtmf(data: bytes) -> None:
    """Telephone events in a row, five octets each: a step of time, and a payload."""
    decoder, timestamp, now, keys = DtmfDecoder(), 0, 0.0, ""
    for at in range(0, len(data) - 4, 5):
        timestamp = (timestamp + data[at] * 37) % 2**32
        now += data[at] / 1000
        try:
            keys += decoder.feed(timestamp, data[at + 1 : at + 1 + data[at] % 6], now)
        except BridgeError:
            continue
        keys += decoder.lapse(now)
    assert set(keys) <= set(KEYS)
    assert len(keys) <= len(data)


def headers(data: bytes) -> None:
    """Single values: addresses, challenges, lists."""
    text = data.decode(errors="replace")
    for read in (parse_name_addr, parse_uri, parse_challenge, split_commas):
        try:
            read(text)
        except BridgeError:
            continue


def ladder(data: bytes) -> None:
    """What an administrator looks at afterwards."""
    trace = Trace(10)
    trace.name("leg", "c")
    trace.note(1.0, STRANGER, data, out=False)
    trace.note(1.0, STRANGER, b"INVITE x\r\nCall-ID: c\r\n" + data, out=True)
    flow = trace.of("leg")
    if flow is not None:
        text = draw([], rows([(0, flow.messages)], numbers=False)[:0])
        assert text.endswith("\n")


def siprec(data: bytes) -> None:
    """Recording metadata: who speaks on which stream."""
    try:
        told = parse_metadata(data)
    except BridgeError:
        return
    told.speaker("96")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "sip": sip, "useragent": useragent, "stream": stream, "sdp": sdp, "rtp": rtp_packets,
    "rtcp": rtcp_packets, "dtmf": dtmf, "headers": headers, "ladder": ladder,
    "siprec": siprec,
}  # fmt: skip
SHARED = {
    "sip": ("sip/torture",), "useragent": ("sip/torture",), "ladder": ("sip/torture",),
    "sdp": ("sip/offers",),
}  # fmt: skip
"""Further folders of seeds."""


def seeds(target: str) -> list[Path]:
    """The folders a target begins with, its own first."""
    return [DATA / "fuzz" / target, *(DATA / folder for folder in SHARED.get(target, ()))]

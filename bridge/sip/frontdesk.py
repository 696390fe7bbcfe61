"""Where every request that came in is sorted (RFC 3261 §8.2, §17.2.3, §9.2), and what is answered without any
state.

Order: ACK; a retransmission; CANCEL; overload; the screening every request passes; a dialog's; a new one.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from bridge.errors import MalformedSip
from bridge.sip.carriage import Server
from bridge.sip.compose import echo_of, response_to
from bridge.sip.core import ALLOW, SUPPORTED, Core
from bridge.sip.envelope import Envelope, open_envelope, reply_address, server_key, spare_address
from bridge.sip.events import Discarded, RegisterReceived, RequestReceived
from bridge.sip.indialog import InDialog
from bridge.sip.message import Address, Request
from bridge.sip.screening import screen
from bridge.sip.uas import Callee

BUSY: Final = ("Retry-After", "10")
"""Seconds a peer shall leave us alone when we are full."""


class FrontDesk:
    """Sorts requests."""

    def __init__(self, core: Core, callee: Callee, indialog: InDialog) -> None:
        self._core, self._callee, self._indialog = core, callee, indialog

    def malformed(self, error: MalformedSip, source: Address) -> None:
        """Bytes that are no message: 400 or 505 where that is possible, and a mark for the counter."""
        if isinstance(error.request, Request) and error.readable:
            self._stateless(error.request, open_envelope(error.request), source, error.sip_status)
        elif isinstance(error.request, Request):
            # RFC 4475 §3.1.2: its sender is told all the same, in its own words, where the bytes came from.
            self._core.send(echo_of(error.request, error.sip_status).encode(), source)
        self._core.emit(Discarded(error.part, source))

    def request(self, request: Request, envelope: Envelope, source: Address, now: float) -> None:
        """A well-formed request."""
        exchange, method = self._core.exchange, request.method
        key = server_key(request, envelope, "INVITE" if method == "ACK" else method)
        known = exchange.server(key)
        if method == "ACK":
            self._ack(request, envelope, known, source, now)
        elif known is not None:
            exchange.again(known, now)
        elif method == "CANCEL":
            self._cancel(request, envelope, key, source, now)
        elif exchange.full and not envelope.to_tag:  # requests within dialogs may end calls, so they pass
            self._stateless(request, envelope, source, 503, BUSY)
            self._core.emit(Discarded("overload", source))
        else:
            self._new(request, envelope, key, source, now)

    def _ack(
        self, request: Request, envelope: Envelope, known: Server | None, source: Address, now: float
    ) -> None:
        if known is None or not self._core.exchange.ack(known, now):
            self._indialog.acknowledged(request, envelope, source, now)

    def _cancel(self, request: Request, envelope: Envelope, key: str, source: Address, now: float) -> None:
        core = self._core
        invite = core.exchange.server(server_key(request, envelope, "INVITE"))
        server = core.exchange.open(request, envelope, key, source)
        if invite is None:
            core.reply(server, 481, now)
            return
        server.tag = invite.tag  # §9.2: the same To tag as the INVITE's responses
        core.reply(server, 200, now)
        local_tag = invite.envelope.to_tag or invite.tag
        leg = core.dialogs.get((envelope.call_id, local_tag, envelope.from_tag))
        if leg is not None:
            self._callee.cancelled(leg, invite, request.headers.first("reason") or "", now)

    def _new(self, request: Request, envelope: Envelope, key: str, source: Address, now: float) -> None:
        core = self._core
        merged = core.exchange.merged(envelope)
        server = core.exchange.open(request, envelope, key, source)
        refusal = screen(request)
        if merged:
            core.reply(server, 482, now)
        elif refusal is not None:
            core.reply(server, refusal[0], now, *refusal[1])
        elif envelope.to_tag:
            self._indialog.received(server, now)
        else:
            self._outside(server, source, now)

    def _outside(self, server: Server, source: Address, now: float) -> None:
        """A request that belongs to no dialog."""
        core, request = self._core, server.request
        match request.method:
            case "INVITE":
                self._callee.invited(server, now)
            case "OPTIONS":
                core.reply(server, 200, now, ALLOW, SUPPORTED, ("Accept", "application/sdp"))
            case "REGISTER":
                self._expect_answer(server, now)
                core.emit(RegisterReceived(server.key, request, source))
            case "REFER":
                self._expect_answer(server, now)
                core.emit(RequestReceived(server.key, request, source))
            case "NOTIFY":  # we never subscribe
                core.reply(server, 489, now)
            case _:  # BYE, INFO, UPDATE mean nothing outside a dialog
                core.reply(server, 481, now)

    def _expect_answer(self, server: Server, now: float) -> None:
        """Whoever should answer may fail to: the transaction must end all the same (§17.1.2.2: Timer F)."""
        core = self._core
        core.alarms.set(now + core.timers.give_up, self._unanswered, server)

    def _unanswered(self, server: Server, now: float) -> None:
        self._core.reply(server, 500, now)

    def _stateless(
        self, request: Request, envelope: Envelope, source: Address, status: int, *headers: tuple[str, str]
    ) -> None:
        """A response without a transaction; its tag is the same for a retransmission (§8.2.7)."""
        if request.method == "ACK":
            return
        tag = f"{crc32(f'{envelope.via.branch} {envelope.call_id}'.encode()):08x}"
        response = response_to(request, envelope, source, status, tag=tag, headers=headers)
        spare = spare_address(envelope.via, source) if source.flow else None
        self._core.send(response.encode(), reply_address(envelope.via, source), spare)

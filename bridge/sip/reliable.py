"""Provisional responses that must arrive (RFC 3262): ours until their PRACK comes, and the PRACKs we send.

Knows the order (one of ours at a time, theirs by RSeq), what a 2xx must wait for, and that a description
which was acknowledged so is not said again. Descriptions themselves mean nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from zlib import crc32

from bridge.sip.carriage import Server
from bridge.sip.compose import HeaderList
from bridge.sip.core import ALLOW, SDP, Core
from bridge.sip.events import AnswerReceived, Ended, OfferReceived
from bridge.sip.leg import Leg, Phase, Provisionals, Queued, SentReliably
from bridge.sip.message import Headers, Request, Response
from bridge.sip.orders import Send
from bridge.sip.tokens import option_tags

TAG: Final = "100rel"
MAX_QUEUED: Final = 4
"""Provisionals waiting for the PRACK before: a call rings, is forwarded, rings again. More are dropped from
the front; the last one says how it stands."""
LAST_RSEQ: Final = 2**31 - 1
"""RFC 3262 §3: the first RSeq is 1 to this."""
_RACK: Final = re.compile(r"\s*([0-9]{1,10})\s+([0-9]{1,10})\s+(\S+)\s*")
_RSEQ: Final = re.compile(r"[1-9][0-9]{0,9}")

Accept = Callable[[Leg, bytes, float, HeaderList], None]


def wants(request: Request) -> str:
    """What an INVITE says of reliable provisionals: "require", "supported" or ""."""
    headers = request.headers
    for name in ("require", "supported"):
        if any(TAG in option_tags(line) for line in headers.all(name)):
            return name
    return ""


class Reliable:
    """Both sides. `accept` sends a 2xx that had to wait."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.accept: Accept = lambda _leg, _body, _now, _headers: None
        self.quiet: Callable[[Leg, float], None] = lambda _leg, _now: None
        """Told when the first offer is answered, so that a new one may be made (`offers`)."""

    # --- ours ---

    def ring(
        self, leg: Leg, status: int, reason: str, now: float, headers: HeaderList, body: bytes = b""
    ) -> None:
        """Send one, or as soon as the one before is acknowledged (§3)."""
        ours = leg.provisionals
        if ours is None:
            ours = leg.provisionals = Provisionals(crc32(self._core.new_token().encode()) % LAST_RSEQ)
        if ours.sent is None:
            self._send(leg, ours, (status, reason, tuple(headers), body), now)
            return
        if len(ours.queue) >= MAX_QUEUED:
            ours.queue.popleft()
        ours.queue.append((status, reason, tuple(headers), body))

    def _send(self, leg: Leg, ours: Provisionals, queued: Queued, now: float) -> None:
        server = leg.server
        if server is None:
            return
        core, (status, reason, headers, body) = self._core, queued
        ours.rseq += 1
        contact = core.contact(server.source, server.request.uri)
        given = [("Require", TAG), ("RSeq", str(ours.rseq)), contact, ALLOW, *headers]
        given += [SDP] if body else []
        core.exchange.respond(server, status, now, reason, given, body)
        again = Send(server.data, server.to, server.spare)
        t1 = core.timers.t1
        ours.sent = SentReliably(ours.rseq, again, t1, now + core.timers.give_up, bool(body))
        ours.sent.alarm = core.alarms.set(now + t1, self._repeat, leg, ours.sent)

    def _repeat(self, leg: Leg, sent: SentReliably, now: float) -> None:
        core = self._core
        if now >= sent.until:  # §3: nobody hears us: the INVITE is refused with a 5xx
            core.reply(leg.server, 504, now)
            leg.server = None
            core.end(leg, now)
            core.emit(Ended(leg.id, "timeout"))
            return
        core.out.append(sent.again)
        sent.interval *= 2
        sent.alarm = core.alarms.set(min(now + sent.interval, sent.until), self._repeat, leg, sent)

    def holds(self, leg: Leg, body: bytes, headers: HeaderList) -> bool:
        """Whether a 2xx must wait: its offer or answer is in one of ours that is not acknowledged (§3). If it
        need not, nothing of ours is repeated any more."""
        ours = leg.provisionals
        if ours is None:
            return False
        if ours.sent is not None and ours.sent.described:
            ours.final = (body, tuple(headers))
            return True
        ours.queue.clear()
        if ours.sent is not None:
            self._core.alarms.cancel(ours.sent.alarm)
        return False

    def acknowledged(self, leg: Leg, server: Server, now: float) -> None:
        """A PRACK. One for none of ours that waits, also one that comes a second time, gets 481."""
        core, ours = self._core, leg.provisionals
        found = _RACK.fullmatch(server.request.headers.first("rack") or "")
        if found is None:
            core.reply(server, 400, now)
            return
        sent = ours.sent if ours is not None else None
        number = leg.invite_number
        if ours is None or sent is None or found.groups() != (str(sent.rseq), str(number), "INVITE"):
            core.reply(server, 481, now)
            return
        core.alarms.cancel(sent.alarm)
        ours.sent = None
        self._answer(leg, sent, server, now)
        self._go_on(leg, ours, now)

    def _answer(self, leg: Leg, sent: SentReliably, server: Server, now: float) -> None:
        """200; the PRACK's description is the answer to our offer, or a new offer (§5)."""
        core, body = self._core, server.request.body
        answers = sent.described and leg.late_offer and not leg.agreed
        if sent.described and (body or not leg.late_offer) and leg.dialog is not None:
            leg.agreed.add(leg.dialog.remote_tag)
        if leg.phase is not Phase.OFFERED:  # the 2xx has gone out: nothing is left to be told
            body = b""
        if body and leg.agreed and not answers and leg.their_offer is None:
            leg.their_offer = server
            core.emit(OfferReceived(leg.id, server.request))
            return
        core.reply(server, 200, now)
        if body and answers:
            core.emit(AnswerReceived(leg.id, body))

    def _go_on(self, leg: Leg, ours: Provisionals, now: float) -> None:
        if leg.phase is not Phase.OFFERED:
            return
        if ours.final is not None:
            (body, headers), ours.final = ours.final, None
            self.accept(leg, body, now, headers)
            return
        if ours.queue:
            self._send(leg, ours, ours.queue.popleft(), now)
        self.quiet(leg, now)

    # --- theirs ---

    def heard(self, leg: Leg, tag: str, number: int, response: Response, now: float) -> bool:
        """A provisional of the early dialog with this To tag, for our INVITE of that CSeq number. False: it
        came again or out of order, and is absorbed (§4); its sender repeats what was lost."""
        rseq = _rseq(response.headers)
        if not rseq or tag not in leg.early:
            return True
        last = leg.rseqs.get(tag)
        if last is not None and rseq != last + 1:
            return False
        leg.rseqs[tag] = rseq
        rack = (("RAck", f"{rseq} {number} INVITE"),)
        answers = bool(response.body)

        def heard(answer: Response, at: float) -> None:
            """Only now the first offer is over: an UPDATE that overtook the PRACK would make it a request out
            of order (RFC 3261 §12.2.2)."""
            if answers and answer.status < 300 and leg.phase is Phase.PROCEEDING:
                leg.agreed.add(tag)
                self.quiet(leg, at)

        self._core.request(leg, "PRACK", now, heard, rack, early=tag)
        return True


def _rseq(headers: Headers) -> int:
    """0: it is not reliable."""
    value = (headers.first("rseq") or "").strip()
    if not value:
        return 0
    reliable = any(TAG in option_tags(line) for line in headers.all("require"))
    return int(value) if reliable and _RSEQ.fullmatch(value) else 0

"""Offers and answers within a leg: what the far end's descriptions change, and what we answer (RFC 3264).

A re-INVITE changes the peer's side; ours stays as it is. What can't be used is refused with its reason and
counted; an answer that can't be used ends the leg, for there is nothing to talk over.
"""

from __future__ import annotations

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_line import Line, refusal
from bridge.adapters.sip_reading import read_body
from bridge.calls.events import Answers, Leaves, LegEvent, Refuses, Reoffers
from bridge.errors import MalformedSdp, NoCommonCodec, PeerError
from bridge.sip import events as ua
from bridge.sip.message import Request
from bridge.sip.sdes import PLAIN, Shield
from bridge.sip.sdp import Audio, read_answer


class Offers:
    """Descriptions that come after the first."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def reoffered(self, leg: str, request: Request) -> None:
        """A re-INVITE or UPDATE. Hold is answered by what it means (§8.4)."""
        line, state = self._line, self._line.described(leg)
        if state is None:
            line.stack.run(lambda agent, now: agent.refuse_offer(leg, 481, "No Session", now))
            return
        try:
            audio = read_body(request, state.shield)
        except PeerError as error:
            status, reason, _ = refusal(error)
            line.stack.run(lambda agent, now: agent.refuse_offer(leg, status, reason, now))
            return
        state.offer = request.body
        body = line.body(state)
        line.stack.run(lambda agent, now: agent.answer_offer(leg, body, now))
        if audio is not None:
            line.hear(Reoffers(leg, audio))

    def early(self, leg: str, body: bytes) -> Audio | None:
        """Early media in a provisional response; None where it has none we can use: then it just rings."""
        try:
            return read_answer(body, self._shield(leg)) if body else None
        except (MalformedSdp, NoCommonCodec) as error:
            SIP_REFUSED.labels(error.id).inc()
            return None

    def answered(self, event: ua.Answered) -> None:
        """The 2xx to an INVITE of ours."""
        try:
            audio = read_answer(event.response.body or event.early, self._shield(event.leg))
        except (MalformedSdp, NoCommonCodec) as error:
            self._useless(error, Refuses(event.leg, 488, "Not Acceptable Here"))
            return
        self._line.hear(Answers(event.leg, audio))

    def late(self, leg: str, body: bytes) -> None:
        """The answer to an offer of ours, in an ACK."""
        if not body or self._line.described(leg) is None:
            return
        try:
            self._line.hear(Reoffers(leg, read_answer(body, self._shield(leg))))
        except (MalformedSdp, NoCommonCodec) as error:
            self._useless(error, Leaves(leg, "lost"))

    def _shield(self, leg: str) -> Shield:
        state = self._line.described(leg)
        return PLAIN if state is None else state.shield

    def _useless(self, error: PeerError, news: LegEvent) -> None:
        SIP_REFUSED.labels(error.id).inc()
        leg = getattr(news, "leg", "")
        why = (("Reason", 'Q.850;cause=16;text="no usable answer"'),)
        self._line.forget(leg)
        self._line.stack.run(lambda agent, now: agent.hang_up(leg, now, why))
        self._line.hear(news)

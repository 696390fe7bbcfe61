"""Calls we make (RFC 3261 §13.2, §9.1): from INVITE to the first 2xx, or to the end of the attempt.

Knows forks (the first 2xx wins, each other one gets ACK and BYE), CANCEL and its race with the 2xx, one
answer to each realm's challenge, and the next address when one fails (RFC 3263 §4.3). From the 2xx on the
leg belongs to `indialog`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.frozen import replace
from bridge.sip.attempt import Attempt, write_invite
from bridge.sip.core import MAX_LEGS, Core, may_update
from bridge.sip.envelope import Envelope, open_envelope
from bridge.sip.events import Answered, Passed, Progress, Refused, Trying
from bridge.sip.leg import MAX_EARLY, Leg, Phase
from bridge.sip.message import Response
from bridge.sip.orders import HeaderTuple, Invitation
from bridge.sip.reliable import Reliable
from bridge.sip.sessions import Sessions

MAX_FORKS: Final = 16
"""2xx of different branches we acknowledge for one INVITE: more than a PBX forks to, and a bound on a
stranger's."""
LARGEST_DATAGRAM: Final = 1300
"""Bytes of a request beyond which RFC 3261 §18.1.1 wants a transport with congestion control."""
CANCEL_HEADERS: Final = frozenset({"reason"})
"""Of what hang_up is given, a CANCEL carries only this (RFC 3326)."""


class Caller:
    """The calls we make, until they are answered."""

    def __init__(self, core: Core, reliable: Reliable, sessions: Sessions) -> None:
        self._core, self._reliable, self._sessions = core, reliable, sessions
        self.quiet: Callable[[Leg, float], None] = lambda _leg, _now: None
        """Told when a call was answered and a new offer may be made (`offers`)."""

    def invite(self, name: str, invitation: Invitation, now: float) -> None:
        """Begin a call. Raises ValueError when the leg exists already."""
        core = self._core
        if name in core.legs:
            raise ValueError(f"leg {name} exists")
        if len(core.legs) >= MAX_LEGS or core.exchange.full:
            core.emit(Refused(name, 503, "Too Many Calls"))
            return
        leg = Leg(name, Phase.CALLING, invitation=invitation, credentials=invitation.credentials)
        core.legs[name] = leg
        call_id = core.new_token()
        core.named(name, call_id)
        identity = (
            ("From", invitation.from_.with_tag(core.new_token()).encode()),
            ("To", invitation.to.encode()),
            ("Call-ID", call_id),
        )
        self._send(leg, invitation, identity, 1, (), now)

    def _send(
        self,
        leg: Leg,
        invitation: Invitation,
        identity: HeaderTuple,
        number: int,
        proof: HeaderTuple,
        now: float,
    ) -> None:
        core, hop = self._core, invitation.next_hop
        branch = core.branch()
        leg.said = invitation.body
        extra = (*proof, *self._sessions.ask(leg))
        request = write_invite(core, invitation, hop, branch, identity, number, extra)
        if invitation.large is not None and len(request.encode()) > LARGEST_DATAGRAM:
            hop = invitation.large
            request = write_invite(core, invitation, hop, branch, identity, number, extra)
        attempt = Attempt(leg, invitation.uri, hop, identity, number, proof)
        leg.phase = Phase.CALLING
        leg.client = attempt.client = core.exchange.request(
            request,
            branch,
            hop,
            lambda response, at: self._hear(attempt, response, at),
            now,
            invitation.spare,
        )
        if invitation.further:
            core.alarms.cancel(leg.alarm)
            leg.alarm = core.alarms.set(now + invitation.patience, self._silent, attempt)

    # --- the next address ---

    def _silent(self, attempt: Attempt, now: float) -> None:
        if attempt.leg.phase is Phase.CALLING and attempt.leg.leaving_with is None:
            self._elsewhere(attempt, now)

    def _elsewhere(self, attempt: Attempt, now: float) -> bool:
        """The same request to the next address: another transaction of the same call (RFC 3263 §4.3). False:
        there is none."""
        leg = attempt.leg
        before = leg.invitation
        if attempt.passed or before is None or not before.further:
            return False
        attempt.passed = True
        self._core.emit(Passed(leg.id, attempt.to))
        leg.invitation = replace(
            before, next_hop=before.further[0], further=before.further[1:], spare=None, large=None
        )
        self._send(leg, leg.invitation, attempt.identity, attempt.number, (), now)
        return True

    def _hear_late(self, attempt: Attempt, response: Response, now: float) -> None:
        """An address that was passed over speaks after all: nobody there may be left ringing."""
        client, attempt.client = attempt.client, None
        if response.status < 200 and client is not None:
            self._core.cancel(client, (), now)
        elif 200 <= response.status < 300:
            self._success(attempt, response, now)

    def _hear(self, attempt: Attempt, response: Response, now: float) -> None:
        if attempt.passed:
            self._hear_late(attempt, response, now)
        elif response.status < 200:
            self._provisional(attempt, response, now)
        elif response.status < 300:
            self._success(attempt, response, now)
        else:
            self._failure(attempt, response, now)

    def _provisional(self, attempt: Attempt, response: Response, now: float) -> None:
        leg = attempt.leg
        if leg.phase is Phase.CALLING:
            leg.phase = Phase.PROCEEDING
            self._core.alarms.cancel(leg.alarm)
            if response.status == 100 and leg.leaving_with is None:
                self._core.emit(Trying(leg.id))
            if leg.leaving_with is not None:  # §9.1: the CANCEL that waited for a provisional
                self._cancel(leg, now)
        if leg.phase is not Phase.PROCEEDING or response.status == 100:
            return
        envelope = open_envelope(response)
        if envelope.to_tag and envelope.to_tag not in leg.early and len(leg.early) < MAX_EARLY:
            self._remember_early(attempt, envelope, response)
        if not self._reliable.heard(leg, envelope.to_tag, attempt.number, response, now):
            return
        if response.body and envelope.to_tag in leg.early:
            leg.answers[envelope.to_tag] = response.body
        self._core.emit(Progress(leg.id, response.status, response.reason, response.body))

    def _remember_early(self, attempt: Attempt, envelope: Envelope, response: Response) -> None:
        leg = attempt.leg
        dialog = attempt.dialog(envelope, response)
        leg.early[envelope.to_tag] = dialog
        leg.updates = may_update(response)
        self._core.index(leg, dialog)

    def _success(self, attempt: Attempt, response: Response, now: float) -> None:
        envelope = open_envelope(response)
        known = attempt.acks.get(envelope.to_tag)
        if known is not None:  # our ACK was lost
            self._core.out.append(known)
            return
        if len(attempt.acks) >= MAX_FORKS:
            return
        leg = attempt.leg
        dialog = attempt.dialog(envelope, response)
        attempt.acks[envelope.to_tag] = self._core.acknowledge(dialog, attempt.number, attempt.proof)
        early = leg.early.get(envelope.to_tag)
        dialog = dialog.after(early) if early is not None else dialog
        if attempt.passed or leg.dialog is not None or leg.phase is Phase.OVER:
            self._core.bye_stray(dialog, now)
            return
        leg.dialog = dialog
        if dialog.id not in leg.known:
            self._core.index(leg, dialog)
        if leg.early:
            self._core.forget_early(leg, envelope.to_tag)
        self._answered(leg, response, leg.answers.get(envelope.to_tag, b""), now)

    def _answered(self, leg: Leg, response: Response, early: bytes, now: float) -> None:
        leg.answers.clear()
        leg.updates = leg.updates or may_update(response)
        if len(leg.early) <= 1:
            leg.early.clear()
        if leg.leaving_with is not None:  # the 2xx won the race with our CANCEL
            self._core.leave(leg, now, leg.leaving_with)
            return
        leg.phase = Phase.CONFIRMED
        self._sessions.taken(leg, response, now)
        self._core.emit(Answered(leg.id, response, early))
        self.quiet(leg, now)

    def _failure(self, attempt: Attempt, response: Response, now: float) -> None:
        leg = attempt.leg
        if leg.phase is Phase.OVER or leg.invitation is None:
            return
        proof = self._prove(attempt, response) if leg.leaving_with is None else None
        if proof is not None:
            proofs = (*attempt.proof, proof)
            self._send(leg, leg.invitation, attempt.identity, attempt.number + 1, proofs, now)
            return
        if response.status == 422 and leg.leaving_with is None and self._sessions.longer(leg, response):
            self._send(leg, leg.invitation, attempt.identity, attempt.number + 1, attempt.proof, now)
            return
        unserved = response.status == 503 or (response.status == 408 and leg.phase is Phase.CALLING)
        if unserved and leg.leaving_with is None and self._elsewhere(attempt, now):
            return
        self._core.end(leg, now)
        if leg.leaving_with is None:
            self._core.emit(Refused(leg.id, response.status, response.reason, tuple(response.headers)))

    def _prove(self, attempt: Attempt, response: Response) -> tuple[str, str] | None:
        """Each realm on the way is answered once (§22.3); one that asks again was told all we know."""
        proof = self._core.proof(attempt.leg.credentials, "INVITE", attempt.uri, response)
        return proof if proof is not None and attempt.may_add(proof) else None

    # --- giving up ---

    def give_up(self, leg: Leg, now: float, headers: HeaderTuple) -> None:
        """End an attempt: CANCEL now, or once a provisional came (§9.1)."""
        leg.leaving_with = headers
        if leg.phase is Phase.PROCEEDING:
            self._cancel(leg, now)

    def _cancel(self, leg: Leg, now: float) -> None:
        core, client = self._core, leg.client
        if client is None:
            return
        leg.phase = Phase.CANCELLING
        reasons = [item for item in leg.leaving_with or () if item[0].lower() in CANCEL_HEADERS]
        core.cancel(client, reasons, now)
        leg.alarm = core.alarms.set(now + core.timers.give_up, self._unanswered, leg)

    def _unanswered(self, leg: Leg, now: float) -> None:
        """64*T1 after the CANCEL without a final response: the INVITE counts as cancelled (§9.1)."""
        if leg.phase is Phase.CANCELLING and leg.client is not None:
            self._core.exchange.abandon(leg.client)
            self._core.end(leg, now)

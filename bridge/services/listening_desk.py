"""The listening desk: calls an exchange lets us hear (SIPREC), from its offer to its end, and the story they
bring to the call the exchange hands over when its agent presses the key.

The session is told to the switchboard's own witnesses as a call, so it is transcribed, recorded and shown
like any. When that exchange then sends us the caller (we stand beside it), the new call's record begins where
the session began, with all that was said: the ticket has the story from before the press. Words of the
session that come to be recognised after the press still go in, if they were said before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.calls import listening
from bridge.calls.call import Call, Phase, Transfer
from bridge.calls.listening import SessionOffered, Voice
from bridge.calls.recording import Recorded
from bridge.clock import Clock
from bridge.errors import BridgeError, Overload
from bridge.frozen import replace
from bridge.media.plan import CallPlan
from bridge.ports import Listening, Media
from bridge.routing.plan import RecordPolicy
from bridge.services.records import Records
from bridge.services.witnesses import Witnesses
from bridge.tickets.transcript import Utterance

log = structlog.get_logger(__name__)

MAX_SESSIONS: Final = 1000
"""Sessions at once; one more gets 503. The exchange's calls do not depend on us."""
REMEMBERED: Final = 60.0
"""Seconds after its end for which a session may still be the one a call comes from: an exchange that moves a
caller ends the fork of the old leg first."""


@dataclass(slots=True)
class _Session:
    """One of them. ended: CLOCK_MONOTONIC seconds, None while it lives."""

    leg: str
    call: Call
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class _Link:
    """A session's words up to `until` (seconds of its record) belong to this call too."""

    call: str
    until: float


@dataclass(frozen=True, slots=True)
class ListeningRules:
    """agents: extension -> platform; home: the platform of people we do not know; policy: what is recorded;
    transcribe: whether there is a recogniser."""

    agents: Mapping[str, str]
    home: str
    policy: RecordPolicy
    transcribe: bool


class ListeningDesk:
    """door: the SIP side; told: a final utterance went into a call's transcript."""

    def __init__(
        self,
        *,
        door: Listening,
        media: Media,
        witnesses: Witnesses,
        records: Records,
        clock: Clock,
        new_id: Callable[[], str],
        rules: ListeningRules,
        told: Callable[[str, Utterance], None],
    ) -> None:
        self._door, self._media, self._witnesses, self._records = door, media, witnesses, records
        self._clock, self._new_id, self.rules, self._told = clock, new_id, rules, told
        self._sessions: dict[str, _Session] = {}
        self._links: dict[str, _Link] = {}

    # --- the exchange -------------------------------------------------------------------------------------

    def offered(self, event: SessionOffered) -> None:
        """A new session. Refused when the house is full."""
        ports: dict[int, int] = {}
        try:
            if sum(each.ended is None for each in self._sessions.values()) >= MAX_SESSIONS:
                raise Overload("no listening place left")
            for voice in event.voices:
                ports[voice.place] = self._media.take_port()
        except BridgeError as error:
            for port in ports.values():
                self._media.give_back(port)
            log.info("session.refused", leg=event.leg, why=error.id)
            self._door.refuse(event.leg, error.sip_status, "Service Unavailable")
            return
        call = listening.listen(self._new_id(), event, ports, self.rules.agents, self.rules.home)
        call = replace(call, recorded=Recorded(self.rules.policy))
        self._sessions[event.leg] = _Session(event.leg, call)
        self._media.apply(listening.heard(call, call.recorded, transcribe=self.rules.transcribe))
        self._door.answer(event.leg, ports)
        self._witnesses.tell(lambda witness: witness.changed(None, call))

    def described(self, leg: str, voices: tuple[Voice, ...]) -> dict[int, int]:
        """The exchange describes its streams anew: the ports of those we go on hearing. A stream more than
        before is not taken."""
        session = self._sessions.get(leg)
        if session is None:
            return {}
        before, call = session.call, listening.follow(session.call, voices)
        session.call = call
        if call != before:
            self._media.apply(listening.heard(call, call.recorded, transcribe=self.rules.transcribe))
            self._witnesses.tell(lambda witness: witness.changed(before, call))
        return {int(party.leg.rpartition(".")[2]): party.port for party in call.parties}

    def ended(self, leg: str) -> None:
        """The exchange has hung up, or its line broke."""
        session = self._sessions.get(leg)
        if session is None or session.ended is not None:
            return
        before = session.call
        call = session.call = replace(before, phase=Phase.OVER)
        session.ended = self._clock.monotonic()
        self._media.apply(CallPlan(call.id))
        self._witnesses.tell(lambda witness: witness.over(call, "caller left"))
        self._witnesses.tell(lambda witness: witness.changed(before, call))

    # --- the switchboard's witness: it must be told before the papers ---------------------------------------

    def opened(self, call: Call, transfer: Transfer) -> None:
        """The key was pressed at the exchange: the caller is here, and perhaps we know the story."""
        if transfer.via != "invite":
            return
        self._forget_old()
        fits = [each for each in self._sessions.values() if self._fits(each, call)]
        if not fits:
            return
        session = max(fits, key=lambda each: self._records.note(each.call).started)
        told, record = self._records.note(session.call), self._records.note(call)
        record.started, record.started_at = told.started, told.started_at
        record.transcript = told.transcript.settle()
        self._links[session.call.id] = _Link(call.id, told.since(transfer.at))
        log.info("session.linked", call=call.id, session=session.call.id)

    def changed(self, before: Call | None, call: Call) -> None:
        """Nothing to do."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nothing to do."""

    def over(self, call: Call, outcome: str) -> None:
        """Nothing more can go into its ticket."""
        self._links = {session: link for session, link in self._links.items() if link.call != call.id}

    # --- the transcriber ------------------------------------------------------------------------------------

    def utterance(self, call_id: str, utterance: Utterance) -> None:
        """A session's words that were said before the press go into the call they belong to."""
        link = self._links.get(call_id)
        record = self._records.get(link.call) if link is not None else None
        if link is None or record is None or utterance.start > link.until:
            return
        before, record.transcript = record.transcript, record.transcript.hear(utterance)
        if record.transcript is not before:
            self._told(link.call, utterance)

    # --- within ---------------------------------------------------------------------------------------------

    def _fits(self, session: _Session, call: Call) -> bool:
        if session.call.caller.origin.name != call.caller.origin.name or session.call.id in self._links:
            return False
        return listening.same_people(session.call, call.caller.number, call.referred_by)

    def _forget_old(self) -> None:
        """Sessions that ended too long ago, or whose record is gone."""
        now = self._clock.monotonic()
        self._sessions = {
            leg: session
            for leg, session in self._sessions.items()
            if session.ended is None or now - session.ended < REMEMBERED
        }

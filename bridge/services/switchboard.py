"""The switchboard: every call in progress, each event led through its rule, each action carried to a port.

It decides nothing: `calls.conduct` does. It knows only ports, and it keeps one order that matters: the
media plan that follows from a step goes out before anybody is hung up, and an INVITE before anything else
(design.md, promises 1 and 2). Papers and captions hang on it as listeners, so no fault of theirs can touch
a call.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bridge.calls import conduct, passing, supervising
from bridge.calls.actions import Action, Dial, Over, SupervisorGone
from bridge.calls.call import Call, Phase, Transfer, someone
from bridge.calls.events import Answers, Leaves, LegEvent, Lives, Offered, Refuses, Rings
from bridge.errors import NoSuchCall
from bridge.frozen import replace
from bridge.ports import Lines, Media, Signalling, Timers
from bridge.routing.harassment import Verdict
from bridge.routing.plan import Origin, Plan
from bridge.services.alarms import RingAlarms
from bridge.services.dialling import Dialling
from bridge.services.entrance import Entrance
from bridge.services.hand import Hand
from bridge.services.one_key import OneKey
from bridge.services.outgoing import Outgoing
from bridge.services.queue_desk import QueueDesk
from bridge.services.returns import Returns
from bridge.services.swaps import Swaps
from bridge.services.trunks import Trunks
from bridge.services.valve import Valve
from bridge.services.witnesses import Witnesses

log = structlog.get_logger(__name__)

MAX_CALLS = 2000
"""Calls at once; one more gets 503, so that those in progress never suffer."""


class Switchboard:
    """All calls. `route` finds the ordered targets for a number (raises UnknownNumber); `letter` says what
    the far side is told in the INVITE; `new_id` gives short unique ids."""

    def __init__(
        self,
        *,
        signalling: Signalling,
        media: Media,
        timers: Timers,
        route: Callable[[str, Origin], Plan],
        letter: Callable[[Call, Transfer | None], tuple[tuple[str, str], ...]],
        new_id: Callable[[], str],
        transcribe: bool,
        lines: Lines | None = None,
    ) -> None:
        self._signalling = signalling
        self.route = route
        self._lines: Lines = lines or Trunks({})
        self.look: Callable[[Offered, Plan], Verdict | None] = lambda _event, _plan: None
        """What is to be done about a new caller (harassment)."""
        self.refused: Callable[[str], None] = lambda _why: None
        """Told why a new leg was refused, for the counter."""
        self._calls: dict[str, Call] = {}
        self._call_of: dict[str, str] = {}
        self._legs: dict[str, list[str]] = {}
        self._alarms = RingAlarms(timers, self.on)
        self._returns = Returns()
        self._dialling = Dialling(
            signalling=signalling,
            media=media,
            timers=timers,
            lines=self._lines,
            letter=letter,
            alarms=self._alarms,
            returns=self._returns,
            on=self.on,
        )
        self.offered = Entrance(self, signalling, media, self._lines, self._returns, new_id).offered
        self.valve = Valve()
        """What new calls must pass."""
        self.witnesses = Witnesses()
        self._outgoing = Outgoing(
            self,
            signalling=signalling,
            media=media,
            timers=timers,
            lines=self._lines,
            alarms=self._alarms,
            transcribe=transcribe,
        )
        key = OneKey(self, signalling, self._leads_to, new_id)
        self.refer, self.press, self.press_call = key.refer, key.press, key.press_call
        self.steer, self.cancel = key.steer, key.cancel
        self.hand = Hand(self, signalling)
        """What an agent does with their own leg by their page."""
        swaps = Swaps(self, signalling, media, new_id)
        self.refer_to_leg, self.refer_beyond, self.replaced = swaps.joined, swaps.beyond, swaps.replaced
        self.watching: Callable[[Call, SupervisorGone], None] = lambda _call, _gone: None
        """Told of a supervisor's leg that is gone, and why."""
        self.queues: QueueDesk | None = None
        """Where there are queues; callers and agents are brought to it."""

    # --- what comes in ------------------------------------------------------------------------------------

    def on(self, event: LegEvent) -> None:
        """Something happened to a leg we know; other legs are nobody's any more."""
        leg = getattr(event, "leg", "")
        call = self._calls.get(self._call_of.get(leg, ""))
        if call is None:
            return
        if isinstance(event, Lives | Rings):
            self._alarms.lives(leg)
        elif isinstance(event, Answers | Refuses | Leaves):
            self._alarms.drop(leg)
            if not isinstance(event, Answers):
                self._lines.free(leg)
        self.lead(call, event)

    def tell(self, call_id: str, event: LegEvent) -> bool:
        """Something happened to a call that is no leg's doing; False: there is no such call."""
        call = self._calls.get(call_id)
        if call is not None:
            self.lead(call, event)
        return call is not None

    def dead(self, leg: str, seconds: float) -> None:
        """Nothing has come from an answered leg for so long that its line is broken: a caller's ends the
        call, an attendant's caller is taken back. It is told so too, should it live after all."""
        call = self.of_leg(leg)
        party = someone(call, leg) if call is not None else None
        if call is None or party is None or not party.up:
            return
        log.warning("leg.dead", call=call.id, leg=leg, role=party.role, seconds=round(seconds))
        self.on(Leaves(leg, "lost"))
        self._signalling.hang_up(leg, "no media")

    def call(self, call_id: str) -> Call:
        """A call in progress. Raises NoSuchCall."""
        if call_id not in self._calls:
            raise NoSuchCall("没有这通电话，或者已经结束")
        return self._calls[call_id]

    def calls(self) -> list[Call]:
        """All calls in progress, oldest first."""
        return list(self._calls.values())

    @property
    def full(self) -> bool:
        """No room for one more call."""
        return len(self._calls) >= MAX_CALLS

    def of_leg(self, leg: str) -> Call | None:
        """The call this leg belongs to."""
        return self._calls.get(self._call_of.get(leg, ""))

    def hang_up_all(self, reason: str) -> None:
        """The house closes: every leg ends."""
        for call in self.calls():
            for leg in call.legs:
                self._signalling.hang_up(leg, reason)

    def _leads_to(self, number: str, origin: Origin) -> Plan:
        """Where a key leads: the caller is with somebody and need not wait, so no queue is among it."""
        plan = self.route(number, origin)
        return plan if self.queues is None else self.queues.expanded(plan)

    # --- what follows -------------------------------------------------------------------------------------

    def lead(self, call: Call, event: LegEvent) -> None:
        """The event's rule, and what follows from it."""
        after, actions = conduct.step(call, event)
        if after is not call:
            self.settle(call, after, actions)
            return
        for action in actions:  # a leg is to be told something; nobody's plan or page changes by it
            self._outgoing.act(self._calls[call.id], action)

    def keep(self, before: Call, after: Call, actions: tuple[Action, ...]) -> None:
        """A call changed by a rule of `swaps`; legs that came from elsewhere are its own now."""
        for party in after.parties:
            if party.trunk and party.leg not in self._call_of:  # it came in with Replaces
                self._lines.note(party.leg, party.trunk)
            if self._call_of.get(party.leg) != after.id:
                self.own(after.id, party.leg)
        after, actions = supervising.ended(after, actions)
        if before.passed:  # people change places: nothing that is only passed on
            after, actions = passing.home(replace(after, passed=before.passed), actions)
        self.settle(before, after, actions)

    def settle(self, before: Call | None, call: Call, actions: tuple[Action, ...]) -> None:
        """Keep the call, then act: the plan before any hanging up, dialling before the plan it needs a port
        for."""
        self._calls[call.id] = call
        if call.phase is not Phase.SETUP:
            self._returns.settled(call.id)
        dials = [action for action in actions if isinstance(action, Dial)]
        for dial in dials:
            self.own(call.id, dial.leg)
            self._calls[call.id] = self._dialling.dial(self._calls[call.id], dial)
        self._outgoing.voice(self._calls[call.id])
        for action in actions:
            self._outgoing.act(self._calls[call.id], action)
        self.witnesses.tell(lambda witness: witness.changed(before, self._calls.get(call.id, call)))
        if any(isinstance(action, Over) for action in actions):
            self._forget(call.id)

    # --- the end ----------------------------------------------------------------------------

    def own(self, call_id: str, leg: str) -> None:
        """The leg is this call's from now on."""
        self._call_of[leg] = call_id
        self._legs.setdefault(call_id, []).append(leg)

    def _forget(self, call_id: str) -> None:
        self._calls.pop(call_id)
        self._outgoing.over(call_id)
        for leg in self._legs.pop(call_id, ()):
            if self._call_of.get(leg) == call_id:  # else another call has it now
                self._alarms.drop(leg)
                self._lines.free(leg)
                self._call_of.pop(leg, None)

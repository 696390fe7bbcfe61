"""The switchboard: every call in progress, each event led through its rule, each action carried to a port.

It decides nothing: `calls.conduct` does. It knows only ports, and it keeps one order that matters: the
media plan that follows from a step goes out before anybody is hung up, and an INVITE before anything else
(design.md, promises 1 and 2). Papers and captions hang on it as listeners, so no fault of theirs can touch
a call.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bridge.calls import conduct
from bridge.calls.call import Call, Phase, Transfer, seat
from bridge.calls.events import (
    Action,
    Answer,
    Answers,
    Cancels,
    Dial,
    HangUp,
    Leaves,
    LegEvent,
    Limit,
    Lives,
    MoveTicket,
    Offered,
    OpenTicket,
    Over,
    PassDigit,
    Pause,
    PauseEnds,
    Presses,
    Refuse,
    Refuses,
    Ring,
    Rings,
    Steers,
    TellKey,
    TimeIsUp,
    Via,
    Wish,
)
from bridge.calls.handover import open_to
from bridge.calls.parties import audio_plan
from bridge.clock import Clock
from bridge.errors import BridgeError, NoSuchCall, NotTheirKey, Overload, WrongMoment
from bridge.media.plan import CallPlan
from bridge.ports import DialOrder, Media, Signalling, Timers
from bridge.routing.plan import Mode, Origin, Plan
from bridge.services.alarms import RingAlarms
from bridge.services.swaps import Swaps
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
        clock: Clock,
        route: Callable[[str, Origin], Plan],
        letter: Callable[[Call, Transfer | None], tuple[tuple[str, str], ...]],
        new_id: Callable[[], str],
        transcribe: bool,
    ) -> None:
        self._signalling, self._media, self._timers, self._clock = signalling, media, timers, clock
        self._route, self._letter, self._new_id = route, letter, new_id
        self._transcribe = transcribe
        self._calls: dict[str, Call] = {}
        self._call_of: dict[str, str] = {}
        self._legs: dict[str, list[str]] = {}
        self._plans: dict[str, CallPlan] = {}
        self._alarms = RingAlarms(timers, self.on)
        self.witnesses = Witnesses()
        self._swaps = Swaps(self, signalling, media, new_id)
        self.refer_to_leg, self.refer_beyond = self._swaps.joined, self._swaps.beyond

    # --- what comes in ------------------------------------------------------------------------------------

    def offered(self, event: Offered) -> None:
        """A new inbound leg. Refused at the door when its number has no route or the house is full."""
        if event.replaces:
            self._swaps.replaced(event)
            return
        try:
            if len(self._calls) >= MAX_CALLS:
                raise Overload("no call slot left")
            plan, port = self._route(event.number, event.origin), self._media.take_port()
        except BridgeError as error:
            log.info("call.refused", leg=event.leg, why=error.id)
            self._signalling.refuse(event.leg, error.sip_status, _PHRASE.get(error.sip_status, "Refused"))
            return
        ids = {"incident": self._new_id(), "transfer": self._new_id()}
        call, actions = conduct.open_call(self._new_id(), event, plan, **ids)
        self._own(call.id, event.leg)
        self._settle(None, seat(call, event.leg, port), actions)

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
        self._lead(call, event)

    def refer(self, leg: str, number: str, at: float, plan: Plan | None = None) -> None:
        """The key by REFER. Answered 202, or with the reason why not while the call goes on (404, 491,
        603). plan: where it leads, if not by the routes."""
        try:
            transfer = self.press(leg, number, "refer", at, plan=plan)
        except BridgeError as error:
            log.info("key.refused", leg=leg, why=error.id)
            self._signalling.refuse_key(leg, error.sip_status, _PHRASE.get(error.sip_status, "Decline"))
            return
        if transfer.via != "refer" or transfer.at != at:
            self._signalling.refuse_key(leg, 491, "Request Pending")

    def press(
        self, leg: str, number: str, via: Via, at: float, mode: Mode | None = None, plan: Plan | None = None
    ) -> Transfer:
        """The key, however pressed, by the person on this leg; mode: None for the route's; plan: where it
        leads if that is known. A press while a transfer is in flight gives that one back. Raises
        UnknownNumber, NoSuchCall, NotTheirKey, WrongMoment."""
        call = self._calls.get(self._call_of.get(leg, ""))
        if call is None:
            raise NoSuchCall("这通电话已经结束")
        party = call.party(leg)
        if party is None or call.attendant is None or leg != call.attendant.leg:
            raise NotTheirKey("只有正在与诉求人通话的一方可以转接")
        if call.transfer is not None and call.transfer.in_flight:
            return call.transfer
        if call.phase is not Phase.TALKING:
            raise WrongMoment("诉求人已经挂机")
        plan = plan or self._route(number, party.origin)
        if via == "refer":
            self._signalling.accept_key(leg)
        self._lead(call, Presses(leg, plan, via, self._new_id(), self._new_id(), at, mode))
        transfer = self._calls[call.id].transfer if call.id in self._calls else None
        if transfer is None:
            raise WrongMoment("通话正在结束，不能转接")
        return transfer

    def press_call(self, call_id: str, number: str, at: float, mode: Mode | None = None) -> Transfer:
        """The key over the API: by whoever is with the caller. Raises as `press`."""
        call = self.call(call_id)
        if call.attendant is None:
            raise WrongMoment("没有话务员在与诉求人通话")
        return self.press(call.attendant.leg, number, "api", at, mode)

    def cancel(self, call_id: str) -> Call:
        """Take the transfer in flight back. Raises as `steer`."""
        return self.steer(call_id, "cancel")

    def steer(self, call_id: str, wish: Wish) -> Call:
        """Complete, swap, join or cancel the transfer in flight. Raises NoSuchCall, and WrongMoment when
        there is none or it is not at the point."""
        call = self.call(call_id)
        if call.transfer is None or not call.transfer.in_flight:
            raise WrongMoment("没有正在进行的转接")
        if wish not in open_to(call.transfer):
            raise WrongMoment("现在不能这样做：对方还没有接听，或者这种转接没有这一步")
        self._lead(call, Cancels() if wish == "cancel" else Steers(wish))
        return self._calls.get(call_id, call)

    def call(self, call_id: str) -> Call:
        """A call in progress. Raises NoSuchCall."""
        if call_id not in self._calls:
            raise NoSuchCall("没有这通电话，或者已经结束")
        return self._calls[call_id]

    def calls(self) -> list[Call]:
        """All calls in progress, oldest first."""
        return list(self._calls.values())

    def of_leg(self, leg: str) -> Call | None:
        """The call this leg belongs to."""
        return self._calls.get(self._call_of.get(leg, ""))

    def hang_up_all(self, reason: str) -> None:
        """The house closes: every leg ends."""
        for call in self.calls():
            for party in call.parties:
                self._signalling.hang_up(party.leg, reason)

    # --- what goes out ------------------------------------------------------------------------------------

    def _lead(self, call: Call, event: LegEvent) -> None:
        after, actions = conduct.step(call, event)
        if after is not call:
            self._settle(call, after, actions)
            return
        for action in actions:  # a leg is to be told something; nobody's plan or page changes by it
            self._act(call.id, action)

    def keep(self, before: Call, after: Call, actions: tuple[Action, ...]) -> None:
        """A call changed by a rule of `swaps`; legs that came from elsewhere are its own now."""
        for party in after.parties:
            if self._call_of.get(party.leg) != after.id:
                self._own(after.id, party.leg)
        self._settle(before, after, actions)

    def _settle(self, before: Call | None, call: Call, actions: tuple[Action, ...]) -> None:
        """Keep the call, then act: the plan before any hanging up, dialling before the plan it needs a port
        for."""
        self._calls[call.id] = call
        dials = [action for action in actions if isinstance(action, Dial)]
        for dial in dials:
            self._dial(call.id, dial)
        self._apply(call.id)
        for action in actions:
            self._act(call.id, action)
        self.witnesses.tell(lambda witness: witness.changed(before, self._calls.get(call.id, call)))
        if any(isinstance(action, Over) for action in actions):
            self._forget(call.id)

    def _dial(self, call_id: str, dial: Dial) -> None:
        call = self._calls[call_id]
        self._own(call_id, dial.leg)
        try:
            port = self._media.take_port()
        except Overload:
            full = Refuses(dial.leg, 503, "no media port")
            self._timers.after(0.0, lambda: self.on(full))
            return
        transfer = call.transfer if call.transfer and call.transfer.recipient == dial.leg else None
        order = DialOrder(dial.target, port, call.caller.number, self._letter(call, transfer))
        self._signalling.dial(dial.leg, order)
        self._calls[call_id] = seat(call, dial.leg, port)
        self._alarms.arm(dial.leg, dial.target)

    def _apply(self, call_id: str) -> None:
        call = self._calls[call_id]
        plan = audio_plan(
            call.id, call.parties, transcribe=self._transcribe, lonely=call.lonely, quiet=call.quiet
        )
        if plan != self._plans.get(call_id):
            self._plans[call_id] = plan
            self._media.apply(plan)

    def _act(self, call_id: str, action: Action) -> None:
        call = self._calls[call_id]
        match action:
            case Ring(leg, early):
                self._ring(call, leg, early)
            case Answer(leg):
                self._answer(call, leg)
            case Refuse(leg, status, reason):
                self._signalling.refuse(leg, status, reason)
            case HangUp(leg, reason):
                self._alarms.drop(leg)
                self._signalling.hang_up(leg, reason)
            case PassDigit(leg, digit):
                self._signalling.pass_digit(leg, digit)
            case TellKey(leg, status, reason):
                self._signalling.tell_key(leg, status, reason)
            case Pause(seconds):
                self._timers.after(seconds, lambda: self._later(call_id, PauseEnds()))
            case Limit(of, seconds):
                self._alarms.limit(call_id, seconds, lambda: self._later(call_id, TimeIsUp(of)))
            case OpenTicket(transfer):
                self.witnesses.of_transfer(call, transfer, lambda w, t: w.opened(call, t))
            case MoveTicket(transfer, moved, _):
                self.witnesses.of_transfer(call, transfer, lambda w, t: w.moved(call, t, moved=moved))
            case Over(outcome):
                self.witnesses.tell(lambda witness: witness.over(call, outcome))

    def _answer(self, call: Call, leg: str) -> None:
        party = call.party(leg)
        if party is not None:
            self._signalling.answer(leg, party.port)

    def _ring(self, call: Call, leg: str, early: bool) -> None:
        party = call.party(leg)
        if party is not None:
            self._signalling.ring(leg, party.port, early=early)

    def _later(self, call_id: str, event: LegEvent) -> None:
        if call_id in self._calls:
            self._lead(self._calls[call_id], event)

    # --- the end ----------------------------------------------------------------------------

    def _own(self, call_id: str, leg: str) -> None:
        self._call_of[leg] = call_id
        self._legs.setdefault(call_id, []).append(leg)

    def _forget(self, call_id: str) -> None:
        self._calls.pop(call_id)
        plan = self._plans.pop(call_id, None)
        if plan is not None and plan.legs:
            self._media.apply(CallPlan(call_id))
        self._alarms.unlimited(call_id)
        for leg in self._legs.pop(call_id, ()):
            if self._call_of.get(leg) == call_id:  # else another call has it now
                self._alarms.drop(leg)
                self._call_of.pop(leg, None)


_PHRASE = {
    403: "Forbidden",
    404: "Not Found",
    481: "Call/Transaction Does Not Exist",
    488: "Not Acceptable Here",
    491: "Request Pending",
    503: "Service Unavailable",
    603: "Decline",
}
"""Reason phrases of RFC 3261 §21 for what we refuse."""

"""What goes out of the switchboard: each action of a call's rule carried to its port, and the media plan.

It decides nothing and keeps no call; only the plan each call has, so that the same one is not sent twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bridge.calls.actions import (
    Action,
    AgentMissed,
    Answer,
    BringHome,
    HangUp,
    JoinQueue,
    LeaveQueue,
    Limit,
    MoveTicket,
    OpenTicket,
    Over,
    PassDigit,
    Pause,
    Refuse,
    Ring,
    SupervisorGone,
    TellKey,
)
from bridge.calls.call import Call
from bridge.calls.events import LegEvent, PauseEnds, TimeIsUp
from bridge.calls.overhearing import voice_plan
from bridge.media.plan import CallPlan
from bridge.ports import Lines, Media, Signalling, Timers
from bridge.services.alarms import RingAlarms
from bridge.services.queue_desk import QueueDesk
from bridge.services.witnesses import Witnesses


class Board(Protocol):
    """The switchboard, as this room sees it."""

    queues: QueueDesk | None
    witnesses: Witnesses
    watching: Callable[[Call, SupervisorGone], None]

    def tell(self, call_id: str, event: LegEvent) -> bool:
        """Something happened to a call that is no leg's doing; False: there is no such call."""


class Outgoing:
    """transcribe: whether calls are heard by the recogniser at all."""

    def __init__(
        self,
        board: Board,
        *,
        signalling: Signalling,
        media: Media,
        timers: Timers,
        lines: Lines,
        alarms: RingAlarms,
        transcribe: bool,
    ) -> None:
        self._board, self._signalling, self._media, self._timers = board, signalling, media, timers
        self._lines, self._alarms, self._transcribe = lines, alarms, transcribe
        self._plans: dict[str, CallPlan] = {}

    def voice(self, call: Call) -> None:
        """The call's media plan, if it is another than before."""
        plan = voice_plan(call, transcribe=self._transcribe)
        if plan != self._plans.get(call.id):
            self._plans[call.id] = plan
            self._media.apply(plan)

    def over(self, call_id: str) -> None:
        """The call is gone: its voice ends, and nothing more is waited for."""
        plan = self._plans.pop(call_id, None)
        if plan is not None and plan.legs:
            self._media.apply(CallPlan(call_id))
        self._alarms.unlimited(call_id)

    def act(self, call: Call, action: Action) -> None:
        """One action, but for `Dial`, which `dialling` does."""
        match action:
            case Pause(seconds):
                self._timers.after(seconds, self._telling(call.id, PauseEnds()))
            case Limit(of, seconds):
                self._alarms.limit(call.id, seconds, self._telling(call.id, TimeIsUp(of)))
            case OpenTicket(transfer):
                self._board.witnesses.of_transfer(call, transfer, lambda w, t: w.opened(call, t))
            case MoveTicket(transfer, moved, _):
                self._board.witnesses.of_transfer(call, transfer, lambda w, t: w.moved(call, t, moved=moved))
            case JoinQueue() | AgentMissed() | LeaveQueue():
                if self._board.queues is not None:
                    self._board.queues.act(call, action)
            case SupervisorGone():
                self._board.watching(call, action)
            case Over(outcome):
                self._board.witnesses.tell(lambda witness: witness.over(call, outcome))
            case _:
                self._act_on_leg(call, action)

    def _act_on_leg(self, call: Call, action: Action) -> None:
        match action:
            case Ring(leg, early):
                self._ring(call, leg, early)
            case Answer(leg):
                self._answer(call, leg)
            case Refuse(leg, status, reason):
                self._signalling.refuse(leg, status, reason)
            case HangUp(leg, reason):
                self._alarms.drop(leg)
                self._lines.free(leg)
                self._signalling.hang_up(leg, reason)
            case BringHome(leg):
                self._signalling.bring_home(leg)
            case PassDigit(leg, digit):
                self._signalling.pass_digit(leg, digit)
            case TellKey(leg, status, reason):
                self._signalling.tell_key(leg, status, reason)

    def _answer(self, call: Call, leg: str) -> None:
        party = call.party(leg)
        if party is not None:
            self._signalling.answer(leg, party.port)

    def _ring(self, call: Call, leg: str, early: bool) -> None:
        party = call.party(leg)
        if party is not None:
            self._signalling.ring(leg, party.port, early=early)

    def _telling(self, call_id: str, event: LegEvent) -> Callable[[], None]:
        """For a timer, which keeps the call's name and not the call."""

        def tell() -> None:
            self._board.tell(call_id, event)

        return tell

"""The entrance: a new inbound leg, and all that may keep it out.

Each reason is one documented error, answered with its status and counted; nothing here touches a call in
progress.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from bridge.calls import conduct
from bridge.calls.actions import Action
from bridge.calls.call import Call, Step, seat
from bridge.calls.events import Offered
from bridge.errors import BridgeError, Overload, TooManyCalls
from bridge.frozen import replace
from bridge.ports import Lines, Media, Signalling
from bridge.routing.harassment import Verdict
from bridge.routing.plan import Origin, Plan
from bridge.services.queue_desk import QueueDesk
from bridge.services.returns import Returns
from bridge.services.valve import Valve

log = structlog.get_logger(__name__)

_PHRASE: Final = {
    486: "Busy Here",
    403: "Forbidden",
    404: "Not Found",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    488: "Not Acceptable Here",
    491: "Request Pending",
    503: "Service Unavailable",
    603: "Decline",
}
"""Reason phrases of RFC 3261 §21 for what we refuse."""


class Board(Protocol):
    """The switchboard, as this room sees it."""

    route: Callable[[str, Origin], Plan]
    look: Callable[[Offered, Plan], Verdict | None]
    refused: Callable[[str], None]
    replaced: Callable[[Offered], None]
    valve: Valve
    queues: QueueDesk | None

    @property
    def full(self) -> bool:
        """No room for one more call."""

    def own(self, call_id: str, leg: str) -> None:
        """The leg is this call's from now on."""

    def settle(self, before: Call | None, call: Call, actions: tuple[Action, ...]) -> None:
        """Keep the call, then act."""


class Entrance:
    """new_id: short unique ids."""

    def __init__(
        self,
        board: Board,
        signalling: Signalling,
        media: Media,
        lines: Lines,
        returns: Returns,
        new_id: Callable[[], str],
    ) -> None:
        self._board, self._signalling, self._media = board, signalling, media
        self._lines, self._returns, self._new_id = lines, returns, new_id

    def offered(self, event: Offered) -> None:
        """A new inbound leg. Refused at the door when its number has no route or the house is full."""
        if event.replaces:
            self._board.replaced(event)
            return
        try:
            if self._board.full:
                raise Overload("no call slot left")
            self._returns.check(event)
            if self._code(event):
                return
            plan = self._board.route(event.number, event.origin)
            self._board.valve.check(emergency=plan.emergency)
            verdict = self._board.look(event, plan)
            if verdict is not None and verdict.measure == "limit" and not verdict.say:
                raise TooManyCalls("over the limit")
            port = self._media.take_port()
        except BridgeError as error:
            log.info("call.refused", leg=event.leg, why=error.id)
            self._board.refused(error.id)
            wait = (error.retry_after,) if isinstance(error, Overload) else ()
            phrase = _PHRASE.get(error.sip_status, "Refused")
            self._signalling.refuse(event.leg, error.sip_status, phrase, *wait)
            return
        call, actions = self._opened(event, plan, verdict)
        self._board.own(call.id, event.leg)
        if event.origin.kind == "trunk":
            self._lines.note(event.leg, event.origin.name)
        self._board.settle(None, seat(call, event.leg, port), actions)

    def _opened(self, event: Offered, plan: Plan, verdict: Verdict | None) -> Step:
        if verdict is not None and verdict.measure == "limit":
            return conduct.turn_away(self._new_id(), event, plan, verdict)
        if verdict is not None and verdict.targets:
            plan = replace(plan, targets=verdict.targets)
        ids = {"incident": self._new_id(), "transfer": self._new_id()}
        return conduct.open_call(self._new_id(), event, plan, **ids, caution=verdict)

    def _code(self, event: Offered) -> bool:
        """An agent dials what they want of the queues: done, and said back to them."""
        done = self._board.queues.code(event.number, event.origin) if self._board.queues is not None else None
        if done is None:
            return False
        port = self._media.take_port()
        call, actions = conduct.announce(self._new_id(), event, port, done)
        self._board.own(call.id, event.leg)
        self._board.settle(None, call, actions)
        return True

"""The one key at the switchboard, however it is pressed, and what its initiator does with the transfer then.

It decides nothing: `calls.handover` does. Here is who may press, where the press leads, and what whoever
pressed is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from bridge.calls.call import Call, Phase, Transfer
from bridge.calls.events import Cancels, LegEvent, Presses, Steers, Via, Wish
from bridge.calls.handover import open_to
from bridge.errors import BridgeError, NoSuchCall, NotTheirKey, WrongMoment
from bridge.ports import Signalling
from bridge.routing.plan import Mode, Origin, Plan

log = structlog.get_logger(__name__)

PHRASES: Final = {
    404: "Not Found",
    481: "Call/Transaction Does Not Exist",
    491: "Request Pending",
    503: "Service Unavailable",
    603: "Decline",
}
"""Reason phrases of RFC 3261 §21 for the keys refused here."""


class Board(Protocol):
    """The switchboard, as this room sees it."""

    def of_leg(self, leg: str) -> Call | None:
        """The call this leg belongs to."""

    def call(self, call_id: str) -> Call:
        """A call in progress. Raises NoSuchCall."""

    def lead(self, call: Call, event: LegEvent) -> None:
        """The event's rule, and what follows from it."""


class OneKey:
    """route: the plan for a number asked for by somebody (raises UnknownNumber); new_id: short unique ids."""

    def __init__(
        self,
        board: Board,
        signalling: Signalling,
        route: Callable[[str, Origin], Plan],
        new_id: Callable[[], str],
    ) -> None:
        self._board, self._signalling, self._route, self._new_id = board, signalling, route, new_id

    def refer(self, leg: str, number: str, at: float, plan: Plan | None = None) -> None:
        """The key by REFER. Answered 202, or with the reason why not while the call goes on (404, 491,
        603). plan: where it leads, if not by the routes."""
        try:
            transfer = self.press(leg, number, "refer", at, plan=plan)
        except BridgeError as error:
            log.info("key.refused", leg=leg, why=error.id)
            self._signalling.refuse_key(leg, error.sip_status, PHRASES.get(error.sip_status, "Decline"))
            return
        if transfer.via != "refer" or transfer.at != at:
            self._signalling.refuse_key(leg, 491, "Request Pending")

    def press(
        self, leg: str, number: str, via: Via, at: float, mode: Mode | None = None, plan: Plan | None = None
    ) -> Transfer:
        """The key, however pressed, by the person on this leg; mode: None for the route's; plan: where it
        leads if that is known. A press while a transfer is in flight gives that one back. Raises
        UnknownNumber, NoSuchCall, NotTheirKey, WrongMoment."""
        call = self._board.of_leg(leg)
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
        self._board.lead(call, Presses(leg, plan, via, self._new_id(), self._new_id(), at, mode))
        after = self._board.of_leg(call.caller.leg)
        if after is None or after.transfer is None:
            raise WrongMoment("通话正在结束，不能转接")
        return after.transfer

    def press_call(self, call_id: str, number: str, at: float, mode: Mode | None = None) -> Transfer:
        """The key over the API: by whoever is with the caller. Raises as `press`."""
        call = self._board.call(call_id)
        if call.attendant is None:
            raise WrongMoment("没有话务员在与诉求人通话")
        return self.press(call.attendant.leg, number, "api", at, mode)

    def cancel(self, call_id: str) -> Call:
        """Take the transfer in flight back. Raises as `steer`."""
        return self.steer(call_id, "cancel")

    def steer(self, call_id: str, wish: Wish) -> Call:
        """Complete, swap, join or cancel the transfer in flight. Raises NoSuchCall, and WrongMoment when
        there is none or it is not at the point."""
        call = self._board.call(call_id)
        if call.transfer is None or not call.transfer.in_flight:
            raise WrongMoment("没有正在进行的转接")
        if wish not in open_to(call.transfer):
            raise WrongMoment("现在不能这样做：对方还没有接听，或者这种转接没有这一步")
        self._board.lead(call, Cancels() if wish == "cancel" else Steers(wish))
        return self._board.of_leg(call.caller.leg) or call

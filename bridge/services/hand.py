"""The agent's hand on a call by their page, whichever telephone they have: hold, take back, hang up, keys.

It decides nothing: the call's rules do. Here is whose leg is meant, and what whoever asked is answered.
"""

from __future__ import annotations

from typing import Protocol

from bridge.calls.call import Call
from bridge.calls.events import Holds, Leaves, LegEvent, Refuses, Types
from bridge.calls.hand import may_hold
from bridge.calls.parties import Party, audio_plan
from bridge.errors import NotInCall, WrongMoment
from bridge.ports import Signalling
from bridge.routing.plan import Origin


class Board(Protocol):
    """The switchboard, as this room sees it."""

    def on(self, event: LegEvent) -> None:
        """Something happened to a leg."""

    def of_leg(self, leg: str) -> Call | None:
        """The call this leg belongs to."""

    def call(self, call_id: str) -> Call:
        """A call in progress. Raises NoSuchCall."""

    def lead(self, call: Call, event: LegEvent) -> None:
        """The event's rule, and what follows from it."""


class Hand:
    """extension: whose leg it is; None: that of whoever is with the caller (an administrator's hand)."""

    def __init__(self, board: Board, signalling: Signalling) -> None:
        self._board, self._signalling = board, signalling

    def hold(self, call_id: str, extension: str | None) -> Call:
        """The others hear music. Twice is as good as once. Raises NoSuchCall, NotInCall, WrongMoment."""
        call, party = self._mine(call_id, extension)
        if not party.held and not may_hold(call, party):
            raise WrongMoment("现在没有在与人通话，不能保持")
        self._board.lead(call, Holds(party.leg, on=True))
        return self._board.call(call_id)

    def resume(self, call_id: str, extension: str | None) -> Call:
        """The others are taken back. Raises NoSuchCall, NotInCall."""
        call, party = self._mine(call_id, extension)
        self._board.lead(call, Holds(party.leg, on=False))
        return self._board.call(call_id)

    def hang_up(self, call_id: str, extension: str | None) -> None:
        """As the telephone's own hook does: in a transfer it goes by the transfer's table; a telephone that
        still rings does not take the call. Raises NoSuchCall, NotInCall."""
        _, party = self._mine(call_id, extension)
        gone = Leaves(party.leg, "bye") if party.up else Refuses(party.leg, 486, "declined on the page")
        self._board.on(gone)
        self._signalling.hang_up(party.leg, "hung up on the page")

    def press(self, call_id: str, extension: str | None, digits: str) -> None:
        """Keys towards whoever hears the agent: 0-9, *, #, A-D. Raises NoSuchCall, NotInCall, WrongMoment."""
        call, party = self._mine(call_id, extension)
        if call.quiet:
            raise WrongMoment("线路静默，不能按键：按键音会让诉求人身边的人听到")
        plan = audio_plan(call.id, call.parties, transcribe=False)
        if not any(party.leg in leg.hears for leg in plan.legs):
            raise WrongMoment("现在没有人听得到您，不能按键")
        for digit in digits:
            now = self._board.of_leg(party.leg)
            if now is not None:
                self._board.lead(now, Types(party.leg, digit, "page"))

    def _mine(self, call_id: str, extension: str | None) -> tuple[Call, Party]:
        call = self._board.call(call_id)
        if extension is None:
            party = call.attendant
        else:
            own = Origin("agent", extension)
            party = next((each for each in call.parties if extension and each.origin == own), None)
        if party is None:
            raise NotInCall("您的分机不在这通电话里" if extension else "没有分机，或者没有话务员在这通电话里")
        return call, party

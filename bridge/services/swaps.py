"""Attended transfers at the switchboard: a leg that takes another's place, two calls that become one.

It decides nothing: `calls.replacing` and `calls.joining` do. Here is what those need of the house: the calls
the legs belong to, a port, fresh ids, and the answer to whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from bridge.calls import joining, replacing
from bridge.calls.actions import Action
from bridge.calls.call import Call
from bridge.calls.events import Offered
from bridge.errors import BridgeError, NoSuchCall, NotEntitled
from bridge.ports import Media, Signalling
from bridge.routing.plan import Plan, Target
from bridge.services.witnesses import Witnesses

log = structlog.get_logger(__name__)

RING_SECONDS: Final = 30
ANSWER_WITHIN: Final = 4
"""Of a dialog at an exchange: routes, which say it otherwise, have no part in it. Seconds."""
PHRASES: Final = {
    403: "Forbidden",
    481: "Call/Transaction Does Not Exist",
    491: "Request Pending",
    503: "Service Unavailable",
    603: "Decline",
}
"""Reason phrases of RFC 3261 §21 for what is refused here."""


class Board(Protocol):
    """The switchboard, as this room sees it."""

    witnesses: Witnesses
    refused: Callable[[str], None]

    def of_leg(self, leg: str) -> Call | None:
        """The call this leg belongs to."""

    def refer(self, leg: str, number: str, at: float, plan: Plan | None = None) -> None:
        """The key by REFER."""

    def keep(self, before: Call, after: Call, actions: tuple[Action, ...]) -> None:
        """The call is so now; do these."""


class Swaps:
    """new_id gives short unique ids."""

    def __init__(self, board: Board, signalling: Signalling, media: Media, new_id: Callable[[], str]) -> None:
        self._board, self._signalling, self._media, self._new_id = board, signalling, media, new_id

    def replaced(self, event: Offered) -> None:
        """An INVITE with Replaces, checked by the SIP floor: the newcomer takes the place, or is refused."""
        try:
            call = self._call(event.replaces)
            party = call.party(event.replaces)
            if party is None or not replacing.entitled(event.origin, party):
                raise NotEntitled("不能代替别人的话路")
            port = self._media.take_port()
        except BridgeError as error:
            log.info("replace.refused", leg=event.leg, why=error.id)
            self._board.refused(error.id)
            self._signalling.refuse(event.leg, error.sip_status, PHRASES.get(error.sip_status, "Decline"))
            return
        ids = {"incident": self._new_id(), "transfer": self._new_id()}
        after, actions = replacing.take_place(call, event.replaces, event, port, **ids)
        log.info("leg.replaced", call=call.id, leg=event.replaces, by=event.leg)
        self._board.keep(call, after, actions)

    def joined(self, leg: str, other: str, at: float) -> None:
        """REFER on `leg` to the far end of `other`, both ours: answered 202 and its outcome, or refused while
        both calls go on."""
        try:
            mine, theirs = self._call(leg), self._call(other)
            ids = {"incident": self._new_id(), "transfer": self._new_id()}
            made = joining.join((mine, leg), (theirs, other), at=at, **ids)
        except BridgeError as error:
            log.info("key.refused", leg=leg, why=error.id)
            self._signalling.refuse_key(leg, error.sip_status, PHRASES.get(error.sip_status, "Decline"))
            return
        self._signalling.accept_key(leg)
        kept, gives = (mine, theirs) if made.call.id == mine.id else (theirs, mine)
        log.info("calls.joined", call=kept.id, other=gives.id)
        if made.ticket:  # at the press, while the agent is still the one the caller is with
            self._board.witnesses.of_transfer(
                made.pressed, ids["transfer"], lambda who, transfer: who.opened(made.pressed, transfer)
            )
        # The call that takes the leg first: to the media process a leg is whose plan names it last.
        self._board.keep(kept, made.call, made.actions)
        self._board.keep(gives, made.gave, made.gave_actions)

    def beyond(self, leg: str, number: str, trunk: str, replaces: str, at: float) -> None:
        """REFER on `leg` to a dialog at an exchange of ours: the key, to that very dialog."""
        call = self._board.of_leg(leg)
        reason = f"话机指定的通话，在中继 {trunk} 上"
        target = Target("trunk", number, trunk, RING_SECONDS, ANSWER_WITHIN, reason, replaces=replaces)
        platform = call.platform if call is not None else ""
        self._board.refer(leg, number, at, Plan("", number, platform, "direct", (target,)))

    def _call(self, leg: str) -> Call:
        call = self._board.of_leg(leg)
        if call is None:
            raise NoSuchCall("这通电话已经结束")
        return call

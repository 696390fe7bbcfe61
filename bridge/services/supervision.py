"""Supervisors at the switchboard: who may come into which call, turn to another mode, and leave.

It decides nothing of the call itself: `calls.supervising` does. No telephone rings and no mode changes before
that is on record; what comes of it then is `watches`'.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bridge.calls.actions import Parting, SupervisorGone
from bridge.calls.call import Call
from bridge.calls.events import LegEvent
from bridge.calls.supervising import OPEN_IN, alone_with
from bridge.calls.supervisors import (
    TABLE,
    Supervises,
    Supervisor,
    SupervisorMode,
    Turns,
    Withdraws,
    leg_name,
)
from bridge.errors import (
    AlreadySupervised,
    NoSuchAgent,
    NoSuchCall,
    NoSuchSupervisor,
    NotAllowed,
    SupervisorUnreachable,
    WrongMoment,
)
from bridge.routing.plan import Origin, Target
from bridge.services.watches import Visitor, Watch, Watches

log = structlog.get_logger(__name__)

PATIENCE: Final = 3.0
"""Seconds whoever asks waits to hear that the telephone rings, or why it does not."""
_NOT_TAKEN: Final[dict[Parting, str]] = {
    "busy": "正忙",
    "silent": "没有人接",
    "dead": "没有应答：可能断电或断网了",
    "refused": "拒绝了",
}


class Board(Protocol):
    """The switchboard, as this room sees it."""

    watching: Callable[[Call, SupervisorGone], None]

    def call(self, call_id: str) -> Call:
        """A call in progress. Raises NoSuchCall."""

    def lead(self, call: Call, event: LegEvent) -> None:
        """The event's rule, and what follows from it."""


@dataclass(frozen=True, slots=True)
class House:
    """phone: extension -> how it is rung, None for an unknown one; reachable: whether it can be; home: whose
    platform's an extension is. most: supervisors in one call at once."""

    phone: Callable[[str], Target | None]
    reachable: Callable[[str], bool]
    home: Callable[[Origin], str | None]
    most: int


class Supervision:
    """patience: see PATIENCE."""

    def __init__(self, board: Board, house: House, watches: Watches, patience: float = PATIENCE) -> None:
        self._board, self._house, self.watches, self._patience = board, house, watches, patience
        board.watching = watches.gone

    async def start(self) -> None:
        """Nothing to do; for the sake of its end."""

    async def stop(self) -> None:
        """The house closes: until when they listened is put on record."""
        self.watches.end_all()

    async def begin(self, call_id: str, mode: SupervisorMode, extension: str, by: Visitor) -> Supervisor:
        """Ring that telephone for the call; told as soon as it rings or is answered. Raises NoSuchCall,
        NoSuchAgent, WrongMoment, AlreadySupervised, SupervisorUnreachable, NotAudited."""
        self._may(call_id, extension, by)
        await self.watches.keep(by, "monitor.asked", call_id, f"{mode} {extension}")
        target = self._may(call_id, extension, by)  # the record may have taken a while
        call = self._board.call(call_id)
        watch = Watch(call_id, leg_name(call_id, call.watched + 1), by, extension, mode)
        self.watches.add(watch)
        self._board.lead(call, Supervises(target, mode, by.who.platform))
        log.info("call.supervised", call=call_id, leg=watch.leg, mode=mode, by=by.who.name)
        return await self._outcome(watch)

    async def turn(self, call_id: str, leg: str, mode: SupervisorMode, by: Visitor) -> Supervisor:
        """Another mode. Raises NoSuchCall, NoSuchSupervisor, NotAllowed, WrongMoment, NotAudited."""
        supervisor = self._own(call_id, leg, by)
        if supervisor.mode == mode:
            return supervisor
        await self.watches.keep(by, "monitor.turned", call_id, f"{mode} {leg}")
        self._own(call_id, leg, by)
        call = self._board.call(call_id)
        if alone_with(call, leg) and not TABLE[mode].company:
            raise WrongMoment("诉求人现在只有您在陪着，不能退到一旁；要结束就挂机")
        self._board.lead(call, Turns(leg, mode))
        log.info("call.supervised", call=call_id, leg=leg, mode=mode, by=by.who.name)
        return self._own(call_id, leg, by)

    def leave(self, call_id: str, leg: str, by: Visitor) -> None:
        """The leg goes. Raises NoSuchCall, NoSuchSupervisor, NotAllowed."""
        self._own(call_id, leg, by)
        self._board.lead(self._board.call(call_id), Withdraws(leg))

    async def _outcome(self, watch: Watch) -> Supervisor:
        parting: Parting | None = None
        try:
            async with asyncio.timeout(self._patience):
                parting = await watch.told
        except TimeoutError:
            log.info("call.supervisor_silent", call=watch.call, leg=watch.leg)
        supervisor = self._board.call(watch.call).supervisor(watch.leg) if parting != "over" else None
        if parting == "over":
            raise NoSuchCall("通话在班长接入之前结束了")
        if supervisor is None:
            raise SupervisorUnreachable(
                f"分机 {watch.extension} {_NOT_TAKEN.get(parting or 'left', '挂断了')}"
            )
        return supervisor

    def _may(self, call_id: str, extension: str, by: Visitor) -> Target:
        call, target, own = (
            self._board.call(call_id),
            self._house.phone(extension),
            Origin("agent", extension),
        )
        if target is None or (by.who.platform and self._house.home(own) != by.who.platform):
            raise NoSuchAgent(f"没有分机 {extension}，或者不是本平台的")
        if call.phase not in OPEN_IN:
            raise WrongMoment("还没有人与诉求人通话，没有可听的")
        if any(party.origin == own for party in call.parties):
            raise AlreadySupervised(f"分机 {extension} 自己就在这通电话里")
        self._room(call, extension, by)
        if not self._house.reachable(extension):
            raise SupervisorUnreachable(f"分机 {extension} 没有注册，或者它的中继不通")
        return target

    def _room(self, call: Call, extension: str, by: Visitor) -> None:
        mine = next((each for each in self.watches if _same(each, extension, by)), None)
        if mine is not None:
            raise AlreadySupervised(f"已经在听通话 {mine.call}（{mine.leg}）")
        if len(call.supervisors) >= self._house.most:
            raise AlreadySupervised(f"这通电话已有 {len(call.supervisors)} 位班长，不能再多")

    def _own(self, call_id: str, leg: str, by: Visitor) -> Supervisor:
        supervisor, watch = self._board.call(call_id).supervisor(leg), self.watches.get(leg)
        if supervisor is None or watch is None:
            raise NoSuchSupervisor("这通电话里没有这一路监听，或者已经退出")
        if watch.by.who.digest != by.who.digest and "admin" not in by.who.may:
            raise NotAllowed("another supervisor's leg")
        return supervisor


def _same(watch: Watch, extension: str, by: Visitor) -> bool:
    """One person, or one telephone. Tokens and this machine speak for many people."""
    return watch.extension == extension or (by.who.kind == "user" and watch.by.who.digest == by.who.digest)

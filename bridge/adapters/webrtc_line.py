"""Calls at telephones in the page: what is known of each, and the rule at work on it.

What the rooms around it share (`webrtc_legs`: what calls and pages want; `webrtc_news`: what the webrtc
process tells). It decides nothing: what an event leads to is `softphone.table`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from bridge.adapters.metrics import PHONE_AWAY, PHONE_ENDS, PHONE_GONE, PHONE_LEGS
from bridge.adapters.phone_book import PhoneBook
from bridge.adapters.webrtc_client import WebrtcClient
from bridge.calls.events import Answers, Leaves, LegEvent, Offered, Refuses, Reoffers
from bridge.frozen import replace
from bridge.media.browser import Aim, Close, Open
from bridge.ports import Handle, Timers
from bridge.sip.sdp import Audio
from bridge.softphone.table import Do, Event, State, step

log = structlog.get_logger(__name__)

CONNECT_SECONDS: Final = 8.0
"""From a page's offer until its voice is there: 0.2 s as a rule; ICE's repetitions end after some five."""
PAGE_SECONDS: Final = 4.0
"""How long a telephone rings without a page: one that is loaded anew is back in two."""
NOBODY: Final = (480, "Temporarily Unavailable")


class Listener(Protocol):
    """Who is told what legs do: the switchboard."""

    def offered(self, event: Offered) -> None:
        """A new inbound leg."""

    def on(self, event: LegEvent) -> None:
        """News of a leg."""

    def digit(self, leg: str, digit: str, at: float) -> None:
        """A key of the telephone."""


@dataclass
class BrowserLeg:
    """One call at a telephone. port: the media process's RTP port, 0: not known; number: what it calls, ""
    for a call that came to it; audio: None before the first answer to the page; offered: the switchboard
    knows the leg as one that speaks; why: for the page, when over."""

    name: str
    extension: str
    state: State
    shown: dict[str, str]
    port: int = 0
    number: str = ""
    audio: Audio | None = None
    turn: int = 0
    sdp: str = ""
    held: bool = False
    offered: bool = False
    talked: bool = False
    why: str = ""
    clock: Handle | None = None


class PageLine:
    """client: the webrtc process; return_seconds: how long a voice may be gone. legs: by name; at: by
    extension; book, listener: set by who builds it."""

    def __init__(self, client: WebrtcClient, return_seconds: float, timers: Timers) -> None:
        self.client, self._return_seconds, self._timers = client, return_seconds, timers
        self.legs: dict[str, BrowserLeg] = {}
        self.at: dict[str, BrowserLeg] = {}
        self.book: PhoneBook
        self.listener: Listener | None = None

    def end(self, name: str, why: str) -> None:
        """The call has no more use for this leg; harmless when it is gone."""
        leg = self.legs.get(name)
        if leg is not None:
            leg.why = why
            self.happens(leg, Event.ENDS)

    def happens_at(self, extension: str, event: Event) -> None:
        """Something happens to whatever call is at this telephone."""
        leg = self.at.get(extension)
        if leg is not None:
            self.happens(leg, event)

    def failed(self, leg: BrowserLeg, turn: int, why: str) -> None:
        """What the page offered in this turn came to nothing, or ended."""
        if turn != leg.turn:
            return
        log.info("phone.failed", leg=leg.name, why=why)
        leg.why = why
        unasked = leg.number and not leg.offered  # nobody was called yet: there is nothing to save
        self.happens(leg, Event.TIME_IS_UP if unasked else Event.LOST)

    def happens(self, leg: BrowserLeg, event: Event) -> None:
        """The rule, and what follows from it."""
        before = leg.state
        leg.state, deeds = step(before, event)
        if leg.state is not before:
            log.info("phone.leg", leg=leg.name, was=before.value, state=leg.state.value, why=event.value)
            self._count(before, leg.state)
        leg.talked = leg.talked or leg.state is State.TALKING
        if leg.state is State.OVER:
            self._remove(leg)
        for deed in deeds:
            self._do(leg, deed)

    def _count(self, before: State, after: State) -> None:
        if before is State.AWAY:
            PHONE_AWAY.labels("back" if after is State.TALKING else "over").inc()
            PHONE_GONE.dec()
        elif after is State.AWAY:
            PHONE_GONE.inc()

    def _do(self, leg: BrowserLeg, deed: Do) -> None:
        match deed:
            case Do.OPEN:
                self._open(leg)
            case Do.CLOSE:
                self.client.order(Close(leg.name))
            case Do.RING:
                self.tell(leg, "ring")
            case Do.SAY_TALKING:
                self.tell(leg, "talking")
            case Do.SAY_AWAY:
                self.tell(leg, "away", seconds=self._return_seconds)
            case Do.SAY_OVER:
                self.tell(leg, "over", why=leg.why)
            case Do.MUSIC | Do.VOICE:
                self.reoffers(leg)
            case Do.CONNECT_CLOCK | Do.RETURN_CLOCK | Do.PAGE_CLOCK | Do.STOP_CLOCK:
                self._set_clock(leg, deed)
            case _:
                self._report(leg, deed)

    def _report(self, leg: BrowserLeg, deed: Do) -> None:
        match deed:
            case Do.ANSWERED:
                leg.offered = True
                self.hear(Answers(leg.name, self._audio(leg)))
            case Do.DECLINED:
                self.hear(Refuses(leg.name, 486, "Busy Here"))
            case Do.UNREACHABLE:
                self.hear(Refuses(leg.name, *NOBODY))
            case Do.LEFT:
                self.hear(Leaves(leg.name, "bye" if leg.talked else "cancel"))
            case Do.DEAD:
                log.warning("leg.dead", leg=leg.name, why=leg.why, seconds=self._return_seconds)
                self.hear(Leaves(leg.name, "lost"))

    def _open(self, leg: BrowserLeg) -> None:
        leg.turn += 1
        sdp, leg.sdp = leg.sdp, ""
        if not self.client.order(Open(leg.name, leg.turn, sdp)):
            turn = leg.turn
            self.soon(lambda: self.failed(leg, turn, "fault"))

    def _set_clock(self, leg: BrowserLeg, deed: Do) -> None:
        if leg.clock is not None:
            leg.clock.cancel()
            leg.clock = None
        seconds = {
            Do.CONNECT_CLOCK: CONNECT_SECONDS,
            Do.RETURN_CLOCK: self._return_seconds,
            Do.PAGE_CLOCK: PAGE_SECONDS,
        }.get(deed)
        if seconds is not None:
            leg.clock = self._timers.after(seconds, lambda: self._time_is_up(leg))

    def _time_is_up(self, leg: BrowserLeg) -> None:
        leg.clock, leg.why = None, leg.why or "no-return"
        self.happens(leg, Event.TIME_IS_UP)

    def add(self, leg: BrowserLeg) -> None:
        """A call more."""
        self.legs[leg.name] = self.at[leg.extension] = leg
        PHONE_LEGS.set(len(self.legs))

    def _remove(self, leg: BrowserLeg) -> None:
        self._set_clock(leg, Do.STOP_CLOCK)
        self.legs.pop(leg.name, None)
        if self.at.get(leg.extension) is leg:
            del self.at[leg.extension]
        PHONE_LEGS.set(len(self.legs))
        known = leg.why in {"self", "not-connected", "no-return", "webrtc-gone"}
        PHONE_ENDS.labels(leg.why if known else "call").inc()

    def aim(self, leg: BrowserLeg, port: int) -> None:
        """The media process's RTP port."""
        leg.port = port
        self.client.order(Aim(leg.name, port))

    def _audio(self, leg: BrowserLeg) -> Audio | None:
        """The page's side as the call is told: who is gone neither sends nor is sent to."""
        return leg.audio and replace(
            leg.audio, direction="inactive" if leg.state is State.AWAY else "sendrecv"
        )

    def reoffers(self, leg: BrowserLeg) -> None:
        """The call is told how the page's side is now."""
        audio = self._audio(leg)
        if audio is not None and leg.offered:
            self.hear(Reoffers(leg.name, audio))

    def tell(self, leg: BrowserLeg, kind: str, **more: Any) -> None:
        """To the page that has the telephone."""
        self.book.tell(leg.extension, {"type": kind, **leg.shown, **more})

    def hear(self, event: LegEvent) -> None:
        """To the switchboard."""
        if self.listener is not None:
            self.listener.on(event)

    def soon(self, then: Callable[[], None]) -> None:
        """In a turn of its own."""
        self._timers.after(0.0, then)

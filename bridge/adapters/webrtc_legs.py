"""Legs of telephones in the page for the switchboard: the Signalling port over pages and the webrtc process.

The second door beside SIP: to a call its legs are legs like any other. It decides nothing about a call; what
a page's deed or its voice leads to is `softphone.table`'s. Offers of pages are answered by the webrtc
process, which is one plain RTP peer more to the media process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from bridge.adapters.metrics import PHONE_AWAY, PHONE_ENDS, PHONE_GONE, PHONE_LEGS
from bridge.adapters.phone_book import PhoneBook
from bridge.adapters.webrtc_client import WebrtcClient
from bridge.calls.events import Answers, Holds, Leaves, LegEvent, Lives, Offered, Refuses, Reoffers, Rings
from bridge.clock import Clock
from bridge.errors import WrongMoment
from bridge.frozen import replace
from bridge.media.browser import Aim, Candidate, Close, Failed, Heard, Open, Opened, Told, Up
from bridge.ports import DialOrder, Handle, Timers
from bridge.routing.plan import Origin
from bridge.sip.sdp import STATIC, Audio
from bridge.softphone.table import Do, Event, State, step
from bridge.softphone.words import Said

log = structlog.get_logger(__name__)

CONNECT_SECONDS: Final = 8.0
"""From a page's offer until its voice is there: 0.2 s as a rule; ICE's repetitions end after some five."""
PAGE_SECONDS: Final = 4.0
"""How long a telephone rings without a page: one that is loaded anew is back in two."""
NEW: Final = "new"
"""What a page calls a call it makes, until it is told the call's id."""
_NOBODY: Final = (480, "Temporarily Unavailable")


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


class BrowserLegs:
    """book: who has which telephone; client: the webrtc process; near: our address next to the media process;
    about: what a page is shown of a leg's call (at least `call`, its id); name_of: an extension's person;
    return_seconds: how long a voice may be gone; new_id: short unique ids."""

    def __init__(
        self,
        *,
        client: WebrtcClient,
        near: str,
        about: Callable[[str], dict[str, str]],
        name_of: Callable[[str], str],
        return_seconds: float,
        timers: Timers,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._client, self._near, self._about, self._name_of = client, near, about, name_of
        self._return_seconds, self._timers, self._clock, self._new_id = return_seconds, timers, clock, new_id
        self._legs: dict[str, BrowserLeg] = {}
        self._at: dict[str, BrowserLeg] = {}
        self.book: PhoneBook
        self.listener: Listener | None = None

    # --- what the router and the book ask -----------------------------------------------------------------

    def has(self, leg: str) -> bool:
        """Whether the leg is one of ours."""
        return leg in self._legs

    def speaks(self, extension: str) -> bool:
        """Whether a call's voice is there."""
        leg = self._at.get(extension)
        return leg is not None and leg.state is State.TALKING

    def view(self, extension: str) -> dict[str, Any] | None:
        """The call at this telephone, as its page is told; None without one."""
        leg = self._at.get(extension)
        if leg is None:
            return None
        return {**leg.shown, "state": leg.state.value, "held": leg.held, "outgoing": bool(leg.number)}

    def page_gone(self, extension: str) -> None:
        """No page has the telephone any more."""
        self._happens_at(extension, Event.PAGE_GONE)

    def page_back(self, extension: str) -> None:
        """One has it again; it is shown the call by its greeting."""
        self._happens_at(extension, Event.PAGE_BACK)

    # --- the Signalling port ------------------------------------------------------------------------------

    def dial(self, leg: str, order: DialOrder) -> None:
        """Ring in the page."""
        extension = order.target.number
        if extension in self._at:
            self._soon(lambda: self._hear(Refuses(leg, 486, "Busy Here")))
            return
        shown = {"caller": order.caller, "display": order.display, **self._about(leg)}
        self._add(BrowserLeg(leg, extension, State.RINGING, shown, order.port))
        self._tell(self._legs[leg], "ring")
        self._soon(lambda: self._rings(leg))

    def move(self, leg: str, on: str, order: DialOrder) -> None:
        """A page moves no calls."""
        self._soon(lambda: self._hear(Refuses(leg, *_NOBODY)))

    def ring(self, leg: str, port: int, *, early: bool) -> None:
        """Whom the page calls is rung. early: it hears the other network's tones itself."""
        found = self._legs.get(leg)
        if found is not None:
            self._aim(found, port)
            self._tell(found, "ringing", early=early)

    def answer(self, leg: str, port: int) -> None:
        """The call the page made is answered."""
        found = self._legs.get(leg)
        if found is not None:
            self._aim(found, port)
            self._happens(found, Event.TAKEN)

    def refuse(self, leg: str, status: int, reason: str, retry_after: int | None = None) -> None:
        """The call the page made comes to nothing."""
        self._end(leg, str(status))

    def hang_up(self, leg: str, reason: str) -> None:
        """The call has no more use for it."""
        self._end(leg, reason)

    def bring_home(self, leg: str) -> None:
        """It is never anywhere else."""

    def pass_digit(self, leg: str, digit: str) -> None:
        """A key somebody else pressed is shown."""
        found = self._legs.get(leg)
        if found is not None:
            self._tell(found, "digit", digit=digit)

    def accept_key(self, leg: str) -> None:
        """A page's key is no REFER."""

    def refuse_key(self, leg: str, status: int, reason: str) -> None:
        """Nor is it refused so."""

    def tell_key(self, leg: str, status: int, reason: str) -> None:
        """A page sees how a transfer goes on the event socket."""

    # --- what pages say -----------------------------------------------------------------------------------

    def said(self, extension: str, said: Said) -> None:
        """A message about a call, by the page that has the telephone. Raises WrongMoment."""
        if said.kind == "call":
            self._calls(extension, said)
            return
        leg = self._at.get(extension)
        if leg is None or said["call"] != leg.shown.get("call", NEW):
            raise WrongMoment("没有这通电话，或者已经结束")
        match said.kind:
            case "answer" | "offer":
                leg.sdp = said["sdp"]
                self._happens(leg, Event.OFFERS)
            case "candidate":
                self._client.order(Candidate(leg.name, said["candidate"], said["mid"] or "0"))
            case "hangup":
                leg.why = "self"
                self._happens(leg, Event.HANGS_UP)
            case "digits":
                self._types(leg, said["digits"])
            case "hold" | "resume":
                self._holds(leg, hold=said.kind == "hold")

    def _calls(self, extension: str, said: Said) -> None:
        if extension in self._at:
            raise WrongMoment("还有一通电话没有结束，不能再拨")
        shown = {"number": said["number"]}
        leg = BrowserLeg(
            self._new_id(), extension, State.CALLING, shown, number=said["number"], sdp=said["sdp"]
        )
        self._add(leg)
        self._happens(leg, Event.OFFERS)

    def _types(self, leg: BrowserLeg, digits: str) -> None:
        if leg.state not in (State.TALKING, State.CALLING) or not leg.offered:
            raise WrongMoment("还没有接通，不能按键")
        for digit in digits:
            if self.listener is not None:
                self.listener.digit(leg.name, digit, self._clock.monotonic())

    def _holds(self, leg: BrowserLeg, *, hold: bool) -> None:
        if leg.state is not State.TALKING:
            raise WrongMoment("没有在通话，不能保持")
        leg.held = hold
        self._hear(Holds(leg.name, on=hold))
        self._tell(leg, "held", on=hold)

    # --- what the webrtc process tells --------------------------------------------------------------------

    def told(self, news: Told) -> None:
        """One piece of its news; those of legs that are over are nobody's."""
        leg = self._legs.get(news.leg)
        if leg is None:
            return
        match news:
            case Opened(_, turn, sdp) if turn == leg.turn:
                self._opened(leg, news, sdp)
            case Up(_, turn) if turn == leg.turn:
                self._happens(leg, Event.CONNECTED)
            case Heard(_, there):
                self._happens(leg, Event.CONNECTED if there else Event.LOST)
            case Failed(_, turn, why) if turn == leg.turn:
                log.info("phone.failed", leg=leg.name, why=why)
                leg.why = why
                unasked = leg.number and not leg.offered  # nobody was called yet: there is nothing to save
                self._happens(leg, Event.TIME_IS_UP if unasked else Event.LOST)

    def process_gone(self) -> None:
        """It is gone with every connection; calls that ring have none yet."""
        for leg in list(self._legs.values()):
            if leg.state is not State.RINGING:
                leg.why = "webrtc-gone"
                self._happens(leg, Event.LOST)

    def process_there(self) -> None:
        """A new one: pages whose calls go on offer anew."""
        for leg in self._legs.values():
            if leg.state is not State.RINGING:
                self._tell(leg, "renegotiate")

    def _opened(self, leg: BrowserLeg, news: Opened, sdp: str) -> None:
        before, number = leg.audio, STATIC[news.codec]
        leg.audio = Audio((self._near, news.port), news.codec, number, None, "sendrecv")
        if leg.port:
            self._client.order(Aim(leg.name, leg.port))
        self._tell(leg, "answer", sdp=sdp)
        if leg.number and not leg.offered:
            self._offers(leg, leg.audio)
        elif before is not None and before != leg.audio:
            self._reoffers(leg)

    def _offers(self, leg: BrowserLeg, audio: Audio) -> None:
        leg.offered = True
        origin, name = Origin("agent", leg.extension), self._name_of(leg.extension)
        at = self._clock.monotonic()
        if self.listener is not None:
            self.listener.offered(Offered(leg.name, leg.number, leg.extension, name, origin, audio, at))
        if leg.name in self._legs:  # else it was refused
            leg.shown |= self._about(leg.name)
            self._tell(leg, "calling")

    # --- the rule, and what follows from it ---------------------------------------------------------------

    def _end(self, name: str, why: str) -> None:
        leg = self._legs.get(name)
        if leg is not None:
            leg.why = why
            self._happens(leg, Event.ENDS)

    def _happens_at(self, extension: str, event: Event) -> None:
        leg = self._at.get(extension)
        if leg is not None:
            self._happens(leg, event)

    def _happens(self, leg: BrowserLeg, event: Event) -> None:
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
                self._client.order(Close(leg.name))
            case Do.RING:
                self._tell(leg, "ring")
            case Do.SAY_TALKING:
                self._tell(leg, "talking")
            case Do.SAY_AWAY:
                self._tell(leg, "away", seconds=self._return_seconds)
            case Do.SAY_OVER:
                self._tell(leg, "over", why=leg.why)
            case Do.MUSIC | Do.VOICE:
                self._reoffers(leg)
            case Do.CONNECT_CLOCK | Do.RETURN_CLOCK | Do.PAGE_CLOCK | Do.STOP_CLOCK:
                self._set_clock(leg, deed)
            case _:
                self._report(leg, deed)

    def _report(self, leg: BrowserLeg, deed: Do) -> None:
        match deed:
            case Do.ANSWERED:
                leg.offered = True
                self._hear(Answers(leg.name, self._audio(leg)))
            case Do.DECLINED:
                self._hear(Refuses(leg.name, 486, "Busy Here"))
            case Do.UNREACHABLE:
                self._hear(Refuses(leg.name, *_NOBODY))
            case Do.LEFT:
                self._hear(Leaves(leg.name, "bye" if leg.talked else "cancel"))
            case Do.DEAD:
                log.warning("leg.dead", leg=leg.name, why=leg.why, seconds=self._return_seconds)
                self._hear(Leaves(leg.name, "lost"))

    def _open(self, leg: BrowserLeg) -> None:
        leg.turn += 1
        sdp, leg.sdp = leg.sdp, ""
        if not self._client.order(Open(leg.name, leg.turn, sdp)):
            self._soon(lambda: self.told(Failed(leg.name, leg.turn, "fault")))

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
        self._happens(leg, Event.TIME_IS_UP)

    def _add(self, leg: BrowserLeg) -> None:
        self._legs[leg.name] = self._at[leg.extension] = leg
        PHONE_LEGS.set(len(self._legs))

    def _remove(self, leg: BrowserLeg) -> None:
        self._set_clock(leg, Do.STOP_CLOCK)
        self._legs.pop(leg.name, None)
        if self._at.get(leg.extension) is leg:
            del self._at[leg.extension]
        PHONE_LEGS.set(len(self._legs))
        known = leg.why in {"self", "not-connected", "no-return", "webrtc-gone"}
        PHONE_ENDS.labels(leg.why if known else "call").inc()

    def _aim(self, leg: BrowserLeg, port: int) -> None:
        leg.port = port
        self._client.order(Aim(leg.name, port))

    def _audio(self, leg: BrowserLeg) -> Audio | None:
        """The page's side as the call is told: who is gone neither sends nor is sent to."""
        return leg.audio and replace(
            leg.audio, direction="inactive" if leg.state is State.AWAY else "sendrecv"
        )

    def _reoffers(self, leg: BrowserLeg) -> None:
        audio = self._audio(leg)
        if audio is not None and leg.offered:
            self._hear(Reoffers(leg.name, audio))

    def _rings(self, leg: str) -> None:
        if leg in self._legs:
            self._hear(Lives(leg))
            self._hear(Rings(leg))

    def _tell(self, leg: BrowserLeg, kind: str, **more: Any) -> None:
        self.book.tell(leg.extension, {"type": kind, **leg.shown, **more})

    def _hear(self, event: LegEvent) -> None:
        if self.listener is not None:
            self.listener.on(event)

    def _soon(self, then: Callable[[], None]) -> None:
        self._timers.after(0.0, then)

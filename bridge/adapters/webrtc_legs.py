"""Legs of telephones in the page for the switchboard: the Signalling port over pages and the webrtc process.

The second door beside SIP: to a call its legs are legs like any other. Here is what calls want of a telephone
and what its page says; how it goes is `webrtc_line`'s. Offers of pages are answered by the webrtc process,
which is one plain RTP peer more to the media process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bridge.adapters.phone_book import PhoneBook
from bridge.adapters.webrtc_client import WebrtcClient
from bridge.adapters.webrtc_line import NOBODY, BrowserLeg, Listener, PageLine
from bridge.adapters.webrtc_news import WebrtcNews
from bridge.calls.events import Holds, Lives, Refuses, Rings
from bridge.clock import Clock
from bridge.errors import WrongMoment
from bridge.media.browser import Candidate
from bridge.ports import DialOrder, Timers
from bridge.softphone.table import Event, State
from bridge.softphone.words import Said

NEW: Final = "new"
"""What a page calls a call it makes, until it is told the call's id."""


class BrowserLegs:
    """client: the webrtc process; near: our address next to the media process; about: what a page is shown of
    a leg's call (at least `call`, its id); name_of: an extension's person; return_seconds: how long a voice
    may be gone; new_id: short unique ids. book: who has which telephone, set by who builds it."""

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
        self._about, self._clock, self._new_id = about, clock, new_id
        self._line = PageLine(client, return_seconds, timers)
        news = WebrtcNews(self._line, near, about, name_of, clock)
        self.told, self.process_gone, self.process_there = news.told, news.process_gone, news.process_there

    @property
    def book(self) -> PhoneBook:
        """Who has which telephone."""
        return self._line.book

    @book.setter
    def book(self, book: PhoneBook) -> None:
        self._line.book = book

    @property
    def listener(self) -> Listener | None:
        """Who is told what legs do."""
        return self._line.listener

    @listener.setter
    def listener(self, listener: Listener | None) -> None:
        self._line.listener = listener

    # --- what the router and the book ask -----------------------------------------------------------------

    def has(self, leg: str) -> bool:
        """Whether the leg is one of ours."""
        return leg in self._line.legs

    def speaks(self, extension: str) -> bool:
        """Whether a call's voice is there."""
        leg = self._line.at.get(extension)
        return leg is not None and leg.state is State.TALKING

    def view(self, extension: str) -> dict[str, Any] | None:
        """The call at this telephone, as its page is told; None without one."""
        leg = self._line.at.get(extension)
        if leg is None:
            return None
        return {**leg.shown, "state": leg.state.value, "held": leg.held, "outgoing": bool(leg.number)}

    def page_gone(self, extension: str) -> None:
        """No page has the telephone any more."""
        self._line.happens_at(extension, Event.PAGE_GONE)

    def page_back(self, extension: str) -> None:
        """One has it again; it is shown the call by its greeting."""
        self._line.happens_at(extension, Event.PAGE_BACK)

    # --- the Signalling port ------------------------------------------------------------------------------

    def dial(self, leg: str, order: DialOrder) -> None:
        """Ring in the page."""
        extension = order.target.number
        if extension in self._line.at:
            self._line.soon(lambda: self._line.hear(Refuses(leg, 486, "Busy Here")))
            return
        shown = {"caller": order.caller, "display": order.display, **self._about(leg)}
        self._line.add(BrowserLeg(leg, extension, State.RINGING, shown, order.port))
        self._line.tell(self._line.legs[leg], "ring")
        self._line.soon(lambda: self._rings(leg))

    def move(self, leg: str, on: str, order: DialOrder) -> None:
        """A page moves no calls."""
        self._line.soon(lambda: self._line.hear(Refuses(leg, *NOBODY)))

    def ring(self, leg: str, port: int, *, early: bool) -> None:
        """Whom the page calls is rung. early: it hears the other network's tones itself."""
        found = self._line.legs.get(leg)
        if found is not None:
            self._line.aim(found, port)
            self._line.tell(found, "ringing", early=early)

    def answer(self, leg: str, port: int) -> None:
        """The call the page made is answered."""
        found = self._line.legs.get(leg)
        if found is not None:
            self._line.aim(found, port)
            self._line.happens(found, Event.TAKEN)

    def refuse(self, leg: str, status: int, reason: str, retry_after: int | None = None) -> None:
        """The call the page made comes to nothing."""
        self._line.end(leg, str(status))

    def hang_up(self, leg: str, reason: str) -> None:
        """The call has no more use for it."""
        self._line.end(leg, reason)

    def bring_home(self, leg: str) -> None:
        """It is never anywhere else."""

    def pass_digit(self, leg: str, digit: str) -> None:
        """A key somebody else pressed is shown."""
        found = self._line.legs.get(leg)
        if found is not None:
            self._line.tell(found, "digit", digit=digit)

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
        leg = self._line.at.get(extension)
        if leg is None or said["call"] != leg.shown.get("call", NEW):
            raise WrongMoment("没有这通电话，或者已经结束")
        match said.kind:
            case "answer" | "offer":
                leg.sdp = said["sdp"]
                self._line.happens(leg, Event.OFFERS)
            case "candidate":
                self._line.client.order(Candidate(leg.name, said["candidate"], said["mid"] or "0"))
            case "hangup":
                leg.why = "self"
                self._line.happens(leg, Event.HANGS_UP)
            case "digits":
                self._types(leg, said["digits"])
            case "hold" | "resume":
                self._holds(leg, hold=said.kind == "hold")

    def _calls(self, extension: str, said: Said) -> None:
        if extension in self._line.at:
            raise WrongMoment("还有一通电话没有结束，不能再拨")
        shown = {"number": said["number"]}
        leg = BrowserLeg(
            self._new_id(), extension, State.CALLING, shown, number=said["number"], sdp=said["sdp"]
        )
        self._line.add(leg)
        self._line.happens(leg, Event.OFFERS)

    def _types(self, leg: BrowserLeg, digits: str) -> None:
        if leg.state not in (State.TALKING, State.CALLING) or not leg.offered:
            raise WrongMoment("还没有接通，不能按键")
        for digit in digits:
            if self._line.listener is not None:
                self._line.listener.digit(leg.name, digit, self._clock.monotonic())

    def _holds(self, leg: BrowserLeg, *, hold: bool) -> None:
        if leg.state is not State.TALKING:
            raise WrongMoment("没有在通话，不能保持")
        leg.held = hold
        self._line.hear(Holds(leg.name, on=hold))
        self._line.tell(leg, "held", on=hold)

    def _rings(self, leg: str) -> None:
        if leg in self._line.legs:
            self._line.hear(Lives(leg))
            self._line.hear(Rings(leg))

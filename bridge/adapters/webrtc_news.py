"""What the webrtc process tells of telephones in the page: answers to their offers, voices that come and go,
and that it is gone itself."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.webrtc_line import BrowserLeg, PageLine
from bridge.calls.events import Offered
from bridge.clock import Clock
from bridge.media.browser import Aim, Failed, Heard, Opened, Told, Up
from bridge.routing.plan import Origin
from bridge.sip.sdp import STATIC, Audio
from bridge.softphone.table import Event, State


class WebrtcNews:
    """near: our address next to the media process; about: what a page is shown of a leg's call; name_of: an
    extension's person."""

    def __init__(
        self,
        line: PageLine,
        near: str,
        about: Callable[[str], dict[str, str]],
        name_of: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._line, self._near, self._about, self._name_of, self._clock = line, near, about, name_of, clock

    def told(self, news: Told) -> None:
        """One piece of its news; those of legs that are over are nobody's."""
        leg = self._line.legs.get(news.leg)
        if leg is None:
            return
        match news:
            case Opened(_, turn) if turn == leg.turn:
                self._opened(leg, news)
            case Up(_, turn) if turn == leg.turn:
                self._line.happens(leg, Event.CONNECTED)
            case Heard(_, there):
                self._line.happens(leg, Event.CONNECTED if there else Event.LOST)
            case Failed(_, turn, why):
                self._line.failed(leg, turn, why)

    def process_gone(self) -> None:
        """It is gone with every connection; calls that ring have none yet."""
        for leg in list(self._line.legs.values()):
            if leg.state is not State.RINGING:
                leg.why = "webrtc-gone"
                self._line.happens(leg, Event.LOST)

    def process_there(self) -> None:
        """A new one: pages whose calls go on offer anew."""
        for leg in self._line.legs.values():
            if leg.state is not State.RINGING:
                self._line.tell(leg, "renegotiate")

    def _opened(self, leg: BrowserLeg, news: Opened) -> None:
        before, number = leg.audio, STATIC[news.codec]
        leg.audio = Audio((self._near, news.port), news.codec, number, None, "sendrecv")
        if leg.port:
            self._line.client.order(Aim(leg.name, leg.port))
        self._line.tell(leg, "answer", sdp=news.sdp)
        if leg.number and not leg.offered:
            self._offers(leg, leg.audio)
        elif before is not None and before != leg.audio:
            self._line.reoffers(leg)

    def _offers(self, leg: BrowserLeg, audio: Audio) -> None:
        leg.offered = True
        origin, name = Origin("agent", leg.extension), self._name_of(leg.extension)
        at = self._clock.monotonic()
        if self._line.listener is not None:
            self._line.listener.offered(Offered(leg.name, leg.number, leg.extension, name, origin, audio, at))
        if leg.name in self._line.legs:  # else it was refused
            leg.shown |= self._about(leg.name)
            self._line.tell(leg, "calling")

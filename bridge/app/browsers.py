"""Telephones in the page, built: the webrtc process's client, the legs, the book, the router of legs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from bridge.adapters.leg_router import LegRouter
from bridge.adapters.phone_book import PhoneBook
from bridge.adapters.webrtc_client import WebrtcClient
from bridge.adapters.webrtc_legs import BrowserLegs
from bridge.api.parts import PhoneParts
from bridge.app.house import House
from bridge.app.plugs import LoopTimers
from bridge.calls.call import Call
from bridge.clock import Clock
from bridge.errors import NoSuchAgent
from bridge.ports import Signalling
from bridge.services.queue_desk import QueueDesk
from bridge.settings import Settings
from bridge.settings.webrtc import IceServer

HERE: Final = "127.0.0.1"


def near(settings: Settings) -> str:
    """Where the webrtc process and the media process meet: on this machine, at an address both can have."""
    address = settings.media.address
    return HERE if address == "0.0.0.0" else address  # noqa: S104 - compared, not bound


def carry(control: Path, settings: Settings) -> int:
    """The webrtc process, until SIGTERM; its exit status."""
    from bridge.webrtc.run import run  # noqa: PLC0415 - aiortc is loaded in that process alone

    webrtc = settings.webrtc
    if webrtc is None:
        return 2
    return run(control, near(settings), webrtc.addresses, (webrtc.ports.first, webrtc.ports.last))


class BrowserSide:
    """The parts, public: `wiring` starts `client`. of_leg: the call of a leg."""

    def __init__(
        self,
        house: House,
        socket: Path,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        of_leg: Callable[[str], Call | None],
    ) -> None:
        settings = house.settings
        self._house, self._of_leg = house, of_leg
        seconds = settings.webrtc.return_seconds if settings.webrtc is not None else 0
        self.client = WebrtcClient(
            socket,
            on_told=lambda news: self.legs.told(news),
            on_there=lambda: self.legs.process_there(),
            on_gone=lambda: self.legs.process_gone(),
        )
        self.legs = BrowserLegs(
            client=self.client,
            near=near(settings),
            about=self._about,
            name_of=self.name_of,
            return_seconds=float(seconds),
            timers=LoopTimers(),
            clock=clock,
            new_id=new_id,
        )
        self.book = PhoneBook(
            in_pages(settings), speaks=self.legs.speaks, gone=self.legs.page_gone, back=self.legs.page_back
        )
        self.legs.book = self.book

    def renew(self, settings: Settings) -> None:
        """Other people may have a telephone in the page."""
        self.book.renew(in_pages(settings))

    def router(self, sip: Signalling) -> LegRouter:
        """Each leg's orders to the door it came by."""
        return LegRouter(sip, self.legs, self.book.reachable)

    def parts(self, queues: QueueDesk | None) -> PhoneParts:
        """What reception needs."""
        webrtc = self._house.settings.webrtc
        return PhoneParts(
            self.book,
            self.legs,
            [_ice(server) for server in webrtc.ice_servers] if webrtc is not None else [],
            webrtc.return_seconds if webrtc is not None else 0,
            lambda extension, ready: _wish(queues, extension, ready=ready),
            self.name_of,
        )

    def name_of(self, extension: str) -> str:
        """Whose extension it is."""
        agent = self._house.settings.agents.get(extension)
        return agent.name if agent is not None else ""

    def _about(self, leg: str) -> dict[str, str]:
        """What a page is shown of a leg's call: its id, the number dialled, the incident it belongs to."""
        call = self._of_leg(leg)
        if call is None:
            return {}
        incident = call.transfer.incident if call.transfer is not None else ""
        return {"call": call.id, "number": call.number, "incident": incident, "leg": leg}


def in_pages(settings: Settings) -> list[str]:
    """Extensions that may have their telephone in the page."""
    return [extension for extension, agent in settings.agents.items() if agent.browser]


def _ice(server: IceServer) -> dict[str, str]:
    if server.username is None:
        return {"urls": server.url}
    return {"urls": server.url, "username": server.username, "credential": server.secret}


def _wish(queues: QueueDesk | None, extension: str, *, ready: bool) -> None:
    """An agent of a queue takes calls, or none; one of no queue has nothing to be told."""
    if queues is None:
        return
    try:
        if ready:
            queues.ready(extension)
        else:
            queues.pause(extension, "self")
    except NoSuchAgent:
        return

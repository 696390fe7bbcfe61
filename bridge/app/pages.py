"""What pages and the interface show, put together from what the other rooms know."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from bridge.adapters.db_concerns import StoredConcerns
from bridge.adapters.disk_room import room
from bridge.api.app import create_api
from bridge.api.parts import ApiParts
from bridge.app.access import AccessSide
from bridge.app.admin import AdminSide
from bridge.app.calls import CallSide
from bridge.app.filing import Filing
from bridge.app.house import House, Tables
from bridge.app.reloading import Reloading
from bridge.app.signalling import SipSide
from bridge.app.supervision import supervision
from bridge.app.tapes import Tapes
from bridge.clock import Clock
from bridge.routing.plan import Origin, Route
from bridge.services.key_board import KeyBoard
from bridge.services.ladders import no_ladder
from bridge.services.wall_desk import WallDesk
from bridge.settings import tables


class Pages:
    """The reception's sources: keys and how they stand, the status line, the interface itself."""

    def __init__(
        self,
        house: House,
        clock: Clock,
        *,
        filing: Filing,
        sip: SipSide,
        calls: CallSide,
        tapes: Tapes,
        reloading: Reloading,
    ) -> None:
        self._house, self._clock = house, clock
        self._filing, self._sip, self._calls, self._tapes = filing, sip, calls, tapes
        self.access = AccessSide(house.settings, filing.database, clock)
        self.supervision = supervision(
            lambda: house.settings, calls, home=self._home, audit=self.access.parts.audit,
            clock=clock, feed=filing.feed,
        )  # fmt: skip
        self._names = dict(_names(house))
        self.wall, self.keys = self._wall(), self._key_board()
        self.admin = AdminSide(house, clock, sip=sip, calls=calls, book=self.access.book, reloading=reloading)

    def api(self) -> FastAPI:
        """The application the HTTP server carries."""
        filing, calls = self._filing, self._calls
        return create_api(
            ApiParts(
                switchboard=calls.switchboard,
                records=filing.records,
                feed=filing.feed,
                ticket_of=filing.desk.ticket,
                draft=filing.papers.draft,
                advice=filing.advice.view,
                settings=self._house.settings.api,
                keys=self.keys.view,
                idempotency=filing.answers,
                clock=self._clock,
                status=self._status,
                queues=calls.queues,
                screening=filing.screening,
                ladder=calls.ladders.of if calls.ladders is not None else no_ladder,
                callbacks=filing.callbacks,
                recordings=self._tapes.shelf,
                archive=filing.archive,
                fillers=self._house.settings.transcripts.fillers,
                corrections=filing.corrections,
                deliveries=filing.deliveries,
                home_of=self._home,
                access=self.access.parts,
                phones=calls.browsers.parts(calls.queues) if calls.browsers is not None else None,
                supervision=self.supervision,
                listeners_visible=self._house.settings.supervision.visible,
                admin=self.admin.parts,
                concerns=StoredConcerns(filing.database),
                exchange=filing.exchange.reception(self._house.now.scope, filing.opened),
                search=filing.search,
                history=filing.history,
                deadlines=filing.exchange.deadlines,
                category=self._house.category,
                analysis=filing.analysis,
                report=filing.report,
                overview=filing.overview,
                wall=self.wall,
                names=self._names,
                review=filing.review,
                zone=ZoneInfo(self._house.settings.calendar.time_zone),
            )
        )

    def _wall(self) -> WallDesk:
        """The desk that looks after the house, and tells pages what has changed."""
        recording = self._house.settings.recording
        return WallDesk(
            status=self._status, media=self._media, queues=self._calls.queues, board=self._filing.rates,
            room=partial(room, recording.folder) if self._tapes.desk is not None else None,
            least=recording.min_free_mb << 20, names=self._names, feed=self._filing.feed,
        )  # fmt: skip

    def _media(self) -> dict[str, str]:
        rtpengine = self._sip.rtpengine
        return {
            "state": "up" if self._calls.media.up else "down",
            "rtpengine": "" if rtpengine is None else "up" if rtpengine.up else "down",
        }

    def renew(self, _before: Tables, _after: Tables) -> None:
        """Every page is shown the keys anew."""
        self.access.renew(self._house.settings)
        self._names.clear()
        self._names.update(_names(self._house))
        self.wall.names = dict(self._names)
        self.keys.renew(*_keys(self._house))
        self.keys.tell()

    def trunk_changed(self, _trunk: str, _up: bool) -> None:
        """The same."""
        self.keys.tell()

    def _home(self, origin: Origin) -> str | None:
        """The platform of an agent, or of the exchange at a trunk."""
        if origin.kind == "agent":
            agent = self._house.settings.agents.get(origin.name)
            return agent.platform if agent is not None else None
        trunk = self._house.settings.trunks.get(origin.name)
        return trunk.platform if trunk is not None else None

    def _key_board(self) -> KeyBoard:
        """The keys, and what is known before one is pressed."""
        queues = self._calls.queues
        keys, routes, doors = _keys(self._house)
        return KeyBoard(
            keys, routes, standing=self._sip.trunks.standing,
            queues=queues.view if queues is not None else dict, partners=self._filing.push.status,
            doors=doors,
            status=self._status, clock=self._clock, feed=self._filing.feed,
        )  # fmt: skip

    def _phones(self) -> list[str]:
        """Extensions that can be rung: registered telephones, and those in pages."""
        browsers = self._calls.browsers
        in_pages = browsers.book.reached() if browsers is not None else []
        return sorted({*self._sip.registered(), *in_pages})

    def _status(self) -> dict[str, Any]:
        address = self._sip.address
        return {
            "calls": len(self._calls.switchboard.calls()),
            "phones": self._phones(),
            "recogniser": self._house.settings.asr.enabled,
            "recognisers": self._calls.hearing.status() if self._calls.hearing else [],
            "names": self._calls.hearing.names_graph if self._calls.names and self._calls.hearing else "off",
            **self._tapes.status(),
            "sip": f"{address.host}:{address.port}",
            "trunks": self._sip.trunks.status(),
            "registrations": self._sip.registrations.status(),
            "partners": self._filing.push.status(),
        }


def _names(house: House) -> dict[str, str]:
    return {name: platform.name for name, platform in house.settings.platforms.items()}


Keys = tuple[list[dict[str, str | None]], tuple[Route, ...], dict[str, str]]


def _keys(house: House) -> Keys:
    """The keys, the routes they lead by, and which platform takes the papers of which."""
    doors = {name: platform.via or name for name, platform in house.settings.platforms.items()}
    return tables.keys(house.settings), house.now.routes, doors

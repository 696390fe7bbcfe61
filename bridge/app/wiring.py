"""The one place where control's rooms are built, wired to each other, started, and stopped in reverse.

What each is made of is its own file's: `filing`, `signalling`, `tapes`, `calls`, `pages`. Nothing is decided.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from bridge.app.callers import pauses
from bridge.app.calls import CallSide
from bridge.app.filing import Filing
from bridge.app.hearing import Hearing
from bridge.app.house import House, Tables, tables_of
from bridge.app.http_server import HttpServer
from bridge.app.load import meter
from bridge.app.pages import Pages
from bridge.app.plugs import Tokens
from bridge.app.reloading import Reloading
from bridge.app.signalling import SipSide
from bridge.app.tapes import Tapes
from bridge.clock import SystemClock
from bridge.services.remedy import Remedy
from bridge.settings import Settings
from bridge.sip.message import Address


class Control:
    """Everything in the control process. `start` leaves what must be stopped on the stack, in order."""

    def __init__(
        self,
        settings: Settings,
        media: Path,
        taps: Path,
        asr: tuple[str, ...],
        recorder: Path | None = None,
        webrtc: Path | None = None,
        config: Path | None = None,
    ) -> None:
        self._settings = settings
        clock, new_id = SystemClock(), Tokens()
        self.house = house = House(tables_of(settings))
        self._filing = filing = Filing(house, clock, new_id)
        self._sip = SipSide(
            house, clock, new_id, on_trunk=lambda trunk, up: self._pages.trunk_changed(trunk, up)
        )
        self._tapes = Tapes(
            settings, recorder, database=filing.database, clock=clock, feed=filing.feed,
            records=filing.records, new_id=new_id, recorded=filing.recorded,
        )  # fmt: skip
        hearing = Hearing(settings, asr, clock) if asr else None
        self._calls = CallSide(
            house,
            media,
            taps,
            clock=clock,
            new_id=new_id,
            filing=filing,
            sip=self._sip,
            hearing=hearing,
            webrtc=webrtc,
        )
        self._calls.call_in(self._tapes.desk)
        if hearing is not None:
            remedy = Remedy(
                filing.desk, filing.records, filing.feed, settled=filing.settled, late=filing.heard_late
            )
            self._calls.second = hearing.again(filing.database, self._tapes.shelf, remedy)
            if settings.asr.hints and house.now.gazetteer:
                self._calls.names = hearing.names(filing, house.now.gazetteer)
        self.reloading = Reloading(
            house, config, clock, (filing.renew, self._sip.renew, self._calls.renew, self._renew_pages)
        )
        self._pages = Pages(
            house,
            clock,
            filing=filing,
            sip=self._sip,
            calls=self._calls,
            tapes=self._tapes,
            reloading=self.reloading,
        )

    @property
    def sip_address(self) -> Address:
        """Where we listen: after `start` with the port we really have."""
        return self._sip.address

    def api(self) -> FastAPI:
        """The interface and its pages; what it shows is there after `start`."""
        return self._pages.api()

    def _renew_pages(self, before: Tables, after: Tables) -> None:
        self._pages.renew(before, after)

    async def start(self, stack: AsyncExitStack) -> None:
        """From the database up to the doors: nobody is let in before everything behind the door is there."""
        filing, sip, calls = self._filing, self._sip, self._calls
        await _started(stack, filing.database)
        await _started(stack, filing.answers)
        await _started(stack, filing.exchange)
        await _started(stack, filing.push)
        await _started(stack, filing.incoming)
        await _started(stack, filing.desk)
        await _started(stack, filing.arrivals)
        await _started(stack, filing.archive)
        await _started(stack, filing.rates)
        await _started(stack, filing.call_counter)
        await _started(stack, filing.callbacks)
        await _started(stack, filing.analysis)
        if calls.queues is not None:
            await _started(stack, pauses(filing.database, calls.queues))
        await _started(stack, filing.screening)
        await _started(stack, filing.sweeper)
        filing.close_old()
        if calls.hearing is not None:
            await calls.hearing.start(stack)
        await self._tapes.start(stack)
        if calls.second is not None:
            await _started(stack, calls.second)
        if calls.names is not None:
            await _started(stack, calls.names)
        await _started(stack, calls.media)
        if calls.browsers is not None:
            await _started(stack, calls.browsers.client)
        await _started(stack, sip.names)
        if sip.rtpengine is not None:
            await _started(stack, sip.rtpengine)
        await sip.open()
        stack.push_async_callback(sip.stack.stop)
        load = meter(calls.switchboard, sip.stack)
        await _started(stack, sip.prober)
        await _started(stack, sip.keepalive)
        await _started(stack, sip.registrations)
        stack.callback(calls.switchboard.hang_up_all, "restart")
        await _started(stack, self._pages.wall)
        await _started(stack, self._pages.keys)
        for part in self._pages.access.starting:
            await _started(stack, part)
        await _started(stack, self._pages.supervision)
        self._pages.access.remind()
        await _started(stack, self._pages.admin)
        stack.push_async_callback(self.reloading.stop)
        await _started(stack, HttpServer(self.api(), self._settings.api.listen, self._settings.api.tls))
        await _started(stack, load)  # what starting costs is no overload: the first calls would be refused


async def _started(stack: AsyncExitStack, part: Any) -> None:
    """Started now, stopped in its turn: every adapter has both."""
    await part.start()
    stack.push_async_callback(part.stop)

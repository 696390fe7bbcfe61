"""The administrator's side of reception, built: books of lines, routes, users, configuration, troubles."""

from __future__ import annotations

from typing import Any

from bridge.adapters.trouble_counters import TroubleCounters
from bridge.api.parts import AdminParts
from bridge.app.admin_config import ConfigBook
from bridge.app.admin_lines import LineBook
from bridge.app.admin_routes import RouteBook
from bridge.app.admin_users import UserBook
from bridge.app.calls import CallSide
from bridge.app.house import House
from bridge.app.logs import overheard
from bridge.app.reloading import Reloading
from bridge.app.signalling import SipSide
from bridge.clock import Clock
from bridge.services.troubles import Troubles
from bridge.services.who_is_who import WhoIsWho


class AdminSide:
    """start and stop: hearing what goes wrong."""

    def __init__(
        self,
        house: House,
        clock: Clock,
        *,
        sip: SipSide,
        calls: CallSide,
        book: WhoIsWho,
        reloading: Reloading,
    ) -> None:
        self._calls, self._sip = calls, sip
        self._troubles = Troubles(clock)
        self._counters = TroubleCounters(self._troubles.counted)
        self._overheard = overheard(self._troubles.line)
        self._hearing = False
        browsers, config = calls.browsers, ConfigBook(house, reloading)
        lines = LineBook(
            house,
            sip,
            calls.queues,
            clock,
            reachable=calls.reachable,
            in_page=browsers.book.reachable if browsers is not None else lambda _extension: False,
        )
        users = UserBook(house, book, clock)
        routes = RouteBook(
            house,
            clock,
            standing=sip.trunks.standing,
            state=lambda: {each["name"]: each["state"] for each in sip.trunks.status()},
            reachable=calls.reachable,
            free=self._free,
        )
        self.parts = AdminParts(
            trunks=lines.trunks,
            probe=lines.probe,
            routes=routes.routes,
            targets=routes.targets,
            dry_run=routes.dry_run,
            agents=lines.agents,
            users=users.users,
            end=users.end,
            troubles=self._shown,
            config=config.config,
            reload=config.reload,
        )

    async def start(self) -> None:
        """Begin to hear."""
        self._overheard.__enter__()
        self._hearing = True
        await self._counters.start()

    async def stop(self) -> None:
        """Hear no more. Harmless when repeated."""
        await self._counters.stop()
        if self._hearing:
            self._hearing = False
            self._overheard.__exit__(None, None, None)

    def _shown(self) -> list[dict[str, Any]]:
        self._counters.look()
        return self._troubles.view()

    def _free(self, queue: str) -> int:
        """Agents of a queue who could be rung now."""
        desk = self._calls.queues
        if desk is None:
            return 0
        found = next((each for each in desk.view()["queues"] if each["name"] == queue), None)
        return int(found["agents"]["ready"]) if found is not None else 0

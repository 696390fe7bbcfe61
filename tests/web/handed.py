"""The 110's own bridge in this process: a call that another bridge hands to it rings at its desk, and that
bridge's ticket comes by the exchange. Real desks over a real database; telephones are played by hand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bridge.adapters.db import Database
from bridge.adapters.db_handlings import HandlingTable
from bridge.api.app import create_api
from bridge.api.parts import ExchangeParts
from bridge.calls.events import Offered
from bridge.handling.path import Parties
from bridge.routing.plan import Origin, Plan, Target
from bridge.services.arrival_desk import ArrivalDesk
from bridge.services.handling_desk import HandlingDesk
from bridge.settings.house import Api
from tests.api.conftest import AUDIO, CATEGORIES, House

PARTIES: Final = Parties(frozenset({"110"}), "110", frozenset({"110", "12345"}))
SAID: Final = (
    ("12345", "您好这里是12345"),
    ("caller", "柳园南路有人拿着刀打架"),
)
"""What was said at the 12345 before the key."""


def papers(version: int = 1, *said: tuple[str, str], **elements: str) -> dict[str, Any]:
    """The 12345's ticket, by and by longer."""
    spoken = [
        {"id": f"in-{n}", "speaker": who, "leg": who, "start": 3.0 * n, "end": 3.0 * n + 2, "text": text}
        | {"final": True}
        for n, (who, text) in enumerate((*SAID, *said))
    ]
    known = dict.fromkeys(("when", "what"), "") | {"who": "王某", "where": "东昌府区柳园南路"}
    made = {
        name: {"value": value, "source": "transcript", "confidence": 0.9, "utterances": ["in-1"]}
        for name, value in {"contact": "13806351234", **known, **elements}.items()
    }
    return {
        "schema": "bridge.ticket.v1", "ticket": "T-1", "incident": "I-1", "version": version,
        "from_platform": "12345", "to_platform": "110", "path": ["12345", "110"], "state": "ringing",
        "elements": made, "category": {"id": "f2-1", "name": "涉嫌违法犯罪", "to": "110", "urgent": True},
        "alerts": [{"n": 1, "said": "拿着刀", "utterance": "in-1", "state": "confirmed"}],
        "transcript": {"state": "live", "utterances": spoken},
    }  # fmt: skip


class PoliceHouse(House):
    """`House` of the 110, whose 12345 is behind a trunk. Open before use, as a context."""

    def __init__(self, folder: Path, blank: Path) -> None:
        super().__init__(Api(trust_loopback=False))
        shutil.copy(blank, folder / "handed.db")
        self.database = Database(f"sqlite+aiosqlite:///{folder}/handed.db")
        self.store = HandlingTable(self.database, self.clock, lambda platform: None)  # type: ignore[assignment]
        self.home_of = lambda origin: {"8001": "110", "hotline": "12345"}.get(origin.name)
        self.arrivals = ArrivalDesk(
            records=self.records,
            feed=self.feed,
            find=self.store.papers_for,
            home_of=self.home_of,  # type: ignore[attr-defined]
        )
        self.handled = HandlingDesk(
            store=self.store,
            clock=self.clock,
            feed=self.feed,
            parties=PARTIES,
            came=self.arrivals.came,  # type: ignore[arg-type]
        )
        self.switchboard.route = self._to_the_desk
        self.switchboard.witnesses.join(self.arrivals)

    async def __aenter__(self) -> PoliceHouse:
        await self.database.start()
        await self.store.start()  # type: ignore[attr-defined]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.arrivals.stop()
        await self.store.stop()  # type: ignore[attr-defined]
        await self.database.stop()

    def app(self) -> Any:
        exchange = ExchangeParts(desk=self.handled, store=self.store, seals={}, categories=lambda: CATEGORIES)  # type: ignore[arg-type]
        return create_api(replace(self.parts(), exchange=exchange))

    @staticmethod
    def _to_the_desk(number: str, origin: Origin) -> Plan:
        return Plan("到110", "110", "110", "direct", (Target("agent", "8001", None, 30, 4),))

    def handed(self) -> str:
        """The 12345's bridge hands a call over; the desk's telephone rings. The call's id."""
        trunk = Origin("trunk", "hotline")
        self.switchboard.offered(
            Offered("in", "110", "13806351234", "", trunk, AUDIO, self.clock.now, incident="I-1")
        )
        return self.switchboard.calls()[-1].id

    async def letter(self, document: dict[str, Any]) -> None:
        """A version of the 12345's ticket arrives."""
        self.clock.start += timedelta(seconds=1)
        kind = "opened" if document["version"] == 1 else "update"
        await self.handled.received(document, kind=kind, speaker="12345")

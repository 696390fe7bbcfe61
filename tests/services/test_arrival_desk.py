"""A call that another bridge hands to us, and its ticket that comes by the exchange: whichever is later,
pages know the ticket while the telephone rings; and nobody has a stranger's ticket shown by naming it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from bridge.calls.events import Leaves, Offered
from bridge.routing.plan import Origin
from bridge.services.arrival_desk import ArrivalDesk
from bridge.services.feed import LiveFeed
from bridge.services.records import Records
from bridge.sip.sdp import Audio
from tests.services.conftest import House

NOW = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
AUDIO = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")
HOMES = {"police": "110", "carrier": None}


def document(version: int = 1, incident: str = "i1", **more: Any) -> dict[str, Any]:
    path = ["110", "12345"]
    return {"ticket": "t1", "incident": incident, "version": version, "path": path, **more}


class Desk:
    """The desk as a witness of a real switchboard, its database played by hand."""

    def __init__(self, house: House) -> None:
        self.house, self.records, self.feed = house, Records(house.clock), LiveFeed()
        self.stored: dict[tuple[str, str], dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.broken = False
        self.desk = ArrivalDesk(
            records=self.records, feed=self.feed, find=self.find, home_of=lambda origin: HOMES[origin.name]
        )
        self.desk_changed = self.desk.changed
        house.switchboard.witnesses.call_in(self, self.desk)

    # a witness before it: the record must be there
    def changed(self, _before: Any, call: Any) -> None:
        self.records.note(call)

    def opened(self, call: Any, transfer: Any) -> None: ...

    def moved(self, call: Any, transfer: Any, *, moved: bool) -> None: ...

    def over(self, call: Any, outcome: str) -> None:
        self.records.end(call.id, outcome)

    async def find(self, incident: str, platform: str) -> dict[str, Any] | None:
        self.asked.append((incident, platform))
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("database gone")
        return self.stored.get((incident, platform))

    def rings(self, incident: str = "i1", trunk: str = "police", leg: str = "in") -> str:
        self.house.switchboard.offered(
            Offered(leg, "12345", "13806351234", "", Origin("trunk", trunk), AUDIO, 1.0, incident=incident)
        )
        return self.house.switchboard.calls()[-1].id

    def brought(self, call: str) -> int:
        record = self.records.get(call)
        return record.brought["version"] if record is not None and record.brought is not None else 0


async def test_the_ticket_is_there_before_the_call(house: House) -> None:
    desk = Desk(house)
    desk.stored["i1", "110"] = document(3)
    with desk.feed.listen() as inbox:
        call = desk.rings()
        await desk.desk.stop()
        shown, papers = await inbox.next(), await inbox.next()
    assert (shown["type"], shown["call"]["incident"], shown["call"]["brought"]) == ("call", "i1", "t1")
    assert (papers["type"], papers["call"], papers["ticket"]) == ("papers", call, "t1")
    assert papers["papers"]["version"] == 3


async def test_the_ticket_comes_after_the_call_and_grows_with_it(house: House) -> None:
    desk = Desk(house)
    call = desk.rings()
    await desk.desk.stop()
    assert (desk.asked, desk.brought(call)) == ([("i1", "110")], 0)
    for version, seen in ((1, 1), (3, 3), (2, 3), (3, 3)):
        desk.desk.came(document(version), NOW)
        assert desk.brought(call) == seen, "an older version shows the past"
    desk.desk.came(document(9, incident="other"), NOW)
    assert desk.brought(call) == 3
    house.switchboard.on(Leaves("in", "cancel"))
    desk.desk.came(document(10), NOW)
    assert desk.brought(call) == 3, "it is over"


async def test_only_a_platforms_exchange_is_believed_and_only_of_its_own_tickets(house: House) -> None:
    desk = Desk(house)
    from_carrier = desk.rings(trunk="carrier")
    await desk.desk.stop()
    assert desk.asked == [], "a carrier hands nothing over"
    desk.desk.came(document(), NOW)
    assert desk.brought(from_carrier) == 0
    call = desk.rings("i2", leg="in2")
    desk.desk.came(document(incident="i2", path=["119", "12345"]), NOW)
    assert desk.brought(call) == 0, "a ticket that has not come by 110"


async def test_a_database_that_fails_leaves_the_call_alone(house: House) -> None:
    desk = Desk(house)
    desk.broken = True
    call = desk.rings()
    await desk.desk.stop()
    desk.desk.came(document(), NOW)
    assert desk.brought(call) == 1

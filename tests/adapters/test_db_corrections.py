"""What an agent set right outlives the bridge: from the database, under whatever is heard afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_tickets import TicketTable
from bridge.clock import SystemClock
from bridge.services.ticket_desk import TicketDesk
from bridge.tickets.advice import Advice
from bridge.tickets.ticket import Ticket
from bridge.tickets.transcript import Utterance

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def desk(url: str) -> AsyncIterator[TicketDesk]:
    """A bridge's life: its database opened, its desk, and all of it gone at the end."""
    database, clock = Database(url), SystemClock()
    await database.start()
    one = TicketDesk(
        store=TicketTable(database, clock, lambda _: None),
        clock=clock,
        advise=lambda _: Advice(None),
        new_id=lambda: "T1",
        on_change=lambda _: None,
        coalesce_s=0.0,
    )
    await one.start()
    yield one
    await one.stop()
    await database.stop()


def says(text: str, at: float) -> Utterance:
    return Utterance("caller", "leg", at, at + 2, text, final=True)


async def held(one: TicketDesk) -> Ticket:
    assert await one.holds("I1")
    ticket = one.ticket("I1")
    assert ticket is not None
    return ticket


@pytest.mark.parametrize("over", [False, True], ids=["in the call", "after it"])
async def test_a_correction_survives_a_restart_and_what_is_heard_after_it(
    database_url: str, over: bool
) -> None:
    async with desk(database_url) as first:
        first.open(
            incident="I1", call="C1", route="110", from_platform="12345", to_platform="110",
            caller_number="13800001111", agent="8001", trunk="carrier", pressed_at=NOW, started_at=NOW,
            transcript=(says("我叫王建国在柳园路八号有人打架", 0),),
        )  # fmt: skip
        first.amend("I1", "where", "新华路一号")
        if over:
            first.recogniser_pending("I1")
            first.finish("I1", NOW)
    async with desk(database_url) as second:
        assert second.unfinished() == (() if over else ("I1",))
        where = (await held(second)).elements.where
        assert (where.value, where.source) == ("新华路一号", "agent")
        if not over:
            second.hear("I1", says("我在花园路二十号", 5))
            second.finish("I1", NOW)
        more = says("还是花园路二十号", 9)
        await second.retranscribed("I1", lambda said: said.hear(more), "final", "")
        ticket = await held(second)
        assert (ticket.elements.where.value, ticket.elements.who.source) == ("新华路一号", "transcript")
        assert ticket.transcript.finals[-1].text == "还是花园路二十号"
    async with desk(database_url) as third:
        assert (await held(third)).elements.where.source == "agent"

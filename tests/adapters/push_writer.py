"""Run by test_push_kill: writes and pushes tickets until it is killed, and says on stderr what is safe."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from bridge.adapters.db import Database
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.push import PushWorker
from bridge.adapters.push_post import Destination
from bridge.clock import SystemClock
from bridge.post.signing import Key, secret_of
from bridge.tickets.exchange import Finished, Transferred, opened, step
from bridge.tickets.ticket import CallFacts
from bridge.tickets.transcript import Transcript

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


async def main(database_url: str, url: str, secret: str, prefix: str) -> None:
    """Each ticket is written three times: opened, transferred, final."""
    clock = SystemClock()
    database = Database(database_url)
    await database.start()
    worker = PushWorker(
        outbox=Outbox(database, clock),
        destinations={"110": Destination(url, (Key(secret_of(secret)),))},
        clock=clock,
    )
    table = TicketTable(database, clock, worker.wake)
    await worker.start()
    for number in count():
        name = f"{prefix}-{number}"
        facts = CallFacts(name, "13800001111", "carrier", None, NOW, NOW)
        ticket = opened(
            id=name,
            incident=name,
            route="110",
            from_platform="12345",
            to_platform="110",
            facts=facts,
            transcript=Transcript(),
            suggestion=None,
        )
        for event in (None, Transferred(NOW), Finished(NOW)):
            ticket = step(ticket, event)[0] if event else replace(ticket)
            await table.save(ticket, push=True)
            sys.stderr.write(f"{name} {ticket.version}\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

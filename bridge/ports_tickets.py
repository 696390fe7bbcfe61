"""What the ticket desk asks of the world outside: one door to the database.

Protocols only; `adapters.db` fulfils them.
"""

from __future__ import annotations

from typing import Protocol

from bridge.tickets.ticket import Ticket


class TicketStore(Protocol):
    """Where tickets are safe from kill -9 and power loss."""

    async def save(self, ticket: Ticket, *, push: bool) -> None:
        """Write the ticket and, if `push`, its outbox row in one transaction; on return both are on disk.

        A version that is not newer than the stored one changes nothing. Raises whatever the database
        raises; nothing is written then, and the call may be repeated.
        """

    async def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose call had not ended when we last wrote, oldest first."""

    async def ticket_of(self, incident: str) -> Ticket | None:
        """The newest version of that incident's ticket."""

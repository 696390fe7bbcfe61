"""Which platforms something concerns: the line between what two platforms may see of each other. Pure.

A call concerns the platform it was for, those whose people are or were in it, and those it was transferred
to; a ticket concerns where it comes from and where it goes. What concerns a platform its users see whole:
the words before a transfer travel with the ticket anyway.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.calls.call import Call
from bridge.calls.parties import Party
from bridge.routing.plan import Origin
from bridge.tickets.ticket import Ticket

_CALLER = "caller"


def of_call(call: Call, home_of: Callable[[Origin], str | None]) -> frozenset[str]:
    """home_of: where a leg comes from -> the agent's platform, or the exchange's; None: nobody's (a
    carrier)."""
    people = (_home(party, home_of) for party in call.parties)
    moved = (transfer.platform for transfer in call.transfers)
    return frozenset({call.platform, *people, *moved} - {""})


def _home(party: Party, home_of: Callable[[Origin], str | None]) -> str:
    """The platform of whoever is on this leg; "" for a caller from outside."""
    speaker = "" if party.speaker == _CALLER else party.speaker
    return home_of(party.origin) or speaker


def of_ticket(ticket: Ticket) -> frozenset[str]:
    """Where it comes from, and where it goes."""
    return frozenset({ticket.from_platform, ticket.to_platform})

"""Where one platform ends and another begins: whether what somebody asks for concerns their platform.

The door asks it before every request that names a thing, the lens for every call and event that goes out.
What is in memory is answered at once; only what is older is looked up. What is not theirs does not exist for
them: the answer is the same as for what was never there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from bridge.access.concerns import of_call, of_ticket
from bridge.access.principal import Principal
from bridge.api.rights import About
from bridge.calls.call import Call
from bridge.errors import BridgeError, NoSuchAgent, NoSuchCall, NoSuchTask, NoSuchThing, NotAllowed
from bridge.routing.plan import Origin
from bridge.services.records import Records
from bridge.tickets.ticket import Ticket

_MISSING: dict[str, type[BridgeError]] = {"call": NoSuchCall, "agent": NoSuchAgent, "task": NoSuchTask}


class Stored(Protocol):
    """What is no longer in memory."""

    async def of(self, about: str, name: str) -> frozenset[str]:
        """The platforms it concerns; none: it is not there."""


class Bounds:
    """home_of: where a leg comes from -> that agent's or exchange's platform, None for nobody's."""

    def __init__(
        self,
        records: Records,
        ticket_of: Callable[[str], Ticket | None],
        home_of: Callable[[Origin], str | None],
        stored: Stored | None = None,
    ) -> None:
        self._records, self._ticket_of, self._home_of, self._stored = records, ticket_of, home_of, stored

    async def check(self, who: Principal, about: About, name: str) -> None:
        """Raises what is raised for a thing that is not there, when it is not theirs; NotAllowed for what is
        of the whole house."""
        if not who.platform or about in ("", "list"):
            return
        if about == "house":
            raise NotAllowed("belongs to one platform")
        if not who.sees(await self._concerned(about, name)):
            raise _MISSING.get(about, NoSuchThing)("没有，或者不是本平台的")

    def call(self, who: Principal, call: Call) -> bool:
        """Whether a call is theirs to see."""
        return not who.platform or who.sees(of_call(call, self._home_of))

    def named(self, who: Principal, call_id: str) -> bool:
        """The same for a call in memory."""
        if not who.platform:
            return True
        record = self._records.get(call_id)
        return record is not None and self.call(who, record.call)

    def ticket(self, who: Principal, incident: str) -> bool:
        """Whether a ticket in memory is theirs to see."""
        return not who.platform or who.sees(self._remembered("incident", incident))

    def agent(self, who: Principal, number: str) -> bool:
        """Whether an agent is of their platform."""
        return not who.platform or self._home_of(Origin("agent", number)) == who.platform

    async def _concerned(self, about: About, name: str) -> frozenset[str]:
        if about == "agent":
            home = self._home_of(Origin("agent", name))
            return frozenset({home} if home else ())
        return self._remembered(about, name) or await self._looked_up(about, name)

    def _remembered(self, about: About, name: str) -> frozenset[str]:
        if about == "call":
            record = self._records.get(name)
            return frozenset() if record is None else of_call(record.call, self._home_of)
        ticket: Any = self._ticket_of(name) if about == "incident" else None
        return frozenset() if ticket is None else of_ticket(ticket)

    async def _looked_up(self, about: About, name: str) -> frozenset[str]:
        return await self._stored.of(about, name) if self._stored is not None else frozenset()

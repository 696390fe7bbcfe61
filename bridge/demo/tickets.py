"""The people at the tickets, each at their own bridge's interface: 110's at the one, 12345's at the other.

They see what is written there and do what the table allows; nothing is known to one that its own bridge does
not tell.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Final

import httpx

from bridge.demo.state import Json

LOOK_AGAIN_S: Final = 0.05
"""Between two looks at what has changed."""


class TicketPeople:
    """page: their bridge's address; token: what they show there, "" on a bridge that trusts this machine."""

    def __init__(self, page: str, token: str = "") -> None:
        self._page = f"{page}/exchange/v1"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def find(self, incident: str, seconds: float) -> str:
        """The number of the ticket of this incident, once it is there. Raises TimeoutError."""
        cursor = 0
        async with asyncio.timeout(seconds):
            while True:
                page = await self._get(f"changes?after={cursor}")
                cursor = page.get("next", cursor)
                for change in page.get("changes", ()):
                    if change["handling"]["incident"] == incident:
                        return str(change["ticket"])
                await asyncio.sleep(LOOK_AGAIN_S)

    async def do(self, ticket: str, deed: str, **said: str) -> bool:
        """A deed; whether it was taken."""
        headers = {**self._headers, "Idempotency-Key": str(uuid.uuid4())}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            answer = await client.post(f"{self._page}/tickets/{ticket}/{deed}", json=said)
        return answer.status_code == httpx.codes.OK

    async def see(self, ticket: str) -> Json:
        """{papers, handling} as they are shown here; {} for none."""
        return await self._get(f"tickets/{ticket}")

    async def log(self, ticket: str) -> list[Json]:
        """What was done with it, first to last."""
        return list((await self._get(f"tickets/{ticket}/log")).get("changes", ()))

    async def until_final(self, ticket: str, seconds: float) -> Json:
        """The final version of the papers, once it is there. Raises TimeoutError."""
        shown = await self._until(
            ticket, lambda shown: (shown["papers"] or {}).get("state") == "final", seconds
        )
        return dict(shown["papers"])

    async def until_state(self, ticket: str, state: str, seconds: float) -> Json:
        """The handling, once it has come to this state. Raises TimeoutError."""
        shown = await self._until(ticket, lambda shown: shown["handling"]["state"] == state, seconds)
        return dict(shown["handling"])

    async def _until(self, ticket: str, true: Callable[[Json], bool], seconds: float) -> Json:
        async with asyncio.timeout(seconds):
            while True:
                shown = await self.see(ticket)
                if shown and true(shown):
                    return shown
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _get(self, path: str) -> Json:
        async with httpx.AsyncClient(trust_env=False, headers=self._headers) as client:
            answer = await client.get(f"{self._page}/{path}")
        return dict(answer.json()) if answer.status_code == httpx.codes.OK else {}


def story(log: list[Json]) -> list[tuple[str, str, str]]:
    """What the platforms did with a ticket: deed, platform, incident. What each bridge notes by itself (a
    delivery, a ticket that is like it) is left out."""
    return [
        (deed["name"] if deed else "open", deed["by"] if deed else "", each["handling"]["incident"])
        for each in log
        if (deed := each["deed"]) is None or deed["by"]
    ]

"""Agents who take no calls, in the database. Fulfils ports_callbacks.PauseStore."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from bridge.adapters.db import Database
from bridge.adapters.db_tables import AGENT_PAUSES


class PauseTable:
    """The table, as the keeper sees it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def paused(self) -> dict[str, str]:
        """Every agent who takes no calls -> why."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(AGENT_PAUSES))
            return {row.agent: row.why for row in rows}

    async def keep(self, agent: str, why: str) -> None:
        """That agent's state: "" takes calls."""
        async with self._database.write() as connection:
            await connection.execute(delete(AGENT_PAUSES).where(AGENT_PAUSES.c.agent == agent))
            if why:
                await connection.execute(insert(AGENT_PAUSES).values(agent=agent, why=why))

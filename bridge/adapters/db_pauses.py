"""Agents who take no calls, in the database. Fulfils ports_callbacks.PauseStore."""

from __future__ import annotations

from sqlalchemy import delete, select

from bridge.adapters.db import Database, insert_into
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
            if not why:
                await connection.execute(delete(AGENT_PAUSES).where(AGENT_PAUSES.c.agent == agent))
                return
            put = insert_into(connection, AGENT_PAUSES).values(agent=agent, why=why)
            await connection.execute(put.on_conflict_do_update(index_elements=["agent"], set_={"why": why}))

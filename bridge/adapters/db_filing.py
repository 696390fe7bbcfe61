"""What can be found is filed in the transaction of what it belongs to; looking it up is db_search's.

Knows the table and both databases' ways to hold tokens, and nothing of what a text says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import merged
from bridge.adapters.db_sealed import vault_of
from bridge.adapters.db_tables_search import SEARCH
from bridge.tickets.search_words import MOST_PLACES, Phrase

_S: Final = SEARCH.c


@dataclass(frozen=True, slots=True)
class Filed:
    """Something that can be found. tokens: `search_words.filed`."""

    kind: str
    id: str
    incident: str
    at: datetime
    tokens: Phrase


async def file(connection: AsyncConnection, filed: Filed) -> None:
    """Filed, in the place of what was filed of the same thing, with the place in the order that had."""
    await file_all(connection, [filed])


async def file_all(connection: AsyncConnection, things: Sequence[Filed]) -> None:
    """The same for many, in one statement."""
    values = [
        {
            "kind": each.kind,
            "id": each.id,
            "incident": each.incident,
            "at": each.at,
            "tokens": _written(connection, each.tokens),
        }
        for each in things
    ]
    put = merged(connection.dialect.name, SEARCH, ("kind", "id"), ("tokens", "incident"))
    await connection.execute(put, values)


async def unfile(connection: AsyncConnection, kind: str, id: str) -> None:
    """It can't be found any more."""
    await connection.execute(delete(SEARCH).where(_S.kind == kind, _S.id == id))


def blinded(connection: AsyncConnection, tokens: Phrase) -> Phrase:
    """As they are filed and looked up: blind where a key is configured."""
    vault = vault_of(connection.dialect)
    return tokens if vault is None else tuple(_blind(vault, token) for token in tokens)


def _written(connection: AsyncConnection, tokens: Phrase) -> str:
    """As the column holds them: in PostgreSQL each with its place."""
    blind = blinded(connection, tokens)
    if connection.dialect.name == "sqlite":
        return " ".join(blind)
    return " ".join(f"{token}:{min(place, MOST_PLACES)}" for place, token in enumerate(blind, 1))


@lru_cache(maxsize=50_000)
def _blind(vault: Any, token: str) -> str:
    made: str = vault.token(token)
    return made

"""Searching: the question that finds what was filed (db_filing), newest first.

Knows the table, both databases' ways to look through tokens, and nothing of what a text says. SQLite's FTS5
walks from the newest backwards and stops when it has enough; PostgreSQL is asked for growing windows of the
newest rows, so that a word that is everywhere costs no more than one that is rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters.db import Database
from bridge.adapters.db_filing import blinded
from bridge.adapters.db_papers import papers_of
from bridge.adapters.db_reviews import reviewed
from bridge.adapters.db_search_bounds import bounds, numbers_of_few, times
from bridge.adapters.db_tables_handling import HANDLINGS
from bridge.adapters.db_tables_search import SEARCH
from bridge.ports_search import Hit, Wanted
from bridge.tickets.search_words import Phrase, asked, asked_number, label

FIRST_WINDOW: Final = 20_000
GROWTH: Final = 10
"""Rows looked through at first, and how much further each time not enough was found."""
_S: Final = SEARCH.c
_FOUND: Final = (_S.number, _S.kind, _S.id, _S.incident, _S.at)


class SearchTable:
    """Fulfils ports_search.SearchStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, wanted: Wanted) -> tuple[Hit, ...]:
        """The newest that have all that is asked for."""
        phrases = _phrases(wanted)
        if not phrases:
            return ()
        async with self._database.read() as connection:
            look = _in_sqlite if connection.dialect.name == "sqlite" else _in_postgresql
            blind = [blinded(connection, phrase) for phrase in phrases]
            between = await bounds(connection, wanted)
            if between is None:
                return ()
            few = await numbers_of_few(connection, wanted)
            return tuple(_hit(row) for row in await look(connection, blind, wanted, between, few))

    async def papers(self, ticket: str) -> dict[str, Any] | None:
        """A ticket's newest."""
        async with self._database.read() as connection:
            return await papers_of(connection, ticket)


def _phrases(wanted: Wanted) -> tuple[Phrase, ...]:
    phrases = (*asked(wanted.text), *asked_number(wanted.number))
    if not phrases and not wanted.bare:
        return ()
    labels = (("p", wanted.platform), ("c", wanted.category), ("k", wanted.kind), ("a", wanted.agent))
    return (*phrases, *((label(kind, value),) for kind, value in labels if value))


async def _in_sqlite(
    connection: AsyncConnection,
    phrases: Sequence[Phrase],
    wanted: Wanted,
    between: tuple[int, int],
    few: Sequence[int] | None,
) -> Sequence[Row[Any]]:
    match = " AND ".join(f'"{" ".join(phrase)}"' for phrase in phrases)
    number: ColumnElement[int] = literal_column("search_fts.rowid")
    chosen = (
        select(*_FOUND)
        .select_from(text("search_fts"))
        .join(SEARCH, _S.number == number)
        .where(text("search_fts MATCH :match").bindparams(match=match), number.between(*between))
        .order_by(number.desc())
    )
    if few is not None:
        chosen = chosen.where(number.in_(few))
    return list(await connection.execute(_narrowed(chosen, wanted)))


async def _in_postgresql(
    connection: AsyncConnection,
    phrases: Sequence[Phrase],
    wanted: Wanted,
    between: tuple[int, int],
    few: Sequence[int] | None,
) -> Sequence[Row[Any]]:
    # Written out, not bound: a plan must be made for these words. Tokens are letters and digits only.
    query = " & ".join(f"({' <-> '.join(phrase)})" for phrase in phrases)
    chosen = select(*_FOUND).where(_S.tokens.op("@@")(literal_column(f"'{query}'::tsquery")))
    chosen = chosen.order_by(_S.number.desc())
    lowest, highest = between
    if few is not None:
        chosen = chosen.where(_S.number.in_(few), _S.number.between(lowest, highest))
        return list(await connection.execute(_narrowed(chosen, wanted)))
    window, found = FIRST_WINDOW, list[Row[Any]]()
    while highest >= lowest and len(found) < wanted.most:
        begin = max(lowest, highest - window + 1)
        seen = chosen.where(_S.number.between(begin, highest))
        found += list(await connection.execute(_narrowed(seen, wanted, wanted.most - len(found))))
        highest, window = begin - 1, window * GROWTH
    return found


def _narrowed(chosen: Select[Any], wanted: Wanted, most: int | None = None) -> Select[Any]:
    chosen = chosen.where(*times(wanted))
    if wanted.state:
        chosen = chosen.join(HANDLINGS, and_(HANDLINGS.c.ticket == _S.id, _S.kind == "ticket"))
        chosen = chosen.where(HANDLINGS.c.state == wanted.state)
    if wanted.review:
        chosen = chosen.where(reviewed(_S.id, wanted.review))
    return chosen.limit(wanted.most if most is None else most)


def _hit(row: Row[Any]) -> Hit:
    return Hit(row.number, row.kind, row.id, row.incident, row.at)

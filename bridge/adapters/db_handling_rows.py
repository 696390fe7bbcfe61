"""Handlings as rows: read, and written one or many at once with their log and their deadlines.

Knows tables and JSON; who asks for what is db_turn's and db_tickets'.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.adapters import db_json
from bridge.adapters.db import merged
from bridge.adapters.db_deadlines import file_deadlines, file_first_deadlines
from bridge.adapters.db_tables_handling import HANDLING_LOG, HANDLINGS
from bridge.analysis.periods import hour_of
from bridge.analysis.reasons import reason_class
from bridge.analysis.spots import spot
from bridge.handling.codec import decode, encode, encode_deed
from bridge.handling.papers import Facts, followed
from bridge.handling.timetable import Timetable
from bridge.handling.words import Deed, Handling
from bridge.ports_handling import Change

Made = tuple[Handling, Facts | None, bool]
"""A handling, what newer papers say (None: there are none), and whether it is new."""

_H: Final = HANDLINGS.c


def chosen() -> Select[Any]:
    """What `read` needs."""
    return select(_H.ticket, _H.document)


def read(row: Row[Any]) -> Handling:
    """The handling of a row of `chosen`."""
    return decode(db_json.read(row.document))


async def handling_of(connection: AsyncConnection, ticket: str) -> Handling | None:
    """The newest version; whoever writes it has HANDLINGS_TURN."""
    row = (await connection.execute(chosen().where(_H.ticket == ticket))).first()
    return None if row is None else read(row)


async def put_all(
    connection: AsyncConnection, made: Sequence[Made], lines: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Rows as they are now, lines of the log as they were, deadlines; each in one statement for all."""
    for given in (True, False):
        some = [each for each in made if (each[1] is not None) is given]
        if some:
            await _put(connection, some, given=given)
    if lines:
        await connection.execute(insert(HANDLING_LOG), list(lines))
    await file_first_deadlines(connection, [handling for handling, _, new in made if new], now)
    for handling, _, new in made:
        if not new:
            await file_deadlines(connection, handling, now)


async def write_steps(
    connection: AsyncConnection,
    steps: tuple[tuple[Handling, Deed | None], ...],
    facts: Facts,
    now: datetime,
    *,
    new: bool,
) -> Handling:
    """The handling's row as the last step leaves it, and one line of the log for each. How it is then."""
    last = followed(steps[-1][0], facts)
    await put_all(
        connection, [(last, facts, new)], [line(handling, deed, now) for handling, deed in steps], now
    )
    return last


async def follow_facts(
    connection: AsyncConnection, handling: Handling, facts: Facts, now: datetime, timetable: Timetable
) -> Handling:
    """What newer papers say for lists, figures and deadlines. How it is then."""
    after = timetable.reread(followed(handling, facts))
    await put_all(connection, [(after, facts, False)], (), now)
    return after


async def _put(connection: AsyncConnection, made: Sequence[Made], *, given: bool) -> None:
    """given: all of them have papers, or none; without, what the papers said stays."""
    values = [{**columns(handling), **told(facts or Facts())} for handling, facts, _ in made]
    kept = {"ticket"} if given else {"ticket", *told(Facts())}
    changed = tuple(name for name in values[0] if name not in kept)
    await connection.execute(merged(connection.dialect.name, HANDLINGS, ("ticket",), changed), values)


def addressed(change: Change) -> tuple[str, ...]:
    """The platforms a change writes to."""
    return tuple(dict.fromkeys((*(post.platform for post in change.letters), *change.papers_for)))


def columns(handling: Handling) -> dict[str, Any]:
    """Its row, without what the papers say; its day's figures are not right from now on."""
    same = ("ticket", "incident", "version", "state", "origin", "target", "holder", "channel", "urgency")
    more = ("category", "opened_at", "changed_at", "returns", "reopened", "disputed")
    return {
        **{name: getattr(handling, name) for name in (*same, *more)},
        "path": path_column(handling),
        "delivered_at": handling.since("delivered"),
        "accepted_at": handling.since("accepted"),
        "fed_back_at": handling.since("feedback"),
        "closed_at": handling.since("closed"),
        "negotiated": handling.since("negotiating") is not None,
        "hour": hour_of(handling.opened_at),
        "stale": 1,
        "document": db_json.written(encode(handling)),
    }


def told(facts: Facts) -> dict[str, Any]:
    """The columns that say what the papers say; what the request is about is found out anew."""
    said = ("county", "place", "outcome", "waited", "request")
    return {**{name: getattr(facts, name) for name in said}, "topic": None, "spot": spot(facts.place)}


def path_column(handling: Handling) -> str:
    """ "|110|12345|": the platforms concerned, each between bars."""
    names = dict.fromkeys((*handling.path, handling.origin, handling.target, handling.holder))
    return f"|{'|'.join(names)}|"


def line(handling: Handling, deed: Deed | None, now: datetime) -> dict[str, Any]:
    """A line of the log."""
    done = None if deed is None else encode_deed(deed)
    return {
        "ticket": handling.ticket,
        "version": handling.version,
        "deed": "open" if deed is None else deed.name,
        "deed_id": f"open {handling.ticket}" if deed is None else deed.id,
        "platform": handling.origin if deed is None else deed.by,
        "path": path_column(handling),
        "at": handling.opened_at if deed is None else deed.at,
        "written_at": now,
        "reason": reason_class(deed.reason) if deed is not None and deed.name == "return" else "",
        "document": db_json.written({"deed": done, "handling": encode(handling)}),
    }

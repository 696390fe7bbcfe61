"""The record of deeds in the database: added to, read by filters, and verified as a whole.

Fulfils ports_access.AuditStore. There is no way here to change or delete an entry.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select

from bridge.access.audit import Deed, Head, link, plain
from bridge.adapters.db import Database, alone
from bridge.adapters.db_tables_access import AUDIT
from bridge.tickets.evidence import Verdict, digest

_A = AUDIT.c
PAGE: Final = 5000
"""Entries read at once while verifying."""
_FIELDS: Final = tuple(Deed.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; "" and None for any. before: a seq, only older ones; platform: whose doers'."""

    who: str = ""
    what: str = ""
    target: str = ""
    platform: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


class AuditTable:
    """The table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, deeds: Sequence[Deed]) -> None:
        """All of them in this order, or none; on disk on return."""
        async with self._database.write() as connection:
            await alone(connection, "audit")
            newest = select(_A.seq, _A.hash).order_by(_A.seq.desc()).limit(1)
            last = (await connection.execute(newest)).first()
            head, rows = Head() if last is None else Head(last.seq, last.hash), list[dict[str, Any]]()
            for deed in deeds:
                before = head
                head, _ = link(head, deed)
                own = {name: getattr(deed, name) for name in _FIELDS}
                rows.append({**own, "seq": head.seq, "previous": before.hash, "hash": head.hash})
            await connection.execute(insert(AUDIT), rows)

    async def find(self, wanted: Wanted, most: int) -> list[dict[str, Any]]:
        """The newest first, as JSON values, each with its hash."""
        chosen = select(AUDIT).order_by(_A.seq.desc()).limit(most)
        for condition in (
            _A.who == wanted.who if wanted.who else None,
            _A.what == wanted.what if wanted.what else None,
            _A.target == wanted.target if wanted.target else None,
            _A.platform == wanted.platform if wanted.platform else None,
            None if wanted.since is None else _A.at >= wanted.since,
            None if wanted.until is None else _A.at < wanted.until,
            None if wanted.before is None else _A.seq < wanted.before,
        ):
            chosen = chosen if condition is None else chosen.where(condition)
        async with self._database.read() as connection:
            return [{**_entry(row), "hash": row.hash} for row in await connection.execute(chosen)]

    async def verify(self) -> tuple[Head, Verdict]:
        """How far the chain goes, and whether it holds."""
        head = Head()
        async for row in self._all():
            entry = _entry(row)
            if row.seq != head.seq + 1:
                return head, Verdict(head.seq + 1, "gap")
            if row.previous != head.hash:
                return head, Verdict(max(1, head.seq), "broken")
            head = Head(row.seq, digest(entry))
            if row.hash != head.hash:
                return head, Verdict(row.seq, "broken")
        return head, Verdict()

    async def _all(self) -> AsyncIterator[Row[Any]]:
        seen = 0
        while True:
            page = select(AUDIT).where(_A.seq > seen).order_by(_A.seq).limit(PAGE)
            async with self._database.read() as connection:
                rows = (await connection.execute(page)).all()
            for row in rows:
                yield row
            if len(rows) < PAGE:
                return
            seen = rows[-1].seq


def _entry(row: Row[Any]) -> dict[str, Any]:
    deed = Deed(**{name: getattr(row, name) for name in _FIELDS})
    return {"seq": row.seq, "previous": row.previous, **plain(deed)}

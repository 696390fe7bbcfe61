"""Users, sessions and tokens in the database. Fulfils ports_access.UserStore; the command line writes here
too.

A running bridge finds what the command line has changed by `changed_at`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Row, Table, delete, select, update

from bridge.access.roles import Scope
from bridge.access.users import AccessToken, Session, User
from bridge.adapters.db import Database, insert_into
from bridge.adapters.db_tables_access import ACCESS_TOKENS, SESSIONS, USERS
from bridge.ports_access import Known

_S = SESSIONS.c


class UserTable:
    """The three tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, since: datetime | None) -> Known:
        """All, or what changed since."""
        sessions = select(SESSIONS)
        sessions = sessions.where(_S.ended.is_(False) if since is None else _S.changed_at >= since)
        async with self._database.read() as connection:
            return Known(
                tuple(_user(row) for row in await connection.execute(_since(USERS, since))),
                tuple(_session(row) for row in await connection.execute(sessions)),
                tuple(_token(row) for row in await connection.execute(_since(ACCESS_TOKENS, since))),
            )

    async def user(self, login: str) -> User | None:
        """One of them."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(USERS).where(USERS.c.login == login))).first()
        return None if row is None else _user(row)

    async def save_user(self, user: User) -> None:
        """As it is now."""
        await self._put(USERS, "login", _fields(user))

    async def save_session(self, session: Session) -> None:
        """As it is now."""
        await self._put(SESSIONS, "digest", _fields(session))

    async def save_token(self, token: AccessToken) -> None:
        """As it is now."""
        await self._put(ACCESS_TOKENS, "name", {**_fields(token), "may": ",".join(sorted(token.may))})

    async def seen(self, when: dict[str, datetime]) -> None:
        """When sessions were last used. Not a change: nobody else needs to be told at once."""
        async with self._database.write() as connection:
            for digest, at in when.items():
                later = update(SESSIONS).where(_S.digest == digest, _S.seen_at < at)
                await connection.execute(later.values(seen_at=at))

    async def end_sessions(self, user: str, now: datetime, but: str = "") -> None:
        """All of a user's are over, except one."""
        those = update(SESSIONS).where(_S.user == user, _S.ended.is_(False), _S.digest != but)
        async with self._database.write() as connection:
            await connection.execute(those.values(ended=True, changed_at=now))

    async def forget_sessions(self, before: datetime) -> None:
        """Those opened before a time go."""
        async with self._database.write() as connection:
            await connection.execute(delete(SESSIONS).where(_S.opened_at < before))

    async def _put(self, table: Table, key: str, values: dict[str, Any]) -> None:
        async with self._database.write() as connection:
            put = insert_into(connection, table).values(values)
            await connection.execute(put.on_conflict_do_update(index_elements=[key], set_=values))


def _since(table: Table, since: datetime | None) -> Any:
    return select(table) if since is None else select(table).where(table.c.changed_at >= since)


def _fields(value: User | Session | AccessToken) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _user(row: Row[Any]) -> User:
    return User(**{name: getattr(row, name) for name in User.__dataclass_fields__})


def _session(row: Row[Any]) -> Session:
    return Session(**{name: getattr(row, name) for name in Session.__dataclass_fields__})


def _token(row: Row[Any]) -> AccessToken:
    """A scope this version does not know gives nothing."""
    fields = {name: getattr(row, name) for name in AccessToken.__dataclass_fields__}
    may = frozenset(row.may.split(",")) & frozenset(get_args(Scope))
    return AccessToken(**{**fields, "may": may})

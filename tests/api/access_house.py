"""Users behind the interface: a real database, real hashes, the real desks; put into a `House`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bridge.access.roles import Role
from bridge.access.users import Lasting, User
from bridge.adapters.argon2_hash import Argon2
from bridge.adapters.db import Database
from bridge.adapters.db_audit import AuditTable, Wanted
from bridge.adapters.db_users import UserTable
from bridge.api.parts import AccessParts
from bridge.services.audit_desk import AuditDesk
from bridge.services.provider_desk import ProviderDesk
from bridge.services.sign_in import SignIn
from bridge.services.who_is_who import WhoIsWho
from tests.api.conftest import House

PASSWORD = "东边日出西边雨道是无晴"
LASTING = Lasting(timedelta(minutes=60), timedelta(hours=12))


class Users:
    """The parts, and what tests ask of them."""

    def __init__(self, house: House, database: Database, hasher: Argon2) -> None:
        self.house, self.database, self.hasher = house, database, hasher
        self.refused: list[str] = []
        self.book = WhoIsWho(UserTable(database), house.clock, LASTING)
        self.table = AuditTable(database)
        self.audit = AuditDesk(self.table)
        secrets = itertools.count(1)
        self.sign_in = SignIn(
            book=self.book, hasher=hasher, audit=self.audit, clock=house.clock,
            secret=lambda: f"session-secret-{next(secrets):028}", on_refused=self.refused.append,
        )  # fmt: skip

    def parts(self, provider: ProviderDesk | None = None) -> AccessParts:
        return AccessParts(self.book, self.sign_in, self.audit, self.table, provider)

    async def add(self, login: str, role: Role = "supervisor", platform: str = "12345", **more: Any) -> User:
        now = self.house.clock.wall()
        hashed = await self.hasher.hash(PASSWORD)
        user = replace(User(login, f"{login}的名字", role, platform, now, password=hashed), **more)
        await self.book.save(user)
        return user

    async def deeds(self, **wanted: Any) -> list[tuple[str, str, str, str]]:
        """Who, what, of what, how; oldest first."""
        await asyncio.wait_for(self.audit._idle.wait(), 10)
        found = await self.table.find(Wanted(**wanted), 100)
        return [(each["who"], each["what"], each["target"], each["detail"]) for each in found[::-1]]


@contextlib.asynccontextmanager
async def users(house: House, url: str, hasher: Argon2 | None = None) -> AsyncIterator[Users]:
    """Started, and stopped in reverse."""
    database, hasher = Database(url), hasher or Argon2()
    await database.start()
    made = Users(house, database, hasher)
    await made.book.start()
    await made.audit.start()
    house.access = made.parts()
    try:
        yield made
    finally:
        await made.audit.stop()
        await made.book.stop()
        await hasher.stop()
        await database.stop()

"""What `bridge user`, `token` and `audit` do with the database: each change is put on record with it.

The doer is "console": whoever has a shell here and can read the configuration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

from bridge.access.audit import Deed
from bridge.access.roles import NAMES, SCOPES, SEATED, Role
from bridge.access.users import AccessToken, User, holds, misfit
from bridge.adapters.argon2_hash import Argon2
from bridge.adapters.db import Database
from bridge.adapters.db_audit import AuditTable
from bridge.adapters.db_users import UserTable
from bridge.app.access import new_secret
from bridge.clock import SystemClock
from bridge.errors import AdministratorError
from bridge.settings import Settings

CONSOLE: Final = "console"
MARK: Final = "bt_"
"""Tokens begin so, that a scanner for leaked secrets knows them."""
_WHY: Final = {"gap": "缺了记录", "broken": "被改动过，或插进了别的"}
T = TypeVar("T")


async def with_roster(settings: Settings, do: Callable[[Roster], Awaitable[T]]) -> T:
    """The database is opened for it and closed again. Raises AdministratorError, ConfigError."""
    database = Database(settings.database.url)
    await database.start()
    try:
        return await do(Roster(settings, database))
    finally:
        await database.stop()


class Roster:
    """Users, tokens and the record, changed by hand."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._clock = settings, SystemClock()
        self._table, self._audit = UserTable(database), AuditTable(database)

    async def check_new(self, login: str, role: Role, platform: str, extension: str) -> None:
        """Raises AdministratorError for a user that cannot be added."""
        wrong = misfit(login, role, platform, extension)
        if wrong:
            raise AdministratorError(wrong)
        self._known_platform(platform)
        self._known_extension(extension)
        if await self._table.user(login) is not None:
            raise AdministratorError(
                f"已经有 {login}：改密码用 bridge user passwd，换角色用 bridge user role"
            )

    async def add(
        self, login: str, name: str, role: Role, platform: str, extension: str, password: str
    ) -> None:
        """A new user, who must change this password."""
        await self.check_new(login, role, platform, extension)
        now = self._clock.wall()
        user = User(login, name, role, platform, now, extension, await _hashed(password), must_change=True)
        await self._table.save_user(user)
        await self._note("user.added", login, f"{role} {platform}".strip())

    async def users(self) -> list[str]:
        """A line each."""
        found = (await self._table.known(None)).users
        return [_line(user) for user in sorted(found, key=lambda each: each.login)] or ["还没有用户"]

    async def known(self, login: str) -> User:
        """Raises AdministratorError without one."""
        user = await self._table.user(login)
        if user is None:
            raise AdministratorError(f"没有 {login}：全部用户见 bridge user list")
        return user

    async def passwd(self, login: str, password: str) -> None:
        """A new password, to be changed; all sessions end."""
        user = await self.known(login)
        if user.subject:
            raise AdministratorError(f"{login} 用统一登录，密码在那边改")
        await self._change(replace(user, password=await _hashed(password), must_change=True), "passwd")
        await self._table.end_sessions(login, self._clock.wall())

    async def role(self, login: str, role: Role, platform: str | None) -> None:
        """Another role, another platform."""
        user = await self.known(login)
        if user.subject:
            raise AdministratorError(f"{login} 用统一登录，角色由那边给（api.oidc.roles）")
        there = user.platform if platform is None else platform
        extension = user.extension if role in SEATED else ""
        wrong = misfit(login, role, there, extension)
        if wrong:
            raise AdministratorError(wrong)
        self._known_platform(there)
        await self._change(replace(user, role=role, platform=there, extension=extension), f"{role} {there}")

    async def extension(self, login: str, extension: str) -> None:
        """Another telephone; "" for none."""
        user = await self.known(login)
        wrong = misfit(login, user.role, user.platform, extension) if not user.subject else ""
        if wrong or (extension and user.role not in SEATED):
            raise AdministratorError(wrong or "分机只用于话务员和班长")
        self._known_extension(extension)
        await self._change(replace(user, extension=extension), f"extension {extension}")

    async def able(self, login: str, *, disabled: bool) -> None:
        """Shut out, or let in again."""
        await self._change(
            replace(await self.known(login), disabled=disabled), "disabled" if disabled else "enabled"
        )
        if disabled:
            await self._table.end_sessions(login, self._clock.wall())

    async def add_token(self, name: str, scopes: Sequence[str], platform: str, days: int | None) -> str:
        """The token, which nobody can tell again."""
        self._known_platform(platform)
        may = frozenset(scope for scope in SCOPES if scope in scopes)
        if len(may) < len(set(scopes)):
            raise AdministratorError(f"权限只有这些：{' '.join(SCOPES)}")
        taken = {token.name for token in (await self._table.known(None)).tokens}
        if not 1 <= len(name) <= 64 or name in taken | {each.name for each in self._settings.api.tokens}:
            raise AdministratorError("令牌要有一个没用过的名称（1 到 64 个字）")
        secret, now = MARK + new_secret(), self._clock.wall()
        digest = hashlib.sha256(secret.encode()).hexdigest()
        ends = None if days is None else now + timedelta(days=days)
        await self._table.save_token(AccessToken(digest, name, may, platform, now, now, ends))
        await self._note("token.made", name, " ".join([*sorted(may), platform]).strip())
        return secret

    async def tokens(self) -> list[str]:
        """A line each."""
        now = self._clock.wall()
        return [
            _token_line(token, holds(token, now)) for token in (await self._table.known(None)).tokens
        ] or ["还没有令牌"]

    async def revoke(self, name: str) -> None:
        """Taken back. Raises AdministratorError without one."""
        found = [token for token in (await self._table.known(None)).tokens if token.name == name]
        if not found:
            raise AdministratorError(f"没有叫 {name} 的令牌：见 bridge token list")
        await self._table.save_token(replace(found[0], revoked=True, changed_at=self._clock.wall()))
        await self._note("token.revoked", name, "")

    async def verify(self) -> str:
        """What there is to say of a chain that holds. Raises AdministratorError for one that does not."""
        head, verdict = await self._audit.verify()
        if not verdict.holds:
            raise AdministratorError(f"操作记录第 {verdict.at} 条{_WHY[verdict.why]}")
        return f"操作记录完整：{head.seq} 条，最后一条的 SHA-256 是 {head.hash}"

    async def _change(self, user: User, how: str) -> None:
        await self._table.save_user(replace(user, changed_at=self._clock.wall()))
        await self._note("user.changed", user.login, how.strip())

    async def _note(self, what: str, target: str, detail: str) -> None:
        await self._audit.append([Deed(self._clock.wall(), CONSOLE, "", "", what, target, "", detail)])

    def _known_extension(self, extension: str) -> None:
        if extension and extension not in self._settings.agents:
            raise AdministratorError(f"配置的 agents 里没有分机 {extension}")

    def _known_platform(self, platform: str) -> None:
        if platform and platform not in self._settings.platforms:
            raise AdministratorError(f"配置的 platforms 里没有 {platform}")


async def _hashed(password: str) -> str:
    hasher = Argon2()
    try:
        return await hasher.hash(password)
    finally:
        await hasher.stop()


def _line(user: User) -> str:
    state = (
        "停用" if user.disabled else "要换密码" if user.must_change else "统一登录" if user.subject else ""
    )
    parts = (user.login, NAMES[user.role], user.platform or "全部平台", user.extension, state, user.name)
    return "  ".join(part for part in parts if part)


def _token_line(token: AccessToken, good: bool) -> str:
    until = "一直有效" if token.ends_at is None else f"到 {token.ends_at.astimezone():%Y-%m-%d}"
    state = "" if good else "已收回" if token.revoked else "已过期"
    parts = (token.name, ",".join(sorted(token.may)), token.platform or "全部平台", until, state)
    return "  ".join(part for part in parts if part)

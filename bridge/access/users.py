"""Users, their sessions, and tokens made for programs: frozen values, and who they are at the door. Pure.

Secrets are not in here: of a password there is its hash, of a session or token the SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.access.principal import Principal
from bridge.access.roles import HOUSELESS, SEATED, TABLE, Role, Scope

LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
"""What somebody types. Users of an identity provider have an @ in theirs, so that the two never meet."""


@dataclass(frozen=True, slots=True)
class User:
    """login: what is typed; name: what is shown; platform: "" for none; extension: their telephone, ""
    without; password: its argon2id hash, "" where only the identity provider lets them in; subject: who they
    are there, "" for nobody; must_change: the password was set by somebody else. changed_at: aware."""

    login: str
    name: str
    role: Role
    platform: str
    changed_at: datetime
    extension: str = ""
    password: str = ""
    subject: str = ""
    must_change: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in that lasts. digest: SHA-256 of its cookie; seen_at: last used. Times are aware."""

    digest: str
    user: str
    opened_at: datetime
    seen_at: datetime
    changed_at: datetime
    ended: bool = False


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token of a program or partner. ends_at: None for never."""

    digest: str
    name: str
    may: frozenset[Scope]
    platform: str
    made_at: datetime
    changed_at: datetime
    ends_at: datetime | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a session lasts: without use, and at all."""

    idle: timedelta
    longest: timedelta


def handle(session: Session) -> str:
    """What an administrator calls it by: tells nothing of the cookie, nor of the hash it is known by."""
    return hashlib.sha256(f"session {session.digest}".encode()).hexdigest()[:16]


def lives(session: Session, lasting: Lasting, now: datetime) -> bool:
    """Whether it still lets somebody in."""
    if session.ended or now >= session.opened_at + lasting.longest:
        return False
    return now < session.seen_at + lasting.idle


def holds(token: AccessToken, now: datetime) -> bool:
    """Whether it was neither taken back nor has run out."""
    return not token.revoked and (token.ends_at is None or now < token.ends_at)


def in_session(user: User, session: Session) -> Principal:
    """The user as the door knows them."""
    return Principal(
        user.login,
        f"user:{user.login}",
        TABLE[user.role],
        user.platform,
        user.role,
        "user",
        session.digest,
        user.must_change,
        user.extension,
    )


def by_token(token: AccessToken) -> Principal:
    """The token's bearer as the door knows them."""
    return Principal(token.name, token.digest, token.may, token.platform, key=token.digest)


def misfit(login: str, role: Role, platform: str, extension: str) -> str:
    """What is wrong with a new user, in Chinese; "" for nothing."""
    if not LOGIN.fullmatch(login):
        return "登录名用小写字母、数字、. _ -，2 到 32 个，字母或数字开头"
    if not platform and role not in HOUSELESS:
        return "要写 --platform：只有管理员可以不属于任何平台"
    if extension and role not in SEATED:
        return "--extension 只用于话务员和班长"
    return ""

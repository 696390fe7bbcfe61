"""From the identity provider's word to a user: which role, which platform, which name. Pure.

The signature, the audience and the times of that word have been checked already (adapters.oidc). Nobody gets
in by default: without a claim that stands for a role here there is no user.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.access.roles import HOUSELESS, ROLES, Role
from bridge.access.users import User
from bridge.errors import LoginRefused

_LONGEST: Final = 60
"""Characters of a name that are kept."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """role_claim: where the role stands ("a.b": b within a); roles: its values -> ours; platform_claim: the
    same for the platform, None: everybody is of `platform` ("": of none)."""

    role_claim: str
    roles: Mapping[str, Role]
    platform_claim: str | None
    platform: str
    platforms: Collection[str]


def user_of(claims: Mapping[str, Any], issuer: str, mapped: Mapped, now: datetime) -> User:
    """Raises LoginRefused, saying in Chinese what is missing."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise LoginRefused("身份提供者没有说是谁（sub）")
    role = _role(claims, mapped)
    platform = _platform(claims, mapped)
    if not platform and role not in HOUSELESS:
        raise LoginRefused("没有平台：请管理员核对 oidc.platform_claim 和这个人的平台")
    name = _text(claims.get("preferred_username")) or subject
    login = f"{name.casefold()[:_LONGEST]}@{urlsplit(issuer).hostname or 'oidc'}"[:128]
    shown = _text(claims.get("name")) or name[:_LONGEST]
    return User(login, shown, role, platform, now, subject=f"{issuer} {subject}"[:400])


def _role(claims: Mapping[str, Any], mapped: Mapped) -> Role:
    """Of several the one that may most: ROLES says so in its order."""
    values = _values(claims, mapped.role_claim)
    found = {mapped.roles[value] for value in values if value in mapped.roles}
    for role in ("administrator", "supervisor", *ROLES):
        if role in found:
            return role
    raise LoginRefused("没有角色：请管理员核对 oidc.roles 和这个人在统一登录里的角色")


def _platform(claims: Mapping[str, Any], mapped: Mapped) -> str:
    if mapped.platform_claim is None:
        return mapped.platform
    found = [value for value in _values(claims, mapped.platform_claim) if value in mapped.platforms]
    return found[0] if len(found) == 1 else ""


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    """A claim's texts: one, several, or none. A name with dots of its own goes before a path."""
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    given = value if isinstance(value, list) else [value]
    return [each for each in given if isinstance(each, str)]


def _text(value: Any) -> str:
    return value.strip()[:_LONGEST] if isinstance(value, str) and value.strip().isprintable() else ""

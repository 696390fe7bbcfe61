"""Somebody known at the door: what they may do, and whose calls and tickets they see. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from bridge.access.roles import SCOPES, Role, Scope, granted
from bridge.errors import MustChangePassword, NotAllowed

Kind = Literal["token", "user", "loopback"]


@dataclass(frozen=True, slots=True)
class Principal:
    """name: the token's or the user's login; digest: tells two of one name apart (a token's SHA-256, a
    session's user); platform: whose calls and tickets they see, "" for all; role: "" for a token; key: what
    they have shown, by which it is looked up again ("" where nothing ends); must_change: nothing may be done
    before the password is changed; extension: their own telephone, "" without."""

    name: str
    digest: str
    may: frozenset[Scope]
    platform: str = ""
    role: Role | Literal[""] = ""
    kind: Kind = "token"
    key: str = ""
    must_change: bool = False
    extension: str = ""

    def needs(self, *scopes: Scope) -> None:
        """Raises NotAllowed without any of these; MustChangePassword."""
        if self.must_change:
            raise MustChangePassword("password not changed yet")
        if not granted(self.may, *scopes):
            raise NotAllowed(f"needs {' or '.join(scopes)}")

    def has(self, scope: Scope) -> bool:
        """Whether they have it."""
        return not self.must_change and granted(self.may, scope)

    def sees(self, platforms: Collection[str]) -> bool:
        """Whether something that concerns these platforms is theirs to see."""
        return not self.platform or self.platform in platforms


LOOPBACK: Final = Principal("loopback", "loopback", frozenset(SCOPES), kind="loopback")
"""This machine, where the administrator trusts it."""

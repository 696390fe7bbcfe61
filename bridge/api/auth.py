"""Who is at the door, and what they may do. Pure rules over an address and headers.

A bearer token (RFC 6750) is known by its SHA-256 only. This machine itself needs none where the
administrator says so, but only when it really is this machine asking in its own name: a foreign Host is DNS
rebinding, a foreign Origin is another site's page in a local browser, a forwarding header is a proxy
speaking for someone else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from bridge.errors import BadCredentials, ForeignPage, NotAllowed
from bridge.settings.house import Api

Scope = Literal["read", "transfer", "listen", "personal", "admin"]
"""personal: sees identity card, bank card and telephone numbers whole."""

FORWARDING: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""With one of these a proxy on this machine speaks for somebody elsewhere (RFC 7239, RFC 9110 §7.6.3)."""

MAX_TOKEN: Final = 512
"""Characters; ours are 64. Longer ones are not even hashed."""

_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody known. name: the token's, or "loopback"; digest: the token's SHA-256, which tells two tokens
    of one name apart; admin may do everything."""

    name: str
    digest: str
    may: frozenset[Scope]

    def needs(self, scope: Scope) -> None:
        """Raises NotAllowed without that scope."""
        if not self.has(scope):
            raise NotAllowed(f"needs {scope}")

    def has(self, scope: Scope) -> bool:
        """Whether they have it."""
        return scope in self.may or "admin" in self.may


LOOPBACK: Final = Principal(
    "loopback", "loopback", frozenset({"read", "transfer", "listen", "personal", "admin"})
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A request's address ("" if it has none) and its headers, names in lower case."""

    address: str
    headers: Mapping[str, str]


class Guard:
    """The tokens, and whether this machine is trusted."""

    def __init__(self, settings: Api) -> None:
        self._trust_loopback = settings.trust_loopback
        self._known = [
            Principal(token.name, token.sha256.lower(), frozenset(token.may)) for token in settings.tokens
        ]

    def recognise(self, visitor: Visitor) -> Principal | None:
        """By the Authorization header, or as this machine; None: nothing was shown. A credential that is
        shown must be right. Raises BadCredentials."""
        shown = visitor.headers.get("authorization")
        if shown is not None:
            scheme, _, token = shown.partition(" ")
            if scheme.lower() != "bearer":
                raise BadCredentials("not a bearer token")
            return self.by_token(token.strip())
        return LOOPBACK if self._trust_loopback and from_home(visitor) else None

    def admit(self, visitor: Visitor, scope: Scope) -> Principal:
        """Somebody with that scope. Raises BadCredentials, NotAllowed."""
        principal = self.recognise(visitor)
        if principal is None:
            raise BadCredentials("no token")
        principal.needs(scope)
        return principal

    def by_token(self, token: str) -> Principal:
        """Whose token it is. Every known one is compared, in constant time each. Raises BadCredentials."""
        if not token or len(token) > MAX_TOKEN:
            raise BadCredentials("no usable token")
        shown = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        found = [who for who in self._known if hmac.compare_digest(who.digest, shown)]
        if not found:
            raise BadCredentials("unknown token")
        return found[0]


def from_home(visitor: Visitor) -> bool:
    """Whether this machine asks in its own name."""
    if any(name in visitor.headers for name in FORWARDING):
        return False
    return _loopback(visitor.address) and _loopback(_host_of(visitor.headers.get("host", "")))


def own_page(visitor: Visitor) -> None:
    """A browser names the page it acts for in Origin; it must be ours. Raises ForeignPage (RFC 6454 §7)."""
    origin = visitor.headers.get("origin")
    if origin is None:
        return
    scheme, _, site = origin.lower().partition("://")
    port = _DEFAULT_PORT.get(scheme)
    host = visitor.headers.get("host", "").lower()
    if port is None or not site or site.removesuffix(port) != host.removesuffix(port):
        raise ForeignPage("Origin is not Host")


def _host_of(host: str) -> str:
    """The name or address in a Host header, without port; "" if it is not one."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.netloc == host and "@" not in host else ""


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback

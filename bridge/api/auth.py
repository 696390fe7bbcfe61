"""Who is at the door, and what they may do. Pure rules over an address and headers.

A bearer token (RFC 6750) is known by its SHA-256 only. This machine itself needs none where the
administrator says so, but only when it really is this machine asking in its own name: a foreign Host is DNS
rebinding, a foreign Origin is another site's page in a local browser, a forwarding header is a proxy
speaking for someone else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final, Protocol
from urllib.parse import urlsplit

from bridge.access.principal import LOOPBACK, Principal
from bridge.access.roles import Scope
from bridge.errors import BadCredentials, ForeignPage
from bridge.settings.house import Api, Token

FORWARDING: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""With one of these a proxy on this machine speaks for somebody elsewhere (RFC 7239, RFC 9110 §7.6.3)."""

MAX_TOKEN: Final = 512
"""Characters; ours are 64. Longer ones are not even hashed."""

COOKIE: Final = "bridge"
SECURE_COOKIE: Final = "__Host-bridge"

_CONFIGURED: Final = "configuration"
"""Key of a token of the configuration."""
_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """A request's address ("" if it has none) and its headers, names in lower case."""

    address: str
    headers: Mapping[str, str]


class Book(Protocol):
    """Who is known beside the configuration: users by their sessions, tokens made by `bridge token add`. In
    memory: the door never waits for it."""

    def by_session(self, digest: str) -> Principal | None:
        """Whose session that is (SHA-256, hex), None when it is over or never was. It counts as used."""

    def by_token(self, digest: str) -> Principal | None:
        """Whose token that is, None when it has run out, was taken back or never was."""


class Configured:
    """The tokens of the configuration, as it is now."""

    def __init__(self, tokens: Sequence[Token] = ()) -> None:
        self.renew(tokens)

    def renew(self, tokens: Sequence[Token]) -> None:
        """Others from now on."""
        self._known = [
            Principal(
                token.name, token.sha256.lower(), frozenset(token.may), token.platform or "", key=_CONFIGURED
            )
            for token in tokens
        ]

    def by_digest(self, shown: str) -> Principal | None:
        """Whose that is. Every one is compared, in constant time each."""
        found = [who for who in self._known if hmac.compare_digest(who.digest, shown)]
        return found[0] if found else None

    def knows(self, who: Principal) -> bool:
        """Whether somebody let in by one of them still would be, as the same."""
        return who in self._known


class Guard:
    """The tokens, the sessions, and whether this machine is trusted. book: None: no users; tokens: None:
    those of `settings`."""

    def __init__(self, settings: Api, book: Book | None = None, tokens: Configured | None = None) -> None:
        self._trust_loopback, self._book = settings.trust_loopback, book
        self._tokens = tokens or Configured(settings.tokens)

    def recognise(self, visitor: Visitor) -> Principal | None:
        """By the Authorization header, by a session's cookie, or as this machine; None: nothing was shown
        that holds. A token that is shown must be right; a cookie that has run out is as good as none, for a
        browser shows it unasked. Raises BadCredentials."""
        shown = visitor.headers.get("authorization")
        if shown is not None:
            scheme, _, token = shown.partition(" ")
            if scheme.lower() != "bearer":
                raise BadCredentials("not a bearer token")
            return self.by_token(token.strip())
        in_session = self.by_cookie(visitor)
        if in_session is not None:
            return in_session
        return LOOPBACK if self._trust_loopback and from_home(visitor) else None

    def admit(self, visitor: Visitor, *scopes: Scope) -> Principal:
        """Somebody with one of those scopes; without any: somebody known. Raises BadCredentials,
        NotAllowed."""
        principal = self.recognise(visitor)
        if principal is None:
            raise BadCredentials("no token")
        if scopes:
            principal.needs(*scopes)
        return principal

    def by_token(self, token: str) -> Principal:
        """Whose token it is. Those in the book are looked up by their digest, which tells nobody anything
        about the token. Raises BadCredentials."""
        if not token or len(token) > MAX_TOKEN:
            raise BadCredentials("no usable token")
        shown = digest(token)
        found = self._tokens.by_digest(shown)
        if found is not None:
            return found
        who = self._book.by_token(shown) if self._book is not None else None
        if who is None:
            raise BadCredentials("unknown token")
        return who

    def by_cookie(self, visitor: Visitor) -> Principal | None:
        """Whose session the cookie is of."""
        token = cookie(visitor) if self._book is not None else ""
        return self._book.by_session(digest(token)) if self._book is not None and token else None

    def now(self, who: Principal) -> Principal | None:
        """The same person as they are now: None when their session or token has ended, or they may do
        something else than before."""
        if who.key == _CONFIGURED:
            return who if self._tokens.knows(who) else None
        if not who.key or self._book is None:
            return who
        look = self._book.by_session if who.kind == "user" else self._book.by_token
        found = look(who.key)
        return found if found == who else None


def digest(token: str) -> str:
    """SHA-256 of a token or a session's secret, hex: what is kept of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def cookie(visitor: Visitor) -> str:
    """What the session's cookie says, "" without one. Where there are two of the name (RFC 6265 leaves the
    order open) none is believed."""
    wanted = f"{cookie_name(visitor)}="
    pairs = [pair.strip() for pair in visitor.headers.get("cookie", "").split(";")]
    found = [pair.removeprefix(wanted) for pair in pairs if pair.startswith(wanted)]
    return found[0] if len(found) == 1 and len(found[0]) <= MAX_TOKEN else ""


def cookie_name(visitor: Visitor) -> str:
    """The session's cookie; over anything but plain HTTP on this machine one that only this very host can
    set, and only over TLS (RFC 6265bis §4.1.3.2)."""
    return COOKIE if plain(visitor) else SECURE_COOKIE


def plain(visitor: Visitor) -> bool:
    """Whether the browser speaks with this machine itself, where cookies need no TLS."""
    return _loopback(_host_of(visitor.headers.get("host", "")))


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


def by_own_page(visitor: Visitor, who: Principal | None) -> None:
    """A cookie goes out with whatever a browser sends, so what changes something by a session's right must
    say that our page asks for it. Raises ForeignPage."""
    if who is not None and who.kind == "user" and "origin" not in visitor.headers:
        raise ForeignPage("no Origin")


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

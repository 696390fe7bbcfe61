"""SIP and tel URIs as values (RFC 3261 §19.1, RFC 3966).

Text in, value out, and back. Reading brings a URI to one form (host and parameter names in lower case,
needless escapes undone, the deprecated password dropped), so equal values mean equal addresses. Writing
escapes whatever would break out of its place. Says nothing of where a URI leads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import quote, unquote

from bridge.errors import MalformedSip
from bridge.frozen import quick
from bridge.sip.tokens import CACHE, Params, find_param, write_params

_PLAIN_USER: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/]*")
"""unreserved and user-unreserved (RFC 3261 §25): these are written as they are."""
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})?")
_SAFE_USER: Final = "-_.!~*'()&=+$,;?/%"
_UNRESERVED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()")
_VISIBLE: Final = re.compile(r'[^\s<>"\\\x00-\x20\x7f]+')
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*")
HOST: Final = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9_.\-]*)"
"""hostname, IPv4 or [IPv6]. An underscore is against RFC 1123, but container networks give such names."""
_SIP: Final = re.compile(
    rf"(?:([^@:\[\]]+)(?::[^@]*)?@)?{HOST}(?::([0-9]{{1,5}}))?((?:;[^;?@]+)*)(?:\?(.+))?"
)
_TEL: Final = re.compile(r"(\+?(?=[^;]*[0-9*#])[0-9A-Fa-f*#()\-.]+)((?:;[^;?@]+)*)")
_NO_CONTROLS: Final = dict.fromkeys((*range(32), 127), "\ufffd")
_VISUAL: Final = str.maketrans("", "", "-.()")
"""Visual separators mean nothing in a telephone number (RFC 3966 §3 and §5.1.1)."""


@quick
@dataclass(frozen=True, slots=True)
class SipUri:
    """A URI. `tel:` and schemes we don't know: `host` is "" and `user` the number or the opaque part.

    user: as on the wire, in its one form (`%61` read as `a`, `#` and the like as `%23`); None when there is
    none. host: lower case, IPv6 without brackets. port: 1..65535. headers: what follows `?`, as written.
    """

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    params: Params = ()
    headers: str = ""

    def encode(self) -> str:
        """The URI as text, without angle brackets."""
        params = write_params(self.params) if self.params else ""
        if not self.host:
            return f"{self.scheme}:{self.user or ''}{params}"
        user = f"{write_user(self.user)}@" if self.user else ""
        headers = f"?{self.headers}" if self.headers else ""
        return f"{self.scheme}:{user}{write_host(self.host, self.port)}{params}{headers}"

    def param(self, name: str) -> str | None:
        """The parameter's value; "" when it is there without one; None when it is absent."""
        return find_param(self.params, name)

    @property
    def dialled(self) -> str:
        """The user part with every escape undone (`*1%23` -> `*1#`), to compare, never to write."""
        user = self.user or ""
        return unquote(user).translate(_NO_CONTROLS) if "%" in user else user


def write_host(host: str, port: int | None) -> str:
    """host[:port], with the brackets an IPv6 address needs."""
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def write_user(user: str) -> str:
    """The user part escaped; a part already escaped stays as it is."""
    if _PLAIN_USER.fullmatch(user):
        return user
    return quote(_ESCAPE.sub(lambda found: found[0] if found[1] else "%25", user), safe=_SAFE_USER)


def read_host(text: str) -> str:
    """A host matched by `HOST`, in lower case and without brackets. Raises MalformedSip on a bad IPv6 one."""
    if not text.startswith("["):
        return text.lower()
    try:
        return IPv6Address(text[1:-1]).compressed
    except ValueError as error:
        raise MalformedSip(f"bad IPv6 address {text[:60]}", "host") from error


def read_port(text: str | None) -> int | None:
    """A port, 1..65535. Raises MalformedSip."""
    if text is None:
        return None
    port = int(text)
    if not 0 < port < 65536:
        raise MalformedSip(f"port {port} is out of range", "port")
    return port


@lru_cache(CACHE)
def parse_uri(text: str) -> SipUri:
    """A sip, sips or tel URI (not in angle brackets). Raises MalformedSip."""
    uri = read_uri(text)
    if uri.scheme not in {"sip", "sips", "tel"}:
        raise MalformedSip(f"unknown URI scheme {uri.scheme[:20]}", "uri")
    return uri


@lru_cache(CACHE)
def read_uri(text: str) -> SipUri:
    """Any absolute URI; of a scheme we don't know, `user` holds all after the colon. Raises MalformedSip."""
    scheme, colon, rest = text.partition(":")
    if not colon or not _VISIBLE.fullmatch(rest) or not _SCHEME.fullmatch(scheme):
        raise MalformedSip(f"not a URI: {text[:60]!r}", "uri")
    scheme = scheme.lower()
    if scheme in {"sip", "sips"}:
        return _read_sip(scheme, rest)
    return _read_tel(rest) if scheme == "tel" else SipUri(scheme, rest, "")


def _read_sip(scheme: str, rest: str) -> SipUri:
    found = _SIP.fullmatch(rest)
    if not found:
        raise MalformedSip(f"not a SIP URI: {rest[:60]!r}", "uri")
    user, host, port, params, headers = found.groups()
    user = _read_user(user) if user else None
    return SipUri(scheme, user, read_host(host), read_port(port), _read_params(params), headers or "")


def _read_tel(rest: str) -> SipUri:
    found = _TEL.fullmatch(rest)
    if not found:
        raise MalformedSip(f"not a telephone number: {rest[:60]!r}", "uri")
    return SipUri("tel", found[1].translate(_VISUAL), "", params=_read_params(found[2]))


def _read_user(user: str) -> str:
    return user if _PLAIN_USER.fullmatch(user) else write_user(_ESCAPE.sub(_normal_escape, user))


def _normal_escape(found: re.Match[str]) -> str:
    if not found[1]:
        raise MalformedSip("a % in a user part that escapes nothing", "uri")
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0].upper()


def _read_params(text: str) -> Params:
    if not text:
        return ()
    pairs = [item.partition("=") for item in text[1:].split(";")]
    params = tuple([(name.lower(), value if equals else None) for name, equals, value in pairs])
    names = {name for name, _ in params}
    if len(names) != len(params) or "" in names:  # §19.1.1: a parameter appears once at most
        raise MalformedSip("a URI parameter without a name, or twice", "uri")
    return params

"""The header values we act on, read and written (RFC 3261 §20, §25): addresses, Via, CSeq, lists, challenges.

Each reader takes one header value (or one element of a list, see `split_commas`), already unfolded, and gives
a frozen value or raises MalformedSip. Readers remember what they read: the parser checks a message's main
headers, and whoever asks for the same value later pays for a look-up. Knows nothing of messages or dialogs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from bridge.errors import MalformedSip
from bridge.frozen import quick, replace
from bridge.sip.tokens import (
    CACHE,
    NO_CONTROLS,
    QUOTED,
    TOKEN,
    Params,
    find_param,
    is_token,
    quote,
    read_params,
    split_commas,
    unquote,
    write_params,
)
from bridge.sip.uri import HOST, SipUri, parse_uri, read_host, read_port, read_uri, write_host

__all__ = [
    "CSeq",
    "NameAddr",
    "Params",
    "SipUri",
    "Via",
    "is_token",
    "parse_challenge",
    "parse_cseq",
    "parse_name_addr",
    "parse_uri",
    "parse_via",
    "quote",
    "read_params",
    "split_commas",
    "unquote",
]

MAX_CSEQ: Final = 2**31 - 1
"""RFC 3261 §8.1.1.5: the sequence number is less than 2**31."""

_NAME_ADDR: Final = re.compile(rf"(?:({QUOTED})[ \t]*|([^\"<>,;\\]*))<([^<>]*)>(.*)", re.S)
_VIA: Final = re.compile(
    rf"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*({TOKEN})[ \t]+{HOST}(?:[ \t]*:[ \t]*([0-9]{{1,5}}))?(.*)",
    re.I | re.S,
)
_CSEQ: Final = re.compile(rf"([0-9]{{1,10}})[ \t]+({TOKEN})")
_AUTH_PARAM: Final = re.compile(rf'({TOKEN})[ \t]*=[ \t]*({QUOTED}|[^\s,"]+)', re.S)


@quick
@dataclass(frozen=True, slots=True)
class NameAddr:
    """From, To, Contact, Route, Refer-To …: display name (unquoted, "" for none), URI, header parameters."""

    display: str
    uri: SipUri
    params: Params = ()

    @property
    def tag(self) -> str | None:
        """The tag, or None."""
        return find_param(self.params, "tag") or None

    def param(self, name: str) -> str | None:
        """The parameter's value as written; "" when it is there without one; None when it is absent."""
        return find_param(self.params, name)

    def with_tag(self, tag: str) -> NameAddr:
        """The same address with this tag instead of whatever tag it had."""
        kept = tuple([pair for pair in self.params if pair[0] != "tag"])
        return replace(self, params=(*kept, ("tag", tag)))

    def encode(self) -> str:
        """The value as text, always with angle brackets, so that parameters can't be taken for the URI's."""
        display = f"{quote(self.display)} " if self.display else ""
        return f"{display}<{self.uri.encode()}>{write_params(self.params)}"


@quick
@dataclass(frozen=True, slots=True)
class Via:
    """One Via element (RFC 3261 §20.42): transport in upper case, sent-by host and port, parameters."""

    transport: str
    host: str
    port: int | None = None
    params: Params = ()

    @property
    def branch(self) -> str:
        """The branch, "" when a peer of before RFC 3261 sent none."""
        return find_param(self.params, "branch") or ""

    @property
    def received(self) -> str | None:
        """The address the request came from, where a server wrote it."""
        value = find_param(self.params, "received")
        return value.strip("[]") if value else None

    @property
    def rport(self) -> int | None:
        """The port the request came from, where a server wrote it; see `wants_rport`."""
        value = find_param(self.params, "rport")
        return int(value) if value and value.isdecimal() else None

    @property
    def wants_rport(self) -> bool:
        """Whether the answer shall go to the source port (RFC 3581 §4)."""
        return find_param(self.params, "rport") is not None

    def param(self, name: str) -> str | None:
        """The parameter's value; "" when it is there without one; None when it is absent."""
        return find_param(self.params, name)

    def with_received(self, host: str, port: int) -> Via:
        """As the server marks it: `received` (RFC 3261 §18.2.1) and, if asked for, `rport` (RFC 3581 §4)."""
        asked = self.wants_rport
        kept = [pair for pair in self.params if pair[0] not in {"received", "rport"}]
        if asked or host != self.host:
            kept.append(("received", host))
        if asked:
            kept.append(("rport", str(port)))
        return replace(self, params=tuple(kept))

    def encode(self) -> str:
        """The element as text."""
        return f"SIP/2.0/{self.transport} {write_host(self.host, self.port)}{write_params(self.params)}"


class CSeq(NamedTuple):
    """number: 0..2**31-1; method: as written (methods are case-sensitive)."""

    number: int
    method: str

    def encode(self) -> str:
        """The value as text."""
        return f"{self.number} {self.method}"


@lru_cache(CACHE)
def parse_name_addr(text: str) -> NameAddr:
    """`"Name" <uri>;params`, `Name <uri>;params`, `<uri>;params` or `uri;params`. Raises MalformedSip.

    Without brackets the parameters are the header's and the URI may hold no `?` and no comma (RFC 3261 §20).
    """
    text = text.strip(" \t")
    found = _NAME_ADDR.fullmatch(text)
    if found:
        quoted, bare, uri, params = found.groups()
        display = unquote(quoted) if quoted else bare.strip(" \t")
        if not display.isprintable():  # a quoted pair may be a NUL, which no screen or database wants
            display = display.translate(NO_CONTROLS)
        return NameAddr(display, read_uri(uri), read_params(params, "address") if params else ())
    uri, semicolon, params = text.partition(";")
    if "?" in uri or "," in uri:
        raise MalformedSip("an address with ? or , must stand in angle brackets", "address")
    return NameAddr("", read_uri(uri.rstrip(" \t")), read_params(semicolon + params, "address"))


@lru_cache(CACHE)
def parse_via(text: str) -> Via:
    """One Via element. Raises MalformedSip."""
    text = text.strip(" \t")
    found = _VIA.fullmatch(text)
    if not found:
        raise MalformedSip(f"not a Via: {text[:60]!r}", "via")
    transport, host, port, params = found.groups()
    return Via(transport.upper(), read_host(host), read_port(port), read_params(params, "via"))


@lru_cache(CACHE)
def parse_cseq(text: str) -> CSeq:
    """The sequence number and method. Raises MalformedSip."""
    found = _CSEQ.fullmatch(text.strip(" \t"))
    if not found:
        raise MalformedSip(f"not a CSeq: {text[:60]!r}", "cseq")
    number = int(found[1])
    if number > MAX_CSEQ:
        raise MalformedSip(f"CSeq {number} is out of range", "cseq")
    return CSeq(number, found[2])


def parse_challenge(value: str) -> tuple[str, dict[str, str]]:
    """A challenge or credentials: the scheme and the parameters' names in lower case, values unquoted.

    Raises MalformedSip. A parameter that appears twice is refused: two readers would believe different ones.
    """
    scheme, _, rest = value.strip(" \t").partition(" ")
    if not is_token(scheme):
        raise MalformedSip("no authentication scheme", "auth")
    params: dict[str, str] = {}
    for element in split_commas(rest):
        found = _AUTH_PARAM.fullmatch(element)
        if not found or found[1].lower() in params:
            raise MalformedSip("a bad or repeated authentication parameter", "auth")
        params[found[1].lower()] = unquote(found[2])
    return scheme.lower(), params

"""The way a call has come: Diversion (RFC 5806) and History-Info (RFC 7044), read into hops and written.

A hop is a number the call was sent to and why it was sent on. Both headers say the same; History-Info is
believed first (RFC 7544 §3). A stranger's text: what can't be read is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from bridge.errors import MalformedSip
from bridge.sip.grammar import NameAddr, is_token, parse_name_addr, split_commas
from bridge.sip.message import Request
from bridge.sip.reason import parse_reasons
from bridge.sip.uri import SipUri

MAX_HOPS: Final = 10
"""Of a way longer than this the newest hops are left out: RFC 5806 §2.2 allows more, no exchange does."""
_WORDS: Final = {
    302: "unconditional", 486: "user-busy", 408: "no-answer", 480: "deflection", 487: "deflection",
    503: "unavailable", 404: "unknown", 600: "user-busy",
}  # fmt: skip
"""A retargeting's SIP cause (RFC 4458 §3.1, RFC 7544 §7) -> Diversion's word for it."""
_CAUSES: Final = {
    "unconditional": 302, "user-busy": 486, "no-answer": 408, "deflection": 480, "unavailable": 503,
    "time-of-day": 302, "follow-me": 302, "do-not-disturb": 480, "out-of-service": 503, "away": 302,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hop:
    """A number the call was at, and why it left (RFC 5806's words: unconditional, user-busy, no-answer,
    deflection, unavailable, unknown …)."""

    number: str
    reason: str = "unknown"


Way = tuple[Hop, ...]
"""Oldest first: the first hop's number is what was dialled in the beginning."""


def read_way(request: Request) -> Way:
    """How the call came to us; empty for one that came straight."""
    return (_history(request) or _diversions(request))[:MAX_HOPS]


def write_way(way: Way, host: str, target: str) -> tuple[tuple[str, str], ...]:
    """Both headers, for a call sent on to the number `target`; none for an empty way. host: ours."""
    if not way:
        return ()
    uris = [SipUri("sip", hop.number, host) for hop in way]
    diverted = [
        ("Diversion", f"<{uri.encode()}>;reason={hop.reason};counter=1")
        for hop, uri in reversed(list(zip(way, uris, strict=True)))
    ]
    entries = [
        f"<{uri.encode()}?Reason={_escaped(hop)}>;index={_index(n)}"
        for n, (hop, uri) in enumerate(zip(way, uris, strict=True))
    ]
    last = f"<{SipUri('sip', target, host).encode()}>;index={_index(len(way))}"
    return (*diverted, ("History-Info", ", ".join([*entries, last])))


def _escaped(hop: Hop) -> str:
    return quote(f"SIP;cause={_CAUSES.get(hop.reason, 404)}", safe="")


def _index(depth: int) -> str:
    return ".".join(["1"] * (depth + 1))


def _diversions(request: Request) -> Way:
    found = [_hop(each) for each in _addresses(request, "diversion")]
    return tuple(hop for hop in reversed(found) if hop.number)


def _hop(address: NameAddr) -> Hop:
    reason = (address.param("reason") or "").strip('"').lower()[:32]
    return Hop(address.uri.dialled, reason if is_token(reason) else "unknown")


def _history(request: Request) -> Way:
    """All entries but the last, which is where the call is now. An entry's own Reason says why it was left,
    or the next one's `cause` does (RFC 4458)."""
    entries = sorted(_addresses(request, "history-info"), key=lambda entry: _order(entry.param("index")))
    after = [*entries[1:], None]
    hops = [
        Hop(entry.uri.dialled, _WORDS.get(_cause(entry, then), "unknown"))
        for entry, then in zip(entries[:-1], after, strict=False)
    ]
    return tuple(hop for hop in hops if hop.number)


def _order(index: str | None) -> list[int]:
    return [
        int(part) for part in (index or "").split(".") if part.isascii() and part.isdigit() and len(part) < 10
    ]


def _cause(entry: NameAddr, then: NameAddr | None) -> int:
    for item in entry.uri.headers.split("&"):
        name, _, value = item.partition("=")
        reasons = parse_reasons([unquote(value)]) if name.lower() == "reason" else ()
        if reasons:
            return reasons[0].cause
    said = then.uri.param("cause") if then is not None else None
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 5 else 0


def _addresses(request: Request, header: str) -> list[NameAddr]:
    found = []
    for line in request.headers.all(header):
        for value in split_commas(line):
            try:
                found.append(parse_name_addr(value))
            except MalformedSip:
                continue
    return found[: 2 * MAX_HOPS]

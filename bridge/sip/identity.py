"""Who calls, as SIP says it: From, P-Asserted-Identity and Privacy (RFC 3323, RFC 3325), read and written.

Inside the trust domain the asserted number is believed and passed on, withheld or not; outside only From is
read, and a caller who withholds the number leaves no trace of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.errors import MalformedSip
from bridge.frozen import quick
from bridge.sip.grammar import NameAddr, parse_name_addr, split_commas
from bridge.sip.message import Request
from bridge.sip.uri import SipUri

ANONYMOUS: Final = "anonymous"
_NOWHERE: Final = "anonymous.invalid"
"""RFC 3323 §4.1.1.3."""
_WITHHELD: Final = frozenset({"id", "header", "user"})
"""Privacy values that hide the number; "session" hides addresses, which a B2BUA does anyway, "critical" and
"none" hide nothing (§4.2)."""


@quick
@dataclass(frozen=True, slots=True)
class Identity:
    """number: as dialled back, "anonymous" when nobody tells; display: the name shown, "" for none; private:
    the caller withholds the number."""

    number: str = ANONYMOUS
    display: str = ""
    private: bool = False


def read_identity(request: Request, *, trusted: bool) -> Identity:
    """Who calls. trusted: the request comes from inside our trust domain (RFC 3325 §5), so what it asserts is
    so; P-Preferred-Identity is a phone's wish to its proxy and never read here."""
    private = _withheld(request)
    asserted = _asserted(request) if trusted else None
    shown = _address(request.headers.first("from"))
    if asserted is not None:
        return Identity(asserted.uri.dialled, asserted.display or _name(shown), private)
    if shown is None or shown.uri.host == _NOWHERE or not shown.uri.dialled:
        return Identity(private=True)
    hidden = shown.uri.dialled.lower() == ANONYMOUS
    return Identity(ANONYMOUS if hidden else shown.uri.dialled, _name(shown), private or hidden)


def write_identity(
    who: Identity, host: str, *, trusted: bool, asserts: bool = True
) -> tuple[NameAddr, tuple[tuple[str, str], ...]]:
    """From (without a tag) and the headers beside it. host: ours. asserts: tell the number in
    P-Asserted-Identity too; to anybody we don't trust it never is (RFC 3325 §7)."""
    told = SipUri("sip", who.number, host)
    headers: list[tuple[str, str]] = []
    if trusted and asserts and who.number != ANONYMOUS:
        headers.append(("P-Asserted-Identity", NameAddr(who.display, told).encode()))
    if not who.private:
        return NameAddr(who.display, told), tuple(headers)
    headers.append(("Privacy", "id"))
    return NameAddr("Anonymous", SipUri("sip", ANONYMOUS, _NOWHERE)), tuple(headers)


def _withheld(request: Request) -> bool:
    values = [each.strip().lower() for line in request.headers.all("privacy") for each in line.split(";")]
    return not _WITHHELD.isdisjoint(values)


def _asserted(request: Request) -> NameAddr | None:
    """The first identity asserted that has a number: there may be a sip and a tel one (§9.1)."""
    values = [each for line in request.headers.all("p-asserted-identity") for each in split_commas(line)]
    found = (_address(value) for value in values[:2])
    return next((each for each in found if each is not None and each.uri.dialled), None)


def _address(value: str | None) -> NameAddr | None:
    try:
        return parse_name_addr(value) if value else None
    except MalformedSip:
        return None


def _name(address: NameAddr | None) -> str:
    shown = address.display if address is not None else ""
    return "" if shown.lower() == ANONYMOUS else shown

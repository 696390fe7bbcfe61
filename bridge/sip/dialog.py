"""A dialog (RFC 3261 §12) as one frozen value that can be written to a journal and read back.

Knows the identity of a dialog, its route set, remote target and sequence numbers, and how a request within it
is written. Who may send what and when is for the user agent.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final

from bridge.errors import MalformedSip
from bridge.frozen import quick, replace
from bridge.sip.compose import HeaderList
from bridge.sip.envelope import SIP_PORT, SIPS_PORT, Envelope
from bridge.sip.grammar import parse_name_addr, parse_uri, split_commas
from bridge.sip.message import Address, Headers, Request, Response

MAX_FORWARDS: Final = "70"
"""RFC 3261 §8.1.1.6."""


@quick
@dataclass(frozen=True, slots=True)
class Dialog:
    """local, remote: our and their From/To value, tags included. routes: the route set, in the order we use
    it. target: their Contact's URI. hop: where our next request goes. local_cseq: of our last request;
    remote_cseq: of theirs, -1 before the first. spare: where it goes instead when `hop` is a connection that
    is gone."""

    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    remote: str
    target: str
    hop: Address
    routes: tuple[str, ...] = ()
    local_cseq: int = 0
    remote_cseq: int = -1
    early: bool = False
    spare: Address | None = None

    @property
    def id(self) -> tuple[str, str, str]:
        """Call-ID, local tag, remote tag (§12)."""
        return (self.call_id, self.local_tag, self.remote_tag)

    def request(
        self, method: str, via: str, *, headers: HeaderList = (), body: bytes = b""
    ) -> tuple[Dialog, Request]:
        """The next request of ours, and the dialog after it (§12.2.1.1)."""
        after = replace(self, local_cseq=self.local_cseq + 1)
        return after, after.write(method, after.local_cseq, via, headers, body)

    def ack(self, number: int, via: str, headers: HeaderList = ()) -> Request:
        """The ACK for a 2xx to our INVITE with that CSeq number; headers: its credentials (§13.2.2.4)."""
        return self.write("ACK", number, via, headers, b"")

    def write(self, method: str, number: int, via: str, headers: HeaderList, body: bytes) -> Request:
        """A request within the dialog, through its route set: loose routers keep the target in the
        Request-URI, a strict router first in the set takes its place (§12.2.1.1)."""
        uri, routes = self.target, self.routes
        if routes and not _is_loose(routes[0]):
            uri = parse_name_addr(routes[0]).uri.encode()
            routes = (*routes[1:], f"<{self.target}>")
        items = [
            ("Via", via),
            *[("Route", route) for route in routes],
            ("Max-Forwards", MAX_FORWARDS),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
            *headers,
        ]
        return Request(method, uri, Headers(items), body)

    def received(self, number: int) -> Dialog:
        """After a request of theirs with that CSeq number."""
        return replace(self, remote_cseq=number)

    def after(self, early: Dialog) -> Dialog:
        """This dialog as its 2xx made it, with the sequence numbers its early form had come to."""
        numbers = max(self.local_cseq, early.local_cseq), early.remote_cseq
        return replace(self, local_cseq=numbers[0], remote_cseq=numbers[1])

    def confirmed(self) -> Dialog:
        """After the 2xx (§12.1)."""
        return replace(self, early=False)

    def refreshed(self, message: Request | Response, source: Address) -> Dialog:
        """After a target refresh: an INVITE or UPDATE, or a 2xx to one (§12.2.2, RFC 3311 §5.1)."""
        target = contact_uri(message.headers)
        if target is None or target == self.target:
            return self
        near = _host(self.target) if self.hop.host == source.host else ""
        hop, spare = way_to(self.routes, target, source, near)
        return replace(self, target=target, hop=hop, spare=spare)

    def encode(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def decode(cls, line: str) -> Dialog:
        """The dialog of `encode`. Raises ValueError, KeyError or TypeError on anything else."""
        found = json.loads(line)
        spare = found.pop("spare", None)
        return cls(
            **found
            | {
                "hop": Address(*found["hop"]),
                "spare": Address(*spare) if spare else None,
                "routes": tuple(found["routes"]),
            }
        )


def as_caller(
    local: str, uri: str, envelope: Envelope, response: Response, source: Address, number: int
) -> Dialog:
    """The dialog a 101..299 to our INVITE makes (§12.1.2). local, uri, number: the INVITE's From, Request-URI
    and CSeq; `envelope` is the response's. A response without a usable Contact leaves the target where the
    INVITE went; a Record-Route we can't read is left out: a 2xx must have its ACK."""
    target = contact_uri(response.headers) or uri
    try:
        routes = tuple(reversed(_record_route(response.headers)))
    except MalformedSip:
        routes = ()
    hop, spare = way_to(routes, target, source, _host(uri))
    return Dialog(
        call_id=envelope.call_id,
        local_tag=envelope.from_tag,
        remote_tag=envelope.to_tag,
        local=local,
        remote=response.headers.first("to") or "",
        target=target,
        hop=hop,
        routes=routes,
        local_cseq=number,
        early=response.status < 200,
        spare=spare,
    )


def as_callee(invite: Request, envelope: Envelope, local_tag: str, source: Address) -> Dialog:
    """The dialog our 101..299 to an INVITE makes (§12.1.1), early until our 2xx. Raises MalformedSip when its
    Record-Route can't be read: such a dialog would be deaf."""
    headers = invite.headers
    target = contact_uri(headers) or parse_name_addr(headers.first("from") or "").uri.encode()
    routes = tuple(_record_route(headers))
    # A single Via: nobody stands between us, so what it calls itself is at `source`.
    near = envelope.via.host if len(headers.all("via")) == 1 else ""
    hop, spare = way_to(routes, target, source, near)
    return Dialog(
        call_id=envelope.call_id,
        local_tag=local_tag,
        remote_tag=envelope.from_tag,
        local=f"{headers.first('to')};tag={local_tag}",
        remote=headers.first("from") or "",
        target=target,
        hop=hop,
        routes=routes,
        remote_cseq=envelope.cseq.number,
        early=True,
        spare=spare,
    )


def contact_uri(headers: Headers) -> str | None:
    """The URI of the only Contact; None when there is none, more than one, or it can't be read or reached."""
    values = [value for line in headers.all("contact") for value in split_commas(line)]
    if len(values) != 1:
        return None
    try:
        uri = parse_name_addr(values[0]).uri
    except MalformedSip:
        return None
    return uri.encode() if uri.scheme in {"sip", "sips"} else None


def way_to(
    routes: Iterable[str], target: str, source: Address, near: str = ""
) -> tuple[Address, Address | None]:
    """Where a request within the dialog goes: the first Route, else the target (§8.1.2); and where else, when
    that is a connection that is gone by then.

    A name in place of an address, and a private address in the Contact of a peer we reach at a public one (it
    sits behind a NAT and does not know it), can't be reached: then where the peer's message came from. near:
    the host that stands at `source` by its own word; named again, it is there still, for it is the inside of
    a NAT. Over TCP and TLS the connection a peer came by is used as long as it stands (RFC 5923): the way
    its URI names is for later. `maddr` is not obeyed (see `envelope.reply_address`).
    """
    uri = next((parse_name_addr(route).uri for route in routes), None) or parse_uri(target)
    if _ip(uri.host) is None or _behind_nat(uri.host, source.host) or uri.host == near != source.host:
        return source, None
    secure = uri.scheme == "sips" or source.transport == "tls"
    named = Address(uri.host, uri.port or (SIPS_PORT if secure else SIP_PORT), source.transport)
    return (source, named) if source.transport != "udp" and uri.host == source.host else (named, None)


def _host(uri: str) -> str:
    try:
        return parse_uri(uri).host
    except MalformedSip:
        return ""


def _behind_nat(contact: str, source: str) -> bool:
    if contact == source:
        return False
    inside, outside = _ip(contact), _ip(source)
    return inside is not None and outside is not None and inside.is_private and not outside.is_private


@lru_cache(4096)
def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loose(route: str) -> bool:
    return parse_name_addr(route).uri.param("lr") is not None


def _record_route(headers: Headers) -> list[str]:
    """The Record-Route set in order. Raises MalformedSip."""
    routes = [value for line in headers.all("record-route") for value in split_commas(line)]
    return [parse_name_addr(route).encode() for route in routes]

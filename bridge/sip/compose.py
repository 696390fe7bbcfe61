"""Messages as we write them: responses to a request, and the two requests a transaction writes by itself.

Knows which headers are copied from where (RFC 3261 §8.2.6, §9.1, §17.1.1.3). It decides nothing and sends
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.sip.envelope import Envelope
from bridge.sip.grammar import split_commas
from bridge.sip.message import Address, Headers, Request, Response

HeaderList = Iterable[tuple[str, str]]

REASONS: Final = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 400: "Bad Request",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    408: "Request Timeout",
    416: "Unsupported URI Scheme", 420: "Bad Extension", 422: "Session Interval Too Small",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
    500: "Server Internal Error", 503: "Service Unavailable",
    504: "Server Time-out", 505: "Version Not Supported", 603: "Decline",
}  # fmt: skip
"""Reason phrases of the statuses we send by ourselves (RFC 3261 §21, RFC 6665)."""


def response_to(
    request: Request,
    envelope: Envelope,
    source: Address,
    status: int,
    reason: str = "",
    *,
    tag: str = "",
    headers: HeaderList = (),
    body: bytes = b"",
) -> Response:
    """The response, its Vias marked with where the request came from (§18.2.1, RFC 3581 §4).

    tag: ours, put on To unless the request brought one. Record-Route goes along where a dialog may begin
    (§12.1.1).
    """
    asked = request.headers
    to = asked.first("to") or ""
    items = [("Via", via) for via in _marked_vias(asked, envelope, source)]
    if 100 < status < 300:
        items += [("Record-Route", route) for route in asked.all("record-route")]
    items += [
        ("From", asked.first("from") or ""),
        ("To", f"{to};tag={tag}" if tag and not envelope.to_tag else to),
        ("Call-ID", envelope.call_id),
        ("CSeq", envelope.cseq.encode()),
    ]
    if status == 100 and (stamp := asked.first("timestamp")):  # §8.2.6.1
        items.append(("Timestamp", stamp))
    items += headers
    return Response(status, reason or REASONS.get(status, "Unknown"), Headers(items), body)


def echo_of(request: Request, status: int) -> Response:
    """A refusal of what can't be read: its headers as they stand, with a tag on its To."""
    items = [
        (name, f"{value};tag={status}" if name == "to" and "tag=" not in value.lower() else value)
        for name, value in request.headers
    ]
    return Response(status, REASONS.get(status, "Bad Request"), Headers(items))


def _marked_vias(headers: Headers, envelope: Envelope, source: Address) -> list[str]:
    vias = headers.all("via")
    below = split_commas(vias[0])[1:] if "," in vias[0] else []
    return [envelope.via.with_received(source.host, source.port).encode(), *below, *vias[1:]]


def ack_for_failure(request: Request, response: Response) -> Request:
    """The ACK a client transaction sends for a final response of 300..699 (§17.1.1.3)."""
    return _same_hop(request, "ACK", response.headers.first("to") or request.headers.first("to") or "")


def cancel_for(request: Request) -> Request:
    """The CANCEL for an INVITE of ours (§9.1)."""
    return _same_hop(request, "CANCEL", request.headers.first("to") or "")


def _same_hop(request: Request, method: str, to: str) -> Request:
    """A request along exactly the INVITE's path: its Request-URI, its topmost (our only) Via and its
    Routes."""
    headers = request.headers
    number = (headers.first("cseq") or "").partition(" ")[0]
    items = [
        ("Via", headers.first("via") or ""),
        *(("Route", route) for route in headers.all("route")),
        ("Max-Forwards", "70"),
        ("From", headers.first("from") or ""),
        ("To", to),
        ("Call-ID", headers.first("call-id") or ""),
        ("CSeq", f"{number} {method}"),
    ]
    return Request(method, request.uri, Headers(items))

"""What the machines look at in a message: topmost Via, CSeq, Call-ID and tags, read once; and the keys made
of them.

Knows how a message is matched to a transaction (RFC 3261 §17.1.3, §17.2.3) and where its response goes
(§18.2.2).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from bridge.sip.grammar import CSeq, Via, parse_cseq, parse_name_addr, parse_via, split_commas
from bridge.sip.message import Address, Request, Response

COOKIE: Final = "z9hG4bK"
"""A branch beginning so is unique (§8.1.1.7); any other comes from an RFC 2543 element."""
SIP_PORT: Final = 5060
SIPS_PORT: Final = 5061


class Envelope(NamedTuple):
    """`from_tag` and `to_tag` are "" where the message has none (RFC 2543 peers send no From tag)."""

    via: Via
    cseq: CSeq
    call_id: str
    from_tag: str
    to_tag: str

    @property
    def client_key(self) -> str:
        """Of a response: the transaction of ours it belongs to (§17.1.3)."""
        return f"{self.via.branch} {self.cseq.method}"


def open_envelope(message: Request | Response) -> Envelope:
    """Read what the machines need. Raises MalformedSip; never for a message the parser let through."""
    headers = message.headers
    return Envelope(
        parse_via(_top(headers.first("via") or "")),
        parse_cseq(headers.first("cseq") or ""),
        headers.first("call-id") or "",
        parse_name_addr(headers.first("from") or "").tag or "",
        parse_name_addr(headers.first("to") or "").tag or "",
    )


def server_key(request: Request, envelope: Envelope, method: str) -> str:
    """The server transaction this request belongs to (§17.2.3). method: the request's own; INVITE for an ACK,
    and to find what a CANCEL means (§9.2)."""
    via = envelope.via
    if via.branch.startswith(COOKIE):
        return f"{via.branch} {via.host}:{via.port} {method}"
    # RFC 2543: by everything that stays the same in a retransmission, an ACK and a CANCEL. The To tag would
    # tell an ACK for another fork apart, but a UAS never sees one.
    parts = (
        request.uri,
        envelope.from_tag,
        envelope.call_id,
        str(envelope.cseq.number),
        via.encode(),
        method,
    )
    return " ".join(parts)


def merge_key(envelope: Envelope) -> str:
    """What two copies of one request share that came by different paths (§8.2.2.2)."""
    return f"{envelope.call_id} {envelope.from_tag} {envelope.cseq.number} {envelope.cseq.method}"


def reply_address(via: Via, source: Address) -> Address:
    """Where the response to a request from `source` goes (§18.2.2, RFC 3581 §4).

    `maddr` is not obeyed: it would let a stranger aim our responses at anybody, and SIP multicast is not our
    trade.
    """
    if via.wants_rport or source.transport != "udp":
        return source
    return Address(source.host, via.port or SIP_PORT, source.transport)


def spare_address(via: Via, source: Address) -> Address:
    """Where the response goes when the connection it belongs to is gone: to where the request came from, at
    the port Via names (§18.2.2)."""
    port = via.port or (SIPS_PORT if source.transport == "tls" else SIP_PORT)
    return Address(source.host, port, source.transport)


def _top(value: str) -> str:
    return split_commas(value)[0] if "," in value else value

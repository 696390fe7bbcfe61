"""What a request says to us beyond SIP itself: who calls, what is offered, which key was pressed.

Pure reading of a stranger's text; what cannot be read is an error of the tree or None, never an exception
of another kind.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.errors import MalformedSip, UnsupportedBody
from bridge.sip.dialog import MAX_FORWARDS
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Request
from bridge.sip.sdes import PLAIN, Shield
from bridge.sip.sdp import Audio, read_offer

_DTMF_RELAY: Final = re.compile(r"^\s*signal\s*=\s*([0-9a-d*#])\s*$", re.IGNORECASE | re.MULTILINE)
"""`application/dtmf-relay` as Cisco defined it and phones send it: Signal=5 and Duration=160 on lines."""
_DTMF: Final = re.compile(r"\s*([0-9A-Da-d*#])\s*")
SDP_TYPE: Final = "application/sdp"


def read_body(request: Request, shield: Shield = PLAIN) -> Audio | None:
    """The peer's offer, protected as `shield` wants it; None where the request has none. Raises
    MalformedSdp, NoCommonCodec, UnsupportedBody."""
    if not request.body:
        return None
    kind = (request.headers.first("Content-Type") or SDP_TYPE).partition(";")[0].strip().lower()
    if kind != SDP_TYPE:
        raise UnsupportedBody(f"a body of type {kind[:40]!r}")
    return read_offer(request.body, shield=shield)


def user_of(request: Request, header: str) -> str | None:
    """The number in a header that holds one address; None when there is none to be read."""
    value = request.headers.first(header)
    try:
        return parse_name_addr(value).uri.dialled or None if value else None
    except MalformedSip:
        return None


def hops_of(request: Request) -> int:
    """How many more may send this on, 0..255 (RFC 3261 §8.1.1.6: 70 where it does not say)."""
    return int(request.headers.first("Max-Forwards") or MAX_FORWARDS)


def read_digit(kind: str, body: bytes) -> str | None:
    """The key in an INFO of this content type, as 0-9, A-D, * or #; None: it is about something else."""
    patterns = {"application/dtmf-relay": _DTMF_RELAY.search, "application/dtmf": _DTMF.fullmatch}
    pattern = patterns.get(kind)
    found = pattern(body.decode("utf-8", "replace")) if pattern else None
    return found[1].upper() if found else None

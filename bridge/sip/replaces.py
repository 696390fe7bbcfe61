"""The Replaces header (RFC 3891): "the call I bring stands for that dialog of yours".

Reads and writes it, as a header and inside a Refer-To (RFC 3515, RFC 5589 §7). Which dialog of ours it names,
and whether that may be replaced, is `matching`'s question.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from bridge.errors import MalformedSip
from bridge.sip.grammar import SipUri, is_token, read_params
from bridge.sip.message import Request
from bridge.sip.tokens import find_param


@dataclass(frozen=True, slots=True)
class Replaces:
    """The dialog as whoever receives this sees it: to_tag is the receiver's own, from_tag the far end's; "0"
    stands for a peer of before RFC 3261 that had none (§6.1). early_only: not once it is answered."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    def encode(self) -> str:
        """The header's value."""
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def parse_replaces(value: str) -> Replaces:
    """One header value. Raises MalformedSip: both tags must be there, each once (§6.1)."""
    call_id, semicolon, rest = value.strip(" \t").partition(";")
    params = read_params(semicolon + rest, "replaces")
    to_tag, from_tag = find_param(params, "to-tag"), find_param(params, "from-tag")
    if not call_id or any(sign in call_id for sign in ' \t"<>,') or not (to_tag and from_tag):
        raise MalformedSip(f"not a Replaces: {value[:60]!r}", "replaces")
    if not (is_token(to_tag) and is_token(from_tag)):
        raise MalformedSip("a tag in a Replaces that is none", "replaces")
    return Replaces(call_id, to_tag, from_tag, find_param(params, "early-only") is not None)


def read_replaces(request: Request) -> Replaces | None:
    """What the request wants to replace, if anything. Raises MalformedSip for two of them, and for one in
    anything but an INVITE (§3: 400)."""
    values = request.headers.all("replaces")
    if not values:
        return None
    if len(values) > 1 or request.method != "INVITE":
        raise MalformedSip(f"{len(values)} Replaces in a {request.method[:20]}", "replaces")
    return parse_replaces(values[0])


def replaces_in(uri: SipUri) -> Replaces | None:
    """What the INVITE that a Refer-To asks for shall replace (RFC 5589 §7.2). Raises MalformedSip."""
    found = [
        unquote(value)
        for name, _, value in (item.partition("=") for item in uri.headers.split("&"))
        if name.lower() == "replaces"
    ]
    if len(found) > 1:
        raise MalformedSip("two Replaces in a Refer-To", "replaces")
    return parse_replaces(found[0]) if found else None

"""A browser's offer before aiortc sees it: one voice in G.711, and addresses that are numbers. Pure.

What is left out is not needed: other media nobody here takes, and candidates by name (mDNS, RFC 8828) that
would be looked up by multicast.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from bridge.errors import MalformedSdp, NoCommonCodec
from bridge.media.browser import MAX_CANDIDATE, MAX_SDP

MAX_CANDIDATES: Final = 64
_CANDIDATE: Final = re.compile(
    r"candidate:[A-Za-z0-9+/]{1,32} [12] (\S+) [0-9]{1,10} (\S+) [0-9]{1,5} typ \w+"
)
_STATIC: Final = {"0", "8"}
_NEEDED: Final = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=mid:")


def usable(sdp: str) -> str:
    """The offer to be answered. Raises MalformedSdp; NoCommonCodec without G.711."""
    if len(sdp) > MAX_SDP:
        raise MalformedSdp(f"a description of {len(sdp)} characters")
    lines = sdp.replace("\r\n", "\n").split("\n")
    media = [line for line in lines if line.startswith("m=")]
    if len(media) != 1 or not media[0].startswith("m=audio ") or lines[0] != "v=0":
        raise MalformedSdp("not a description of one voice")
    if any(not any(line.startswith(need) for line in lines) for need in _NEEDED):
        raise MalformedSdp("no ICE or DTLS parameters")
    if not _STATIC & set(media[0].split()[3:]):
        raise NoCommonCodec("no G.711 is offered")
    kept = [line for line in lines if not line.startswith("a=candidate:")]
    found = [line for line in lines if line.startswith("a=candidate:") and numeric(line[2:])]
    body = [line for line in kept if line]
    return "\r\n".join([*body, *found[:MAX_CANDIDATES], ""])


def numeric(candidate: str) -> bool:
    """Whether this is a UDP candidate with a numeric address."""
    found = _CANDIDATE.match(candidate) if len(candidate) <= MAX_CANDIDATE else None
    if found is None or found[1].lower() != "udp":
        return False
    try:
        ip_address(found[2])
    except ValueError:
        return False
    return True

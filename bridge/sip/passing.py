"""Descriptions of a call whose voice somebody else relays: which can be, and how they are told as ours.

Pure. The other relay writes where voice goes (c=, m=) and keeps the rest; who speaks in the signalling is
still us, so the origin line is ours, one version on with each description (RFC 3264 §8), also when the voice
comes to our own relay later.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.errors import MalformedSdp
from bridge.sip.description import parse_description
from bridge.sip.sdp import audio_of

_ABOUT_A_PEER: Final = re.compile(rb"^[iuep]=.*\r?\n", re.MULTILINE)
_ORIGIN: Final = re.compile(rb"^o=[^\r\n]*", re.MULTILINE)
_SUBJECT: Final = re.compile(rb"^s=[^\r\n]*", re.MULTILINE)


def plain(offer: bytes) -> bool:
    """One medium, voice by plain RTP, A-law among its codecs: nothing of it would need us, and whoever is
    called can take it as it is."""
    try:
        media = parse_description(offer).media
        audio = audio_of(media[0]) if len(media) == 1 else None
    except MalformedSdp:
        return False
    return audio is not None and audio.codec == "PCMA" and media[0].protocol == "RTP/AVP"


def signed(sdp: bytes, address: str, session: int, version: int) -> bytes:
    """The description as ours: our origin, and nothing about whoever wrote it."""
    family = "IP6" if ":" in address else "IP4"
    origin = f"o=- {session} {version} IN {family} {address}".encode()
    sdp = _SUBJECT.sub(b"s=-", _ORIGIN.sub(origin, sdp, count=1), count=1)
    return _ABOUT_A_PEER.sub(b"", sdp)

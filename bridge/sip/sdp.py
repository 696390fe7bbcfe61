"""Offer and answer for one telephone call (RFC 3264): G.711 and telephone-event over plain RTP, nothing else.

`read_offer` and `write_answer` choose by the same rule, so what is answered is what is used. An offer's
other media are refused line by line with port 0, never dropped (RFC 3264 §6). How a description is written
down is `description`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from bridge.errors import MalformedSdp, NoCommonCodec
from bridge.sip.description import Description, Direction, Media, parse_description

Codec = Literal["PCMA", "PCMU"]

PREFER: Final = ("PCMA", "PCMU")
"""A-law first: it is what China's telephone network speaks (ITU-T G.711), so most calls pass untranscoded."""
STATIC: Final = {"PCMA": 8, "PCMU": 0}
"""Payload types that need no rtpmap (RFC 3551 §6)."""
DTMF: Final = 101
"""The payload type we offer for telephone-event: any dynamic one would do, this is what everyone offers."""
PTIME: Final = 20
"""Milliseconds of voice a packet: G.711's default (RFC 3551 §4.2)."""

_PROTOCOLS: Final = frozenset({"RTP/AVP", "RTP/AVPF"})
"""Plain RTP. AVPF (RFC 4585) only adds feedback, which may be left unsent; SAVP needs keys we don't have."""
_RTPMAP: Final = re.compile(r"([0-9]{1,3}) +([^/ ]+)/([0-9]+)(?:/1)? *")
_MIRROR: Final[dict[Direction, Direction]] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
_HELD: Final[dict[Direction, Direction]] = {
    "sendrecv": "sendonly",
    "sendonly": "sendonly",
    "recvonly": "inactive",
    "inactive": "inactive",
}
"""What a direction comes to when the peer's address is 0.0.0.0 or ::, its deaf form (RFC 3264 §8.4)."""


@dataclass(frozen=True, slots=True)
class Audio:
    """The peer's side of a call's voice.

    remote: where it wants RTP, a numeric address (0.0.0.0 or :: only while it holds us). codec,
    payload_type: what we send it. dtmf: its payload type of telephone-event at 8000 Hz, or None. direction:
    as the PEER wrote it; we must not send while it says sendonly or inactive.
    """

    remote: tuple[str, int]
    codec: Codec
    payload_type: int
    dtmf: int | None
    direction: Direction


def write_offer(
    address: str,
    port: int,
    session_id: int,
    version: int,
    direction: Direction = "sendrecv",
    prefer: Sequence[str] = PREFER,
) -> bytes:
    """Our offer: RTP wanted at address:port. `version` goes up by one with each change (RFC 3264 §8)."""
    codecs = [(name, STATIC[name]) for name in prefer]
    media = _write_audio("RTP/AVP", port, codecs, DTMF, direction)
    return _write(address, session_id, version, "0 0", media)


def read_offer(body: bytes, prefer: Sequence[str] = PREFER) -> Audio:
    """What the peer offers and we choose: our preference among its codecs, in its first medium that has one.

    Raises MalformedSdp, or NoCommonCodec when nothing in it is plain G.711 (488).
    """
    return _choose(parse_description(body), prefer)[1]


def write_answer(
    offer: bytes,
    address: str,
    port: int,
    session_id: int,
    version: int,
    prefer: Sequence[str] = PREFER,
) -> bytes:
    """Our answer to an offer, RTP wanted at address:port. Chooses and raises as `read_offer` does."""
    offered = parse_description(offer)
    chosen, audio = _choose(offered, prefer)
    lines = []
    for at, media in enumerate(offered.media):
        if at == chosen:
            codecs = [(audio.codec, audio.payload_type)]
            lines += _write_audio(media.protocol, port, codecs, audio.dtmf, _MIRROR[audio.direction])
        else:
            lines.append(f"m={media.kind} 0 {media.protocol} {media.formats[0]}")
    return _write(address, session_id, version, offered.timing, lines)


def read_answer(body: bytes) -> Audio:
    """The peer's answer to our offer; of several codecs the first is what we send (RFC 3264 §7).

    Raises MalformedSdp, or NoCommonCodec when it refused our voice or answered with what we did not offer.
    """
    media = parse_description(body).media[0]  # we offer one medium, so the first line is its answer
    codecs = _codecs(media)
    if not codecs:
        raise NoCommonCodec("the answer takes none of the codecs offered")
    return _audio(media, next(iter(codecs)))


def _choose(description: Description, prefer: Sequence[str]) -> tuple[int, Audio]:
    """The index of the medium we take, and what we take from it."""
    for at, media in enumerate(description.media):
        codecs = _codecs(media)
        for codec in prefer:
            if codec in codecs:
                return at, _audio(media, codec)
    raise NoCommonCodec("the offer has no plain RTP audio with PCMA or PCMU")


def _codecs(media: Media) -> dict[Codec, int]:
    """The G.711 payload types of a usable voice medium, in its order of preference; {} of any other."""
    if media.kind != "audio" or not media.port or media.protocol not in _PROTOCOLS:
        return {}
    found: dict[Codec, int] = {}
    for payload_type, name in _formats(media).items():
        if name in STATIC:
            found.setdefault(cast(Codec, name), payload_type)
    return found


def _formats(media: Media) -> dict[int, str]:
    """Payload type -> name in upper case of each format at 8000 Hz, in the order of the m= line."""
    names = {str(number): name for name, number in STATIC.items()}
    for value in media.values("rtpmap"):
        found = _RTPMAP.fullmatch(value)
        if found:
            names[found[1]] = found[2].upper() if found[3] == "8000" else ""
    return {int(item): names[item] for item in media.formats if names.get(item) and int(item) < 128}


def _audio(media: Media, codec: Codec) -> Audio:
    if not media.host:
        raise MalformedSdp("no c= line says where to send the voice")
    dtmf = next((number for number, name in _formats(media).items() if name == "TELEPHONE-EVENT"), None)
    held = media.host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    direction = _HELD[media.direction] if held else media.direction
    return Audio((media.host, media.port), codec, _codecs(media)[codec], dtmf, direction)


def _write_audio(
    protocol: str, port: int, codecs: Sequence[tuple[str, int]], dtmf: int | None, direction: Direction
) -> list[str]:
    """The m= line and its attributes."""
    names = [f"{number} {name}/8000" for name, number in codecs]
    numbers = [str(number) for _, number in codecs]
    events = []
    if dtmf is not None:
        names.append(f"{dtmf} telephone-event/8000")
        numbers.append(str(dtmf))
        events = [f"a=fmtp:{dtmf} 0-15"]  # RFC 4733 §2.4.1: the sixteen keys
    rtpmaps = [f"a=rtpmap:{name}" for name in names]
    media = f"m=audio {port} {protocol} {' '.join(numbers)}"
    return [media, *rtpmaps, *events, f"a=ptime:{PTIME}", f"a={direction}"]


def _write(address: str, session_id: int, version: int, timing: str, media: Sequence[str]) -> bytes:
    net = f"IN {'IP6' if ':' in address else 'IP4'} {address}"
    session = ["v=0", f"o=- {session_id} {version} {net}", "s=-", f"c={net}", f"t={timing}"]
    return "".join([f"{line}\r\n" for line in (*session, *media)]).encode()

"""Offer and answer for one telephone call (RFC 3264): G.711 and telephone-event over RTP or SRTP.

`read_offer` and `write_answer` choose by the same rule, so what is answered is what is used. An offer's
other media are refused line by line with port 0, never dropped (RFC 3264 §6). How a description is written
down is `description`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast

from bridge.errors import MalformedSdp, NoCommonCodec
from bridge.frozen import quick
from bridge.sip.description import Description, Direction, Media, parse_description
from bridge.sip.sdes import PLAIN, Crypto, Keys, Shield

Codec = Literal["PCMA", "PCMU"]

PREFER: Final = ("PCMA", "PCMU")
"""A-law first: it is what China's telephone network speaks (ITU-T G.711), so most calls pass untranscoded."""
STATIC: Final = {"PCMA": 8, "PCMU": 0}
"""Payload types that need no rtpmap (RFC 3551 §6)."""
NOISE: Final = 13
"""Comfort noise's static payload type (RFC 3389 §4)."""
DTMF: Final = 101
"""The payload type we offer for telephone-event: any dynamic one would do, this is what everyone offers."""
PTIME: Final = 20
"""Milliseconds of voice a packet: G.711's default (RFC 3551 §4.2)."""

_PROTOCOLS: Final = frozenset({"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"})
"""AVPF (RFC 4585) only adds feedback, which may be left unsent; SAVP is the same under SRTP (RFC 3711)."""
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


@quick
@dataclass(frozen=True, slots=True)
class Audio:
    """The peer's side of a call's voice.

    remote: where it wants RTP, a numeric address (0.0.0.0 or :: only while it holds us). codec,
    payload_type: what we send it. dtmf: its payload type of telephone-event at 8000 Hz, or None. direction:
    as the PEER wrote it; we must not send while it says sendonly or inactive. keys: what protects it, None
    for plain RTP. noise: its payload type of comfort noise, or None.
    """

    remote: tuple[str, int]
    codec: Codec
    payload_type: int
    dtmf: int | None
    direction: Direction
    keys: Keys | None = None
    noise: int | None = None


def write_offer(
    address: str,
    port: int,
    session_id: int,
    version: int,
    direction: Direction = "sendrecv",
    prefer: Sequence[str] = PREFER,
    shield: Shield = PLAIN,
    noise: bool = False,
) -> bytes:
    """Our offer: RTP wanted at address:port. `version` goes up by one with each change (RFC 3264 §8). Keys
    that need not be taken stand in plain RTP/AVP (RFC 8643 §3.1). noise: with comfort noise (RFC 3389)."""
    codecs = [*((name, STATIC[name]) for name in prefer), *_noise(NOISE if noise else None)]
    protocol = "RTP/SAVP" if shield.policy == "required" else "RTP/AVP"
    media = _write_audio(protocol, port, codecs, DTMF, direction)
    media += [f"a=crypto:{line.encode()}" for line in shield.offered()]
    return _write(address, session_id, version, "0 0", media)


def read_offer(body: bytes, prefer: Sequence[str] = PREFER, shield: Shield = PLAIN) -> Audio:
    """What the peer offers and we choose: our preference among its codecs, in its first medium that has one,
    rather in one with keys.

    Raises MalformedSdp, or NoCommonCodec when nothing in it is G.711 as `shield` allows it (488).
    """
    return _choose(parse_description(body), prefer, shield)[1]


def write_answer(
    offer: bytes,
    address: str,
    port: int,
    session_id: int,
    version: int,
    prefer: Sequence[str] = PREFER,
    shield: Shield = PLAIN,
    noise: bool = False,
) -> bytes:
    """Our answer to an offer, RTP wanted at address:port. Chooses and raises as `read_offer` does.
    noise: comfort noise is taken where it is offered."""
    offered = parse_description(offer)
    chosen, audio = _choose(offered, prefer, shield)
    lines = []
    for at, media in enumerate(offered.media):
        if at == chosen:
            codecs = [(audio.codec, audio.payload_type), *_noise(audio.noise if noise else None)]
            lines += _write_audio(media.protocol, port, codecs, audio.dtmf, _MIRROR[audio.direction])
            lines += _write_keys(audio.keys)
        else:
            lines.append(f"m={media.kind} 0 {media.protocol} {media.formats[0]}")
    return _write(address, session_id, version, offered.timing, lines)


def read_answer(body: bytes, shield: Shield = PLAIN) -> Audio:
    """The peer's answer to our offer; of several codecs the first is what we send (RFC 3264 §7).

    Raises MalformedSdp, or NoCommonCodec when it refused our voice or our keys, or answered with what we did
    not offer.
    """
    media = parse_description(body).media[0]  # we offer one medium, so the first line is its answer
    codecs = _codecs(media)
    if not codecs:
        raise NoCommonCodec("the answer takes none of the codecs offered")
    keys = shield.agreed(media.values("crypto"))
    if not shield.allows(media.protocol, keys):
        raise NoCommonCodec("the answer has no key for SRTP")
    return _audio(media, next(iter(codecs)), keys)


def audio_of(media: Media, prefer: Sequence[str] = PREFER) -> Audio | None:
    """What one medium is to us without keys; None when we cannot hear it. Raises MalformedSdp."""
    codec = _preferred(media, prefer)
    return None if codec is None or "SAVP" in media.protocol else _audio(media, codec, None)


def write_medium(protocol: str, port: int, audio: Audio, direction: Direction) -> list[str]:
    """One medium's lines in an answer, with the codec chosen of it."""
    return _write_audio(protocol, port, [(audio.codec, audio.payload_type)], audio.dtmf, direction)


def write_lines(address: str, session_id: int, version: int, timing: str, media: Sequence[str]) -> bytes:
    """A whole description around its media's lines."""
    return _write(address, session_id, version, timing, media)


def _choose(description: Description, prefer: Sequence[str], shield: Shield) -> tuple[int, Audio]:
    """The index of the medium we take, and what we take from it: the first with keys, else the first."""
    found: tuple[int, Audio] | None = None
    for at, media in enumerate(description.media):
        codec = _preferred(media, prefer)
        keys = shield.taken(media.values("crypto"))
        if codec is None or not shield.allows(media.protocol, keys):
            continue
        if keys is not None or found is None:
            found = at, _audio(media, codec, keys)
        if keys is not None:
            break
    if found is None:
        raise NoCommonCodec("the offer has no audio with PCMA or PCMU, or not with the keys it takes")
    return found


def _preferred(media: Media, prefer: Sequence[str]) -> Codec | None:
    codecs = _codecs(media)
    return next((name for name in prefer if name in codecs), None)


def _codecs(media: Media) -> dict[Codec, int]:
    """The G.711 payload types of a usable voice medium, in its order of preference; {} of any other."""
    if media.kind != "audio" or not media.port or media.protocol not in _PROTOCOLS:
        return {}
    found: dict[Codec, int] = {}
    for payload_type, name in _formats(media).items():
        if name in STATIC:
            found.setdefault(cast(Codec, name), payload_type)
    return found


@lru_cache(64)  # asked four times for each description
def _formats(media: Media) -> dict[int, str]:
    """Payload type -> name in upper case of each format at 8000 Hz, in the order of the m= line."""
    names = {str(number): name for name, number in STATIC.items()} | {str(NOISE): "CN"}
    for value in media.values("rtpmap"):
        found = _RTPMAP.fullmatch(value)
        if found:
            names[found[1]] = found[2].upper() if found[3] == "8000" else ""
    return {int(item): names[item] for item in media.formats if names.get(item) and int(item) < 128}


def _audio(media: Media, codec: Codec, keys: Keys | None) -> Audio:
    if not media.host:
        raise MalformedSdp("no c= line says where to send the voice")
    numbers = {name: number for number, name in reversed(_formats(media).items())}  # the first of a name
    dtmf, noise = numbers.get("TELEPHONE-EVENT"), numbers.get("CN")
    held = media.host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    direction = _HELD[media.direction] if held else media.direction
    return Audio((media.host, media.port), codec, numbers[codec], dtmf, direction, keys, noise)


def _noise(number: int | None) -> list[tuple[str, int]]:
    return [] if number is None else [("CN", number)]


def _write_keys(keys: Keys | None) -> list[str]:
    line = keys and Crypto(keys.tag, keys.suite, keys.outgoing)
    return [f"a=crypto:{line.encode()}"] if line else []


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

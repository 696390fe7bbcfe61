"""The session description of a recording session (RFC 7866 §7): several voices, each its own medium with a
label, all of them coming to us.

What of a medium we can use is `sdp`'s knowledge; here each of them is answered on its own line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bridge.errors import NoCommonCodec
from bridge.sip.description import parse_description
from bridge.sip.sdp import PREFER, Audio, audio_of, write_lines, write_medium


class Stream(NamedTuple):
    """One voice. place: of its m= line; label: RFC 4574's, or ""; paused: it is not sent now."""

    place: int
    label: str
    audio: Audio
    paused: bool


def read_streams(offer: bytes) -> tuple[Stream, ...]:
    """Every medium of the offer that we can hear. Raises MalformedSdp, or NoCommonCodec for none."""
    found = []
    for place, media in enumerate(parse_description(offer).media):
        audio = audio_of(media, PREFER)
        if audio is not None:
            label = next(iter(media.values("label")), "")
            paused = audio.direction in {"inactive", "recvonly"}
            found.append(Stream(place, label, audio, paused))
    if not found:
        raise NoCommonCodec("no stream of the recording session is plain G.711")
    return tuple(found)


def write_recvonly(
    offer: bytes, address: str, ports: Mapping[int, int], session_id: int, version: int
) -> bytes:
    """Our answer: the media of these places wanted at these ports of `address`, the others refused. Raises as
    `read_streams`."""
    offered = parse_description(offer)
    streams = {stream.place: stream for stream in read_streams(offer)}
    lines: list[str] = []
    for place, media in enumerate(offered.media):
        stream, port = streams.get(place), ports.get(place, 0)
        if stream is None or not port:
            lines.append(f"m={media.kind} 0 {media.protocol} {media.formats[0]}")
            continue
        lines += write_medium(media.protocol, port, stream.audio, "inactive" if stream.paused else "recvonly")
        lines += [f"a=label:{stream.label}"] if stream.label else []
    return write_lines(address, session_id, version, offered.timing, lines)

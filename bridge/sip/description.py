"""A session description as a value (RFC 8866): bytes in, the media lines with what applies to them out.

Reads what real phones send, not only what the RFC lets them: LF for CRLF, lines in another order, missing
o=, s=, t=, odd bytes in names. What a call's voice depends on is checked (v=, m=, c=); everything else is
passed over. Knows nothing of codecs or of offers and answers: that is `sdp`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from itertools import pairwise
from typing import Final, Literal, cast

from bridge.errors import MalformedSdp
from bridge.frozen import replace

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

MAX_BODY: Final = 16_384
"""Bytes; a browser's offer with every codec and candidate has some 8 KiB, a phone's below 2."""
MAX_MEDIA: Final = 32
"""m= lines; each is answered by one, so a stranger must not make us write thousands."""

_LINE: Final = re.compile(r"([a-z])=(.*)")
_MEDIA: Final = re.compile(r"([A-Za-z0-9\-]+) +([0-9]{1,5})(?:/[0-9]+)? +([!-~]+)((?: +[!-~]+)+) *")
_CONNECTION: Final = re.compile(r"IN +IP[46] +([0-9A-Fa-f:.]+)(?:/[0-9/]+)? *", re.I)
_TIMING: Final = re.compile(r"[0-9]{1,20} [0-9]{1,20}")
_DIRECTIONS: Final = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


@dataclass(frozen=True, slots=True)
class Media:
    """One m= line and what belongs to it. port 0..65535 (0: refused or unused); host "" when no c= line
    applies.

    attributes: its own a= lines as (name, value), "" for a flag. direction: its own, else the session's.
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str = ""
    direction: Direction = "sendrecv"
    attributes: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> list[str]:
        """The values of every attribute of that name."""
        return [value for key, value in self.attributes if key == name]


@dataclass(frozen=True, slots=True)
class Description:
    """The media lines in order (at least one), and the t= line an answer repeats."""

    media: tuple[Media, ...]
    timing: str = "0 0"


@lru_cache(64)  # an offer is read, then answered
def parse_description(body: bytes) -> Description:
    """The session description in a body. Raises MalformedSdp."""
    if len(body) > MAX_BODY:
        raise MalformedSdp(f"a description of {len(body)} bytes")
    lines = [_read_line(line) for line in re.split("\r\n|\n", body.decode(errors="replace")) if line]
    if not lines or lines[0] != ("v", "0"):
        raise MalformedSdp("a description begins with v=0")
    session, sections = _split(lines)
    if not 0 < len(sections) <= MAX_MEDIA:
        raise MalformedSdp(f"{len(sections)} m= lines")
    shared = _apply(Media("", 0, "", ()), session)
    timing = next((value for kind, value in session if kind == "t" and _TIMING.fullmatch(value)), "0 0")
    return Description(tuple([_read_media(section, shared) for section in sections]), timing)


def _read_line(line: str) -> tuple[str, str]:
    found = _LINE.fullmatch(line)
    if not found:
        raise MalformedSdp(f"not a line of a description: {line[:60]!r}")
    return found[1], found[2]


def _split(lines: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[list[tuple[str, str]]]]:
    """The session's lines, and each medium's with its m= line first."""
    starts = [at for at, line in enumerate(lines) if line[0] == "m"] + [len(lines)]
    sections = [lines[begin:end] for begin, end in pairwise(starts)]
    return lines[: starts[0]], sections


def _read_media(lines: list[tuple[str, str]], shared: Media) -> Media:
    found = _MEDIA.fullmatch(lines[0][1])
    if not found or int(found[2]) > 65535:
        raise MalformedSdp(f"not an m= line: {lines[0][1][:60]!r}")
    kind, port, protocol, formats = found.groups()
    bare = Media(kind, int(port), protocol, tuple(formats.split()), shared.host, shared.direction)
    return _apply(bare, lines)


def _apply(media: Media, lines: list[tuple[str, str]]) -> Media:
    """The medium with what these lines say of it. Read for the session too, for its media to inherit."""
    attributes = [
        (name, value) for name, _, value in [line[1].partition(":") for line in lines if line[0] == "a"]
    ]
    host = next((_read_connection(value) for kind, value in lines if kind == "c"), media.host)
    direction = next((name for name, _ in attributes if name in _DIRECTIONS), media.direction)
    return replace(media, host=host, direction=cast(Direction, direction), attributes=tuple(attributes))


def _read_connection(value: str) -> str:
    """A numeric unicast address, or 0.0.0.0 (RFC 3264 §8.4's old way of holding).

    A name is refused: looking it up would put a stranger's DNS into the path of our call.
    """
    found = _CONNECTION.fullmatch(value)
    try:
        address = ip_address(found[1] if found else "")
    except ValueError as error:
        raise MalformedSdp(f"not a numeric address: {value[:60]!r}") from error
    if address.is_multicast or str(address) == "255.255.255.255":
        raise MalformedSdp("a voice call goes to one address")
    return str(address)

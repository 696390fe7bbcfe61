"""A body of several parts (RFC 2046 §5.1): bytes in, the parts with their types out.

Reads what SIP elements send: CRLF or LF, a preamble, no final boundary. Nested multiparts are not opened:
nobody we speak with sends any.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bridge.errors import MalformedBody

MAX_PARTS: Final = 16
"""A recording session has two; a stranger must not make us hold thousands."""
_BOUNDARY: Final = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """kind: its type in lower case, without parameters; disposition: the same of Content-Disposition, or
    ""."""

    kind: str
    disposition: str
    body: bytes


def parse_parts(content_type: str, body: bytes) -> tuple[Part, ...]:
    """The parts of a body whose Content-Type header is this. Raises MalformedBody."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise MalformedBody("multipart without a boundary")
    mark = re.escape((found[1] or found[2]).encode("utf-8", "surrogateescape"))
    # The line break before a boundary belongs to it, not to the part (§5.1.1).
    pieces = re.split(rb"(?:^|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|$)", body)
    bodies, ends = pieces[2::2], pieces[1::2]
    parts: list[Part] = []
    for piece, end in zip(bodies, ends, strict=True):
        if end:
            break
        if len(parts) >= MAX_PARTS:
            raise MalformedBody(f"more than {MAX_PARTS} parts")
        parts.append(_part(piece))
    if not parts:
        raise MalformedBody("multipart without parts")
    return tuple(parts)


def _part(piece: bytes) -> Part:
    piece = re.sub(rb"^\r?\n", b"", piece, count=1)  # the end of the boundary's line
    if piece.startswith((b"\n", b"\r\n")):  # no headers at all
        return Part("text/plain", "", piece.lstrip(b"\r")[1:])
    head, _, body = _split(piece)
    headers = {}
    for line in re.split(r"\r?\n(?![ \t])", head.decode("utf-8", "replace")):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value
    kind = _bare(headers.get("content-type", "text/plain"))
    return Part(kind, _bare(headers.get("content-disposition", "")), body)


def _split(piece: bytes) -> tuple[bytes, bytes, bytes]:
    found = _HEAD_END.search(piece)
    if found is None:
        return piece, b"", b""
    return piece[: found.start()], found[0], piece[found.end() :]


def _bare(value: str) -> str:
    return value.partition(";")[0].strip().lower()

"""A call's messages as a ladder: one column a party, one row a message, readable without knowing the RFCs by
heart.

Reads what `trace` kept, when somebody asks; shows start lines, CSeq and the few headers that explain a call's
course. Bodies are named by their type only, numbers are shown only where asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.errors import MalformedSip
from bridge.sip.message import Request, Response
from bridge.sip.parser import parse_message
from bridge.sip.trace import Seen

BRIDGE: Final = 1
"""Our own column, the second: the caller's stands on one side of us, everybody else on the other."""
SHOWN: Final = (
    "refer-to", "referred-by", "replaces", "event", "subscription-state", "reason", "retry-after", "rseq",
    "rack", "session-expires", "require", "warning", "min-se", "diversion",
)  # fmt: skip
"""Headers that explain why a message was sent, besides CSeq."""
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z.\-])(\+?[0-9]{3})[0-9]{2,}([0-9]{2})(?![0-9A-Za-z.])")
"""Telephone numbers of seven digits and more; short ones (110, extensions) are nobody's secret."""
WIDTH: Final = 22
"""Screen cells of one column."""


@dataclass(frozen=True, slots=True)
class Column:
    """A party: its name, and where its messages come from and go to."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One message. at: seconds since the first one; source, target: columns; what: the start line in short;
    notes: CSeq, headers, body's type; again: the same bytes went the same way before."""

    at: float
    source: int
    target: int
    what: str
    notes: tuple[str, ...]
    again: bool = False


def rows(flows: Sequence[tuple[int, Iterable[Seen]]], *, numbers: bool) -> list[Row]:
    """All messages of these flows (each with its party's column), in order of time."""
    seen = sorted(((item, column) for column, flow in flows for item in flow), key=lambda pair: pair[0].at)
    before: set[tuple[bytes, bool]] = set()
    found = []
    for item, column in seen:
        source, target = (BRIDGE, column) if item.out else (column, BRIDGE)
        what, notes = _read(item.data)
        if not numbers:
            what, notes = mask(what), tuple(map(mask, notes))
        again = (item.data, item.out) in before
        before.add((item.data, item.out))
        found.append(Row(round(item.at - seen[0][0].at, 6), source, target, what, notes, again))
    return found


def mask(text: str) -> str:
    """The text with every telephone number's middle hidden."""
    return _NUMBER.sub(r"\1****\2", text)


def _read(data: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        message = parse_message(data)
    except MalformedSip as error:
        return data.partition(b"\r\n")[0].decode(errors="replace")[:60], (f"malformed: {error.part}",)
    headers = message.headers
    notes = [headers.first("cseq") or ""]
    notes += [f"{name.title()}: {value}" for name in SHOWN for value in headers.all(name)]
    if message.body:
        notes.append(_body(message))
    if isinstance(message, Request):
        return f"{message.method} {message.uri}", tuple(notes)
    return f"{message.status} {message.reason}", tuple(notes)


def _body(message: Request | Response) -> str:
    """The body's type and size; of a sipfrag its line, for that is what a NOTIFY says."""
    kind = (message.headers.first("content-type") or "body").partition(";")[0].strip().lower()
    if kind == "message/sipfrag":
        line = message.body.partition(b"\r")[0].decode(errors="replace")
        return f"[{line[:60]}]"
    return f"[{kind} {len(message.body)}]"


# --- as text ------------------------------------------------------------------------------------------------


def draw(columns: Sequence[Column], ladder: Iterable[Row]) -> str:
    """The ladder in plain characters, a line a message: time since the first, since the one before, arrow,
    notes."""
    blank = " " * 19
    heads = [blank + "".join(_centred(column.name, WIDTH) for column in columns)]
    heads += [blank + "".join(_centred(column.address, WIDTH) for column in columns)]
    lines, before = [line.rstrip() for line in heads], 0.0
    for row in ladder:
        times = f"{row.at:9.3f} {row.at - before:+8.3f} "
        notes = "  ".join([*(["(again)"] if row.again else []), *row.notes])
        lines.append(f"{times}{_arrow(row, len(columns))} {notes}".rstrip())
        before = row.at
    return "\n".join(lines) + "\n"


def _arrow(row: Row, columns: int) -> str:
    """The columns' lines, and the message on its way from one to the other."""
    cells = [" "] * (columns * WIDTH)
    middles = [column * WIDTH + WIDTH // 2 for column in range(columns)]
    for middle in middles:
        cells[middle] = "|"
    left, right = sorted((middles[row.source], middles[row.target]))
    cells[left + 1 : right] = "-" * (right - left - 1)
    if row.source < row.target:
        cells[right - 1] = ">"
    else:
        cells[left + 1] = "<"
    label = _fitting(row.what, right - left - 5)
    start = left + 3
    cells[start : start + len(label)] = label
    return "".join(cells)


def _fitting(text: str, room: int) -> str:
    """The text in one line of at most so many plain characters: of an address its user part first of all."""
    plain = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
    if len(plain) > room:
        plain = plain.replace("sip:", "", 1).partition("@")[0]
    return plain if len(plain) <= room else plain[: room - 2] + ".."


def _centred(text: str, width: int) -> str:
    """Chinese takes two cells a sign."""
    cells = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
    left = max(0, (width - cells) // 2)
    return " " * left + text + " " * max(0, width - cells - left)

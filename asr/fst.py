"""OpenFst's binary files, read as far as it takes to know that one is whole and which words it can give out.

Pure: bytes in. Layouts after OpenFst 1.8: fst.cc (header), symbol-table.cc, const-fst.h, add-on.h and
label-reachable.h (a look-ahead graph is a const one with intervals of labels after it, and OpenFst does not
notice when those are cut off: it decodes nonsense). A kind that is not known here is not judged.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

_FST: Final = 2_125_659_606
_SYMBOLS: Final = 2_125_658_996
_ADD_ON: Final = 446_681_434
"""Magic numbers of a graph, of a table of words within it, of a graph with something after it."""
_HAS_INPUT, _HAS_OUTPUT, _ALIGNED = 1, 2, 4
_ALIGNMENT: Final = 16
_STATE: Final = 20
_ARC: Final = np.dtype([("input", "<i4"), ("output", "<i4"), ("weight", "<f4"), ("next", "<i4")])
"""A state's final weight, place of its arcs, three counts; an arc of the type "standard"."""


class CutShortError(ValueError):
    """The bytes end before what the header promises."""


@dataclass(frozen=True, slots=True)
class Fst:
    """`has_words`: its own table of them; `largest`: its largest output label, None where it was not read."""

    kind: str
    has_words: bool
    largest: int | None = None


@dataclass(frozen=True, slots=True)
class _Header:
    kind: str
    arcs_are: str
    version: int
    flags: int
    states: int
    arcs: int


class _Reader:
    """Goes through the bytes; raises CutShortError at their end."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> int:
        """One little-endian number."""
        try:
            (value,) = struct.unpack_from(f"<{layout}", self.data, self.at)
        except struct.error:
            raise CutShortError(f"ends at {len(self.data)}") from None
        self.at += struct.calcsize(f"<{layout}")
        return int(value)

    def skip(self, count: int) -> int:
        """Over so many bytes; where they began."""
        began = self.at
        self.at += count
        if count < 0 or self.at > len(self.data):
            raise CutShortError(f"ends at {len(self.data)}")
        return began

    def text(self) -> str:
        length = self.take("i")
        began = self.skip(length)
        return bytes(self.data[began : self.at]).decode(errors="replace")


def is_fst(head: bytes) -> bool:
    """Whether a file that begins so is a graph at all."""
    return head[:4] == struct.pack("<i", _FST)


def look(data: bytes | memoryview) -> Fst:
    """What a graph's file holds. Raises CutShortError when it is not whole."""
    reader = _Reader(data)
    header = _header(reader)
    words = bool(header.flags & _HAS_OUTPUT)
    if header.kind == "const":
        return Fst(header.kind, words, _const(reader, header))
    if header.kind.endswith("label_lookahead") and reader.take("i") == _ADD_ON:
        inner = _header(reader)
        if inner.kind == "const":
            _const(reader, inner)
            _reachable(reader)
    return Fst(header.kind, words)


def _header(reader: _Reader) -> _Header:
    reader.take("i")
    kind, arcs_are = reader.text(), reader.text()
    version, flags = reader.take("i"), reader.take("i")
    reader.skip(16)  # properties, first state
    return _Header(kind, arcs_are, version, flags, reader.take("q"), reader.take("q"))


def _const(reader: _Reader, header: _Header) -> int | None:
    """Over the body of a const graph; its largest output label."""
    for flag in (_HAS_INPUT, _HAS_OUTPUT):
        if header.flags & flag:
            _symbols(reader)
    if header.arcs_are != "standard":
        return None
    _align(reader, header)
    reader.skip(header.states * _STATE)
    _align(reader, header)
    began = reader.skip(header.arcs * _ARC.itemsize)
    outputs = np.frombuffer(reader.data, _ARC, header.arcs, began)["output"]
    return int(outputs.max(initial=0))


def _align(reader: _Reader, header: _Header) -> None:
    if header.flags & _ALIGNED or header.version == 1:
        reader.skip(-reader.at % _ALIGNMENT)


def _symbols(reader: _Reader) -> None:
    if reader.take("i") != _SYMBOLS:
        raise CutShortError("no table of words where the header promises one")
    reader.text()
    reader.take("q")
    for _ in range(reader.take("q")):
        reader.text()
        reader.take("q")


def _reachable(reader: _Reader) -> None:
    """Over the labels reachable from each state: two parts, each of which may be missing."""
    if not reader.take("?"):
        return
    for _ in range(2):
        if not reader.take("?"):
            continue
        reader.take("?")
        if reader.take("?"):
            reader.skip(8 * reader.take("q"))  # labels as they were numbered before
        reader.take("i")
        for _ in range(reader.take("q")):
            reader.skip(8 * reader.take("q") + 4)  # from, to; how many

"""A recording being read: whatever lies on the disk, it looks like a G.711 WAV of known size that can be read
from anywhere.

Knows plain and sealed files, also such as were cut off. Pure but for the open file it is handed.
"""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

from bridge.errors import UnusableRecording
from bridge.media import sealed, wav
from bridge.media.plan import Codec
from bridge.media.wav import HEADER_SIZE


class _Piece(NamedTuple):
    """at: place of the piece's octets in the file; first: number of its first octet among the samples'."""

    at: int
    size: int
    first: int
    length: bytes


class Recording:
    """size: octets of the WAV; cut: a sealed file without its last piece. Raises UnusableRecording for what
    is no recording, or needs another key (`key` None: none at hand)."""

    def __init__(self, file: BinaryIO, key: bytes | None) -> None:
        self._file = file
        file.seek(0)
        head = file.read(4096)
        self._seal: sealed.Seal | None = None
        self._pieces: list[_Piece] = []
        self.cut = False
        self._law: Codec
        if head.startswith(sealed.MAGIC):
            samples = self._open_sealed(sealed.read_head(head), key)
        else:
            samples = self._open_plain(head)
        self.size = HEADER_SIZE + samples
        self._header = wav.header(self._law, 2, samples)
        self._last: tuple[int, bytes] = (-1, b"")

    @property
    def law(self) -> Codec:
        """How its samples are written."""
        return self._law

    def read(self, begin: int, end: int) -> bytes:
        """The WAV's octets [begin:end]."""
        begin, end = max(0, begin), min(end, self.size)
        head = self._header[begin:end]
        first, last = max(0, begin - HEADER_SIZE), max(0, end - HEADER_SIZE)
        if last <= first:
            return head
        if self._seal is None:
            self._file.seek(HEADER_SIZE + first)
            return head + self._file.read(last - first)
        return head + self._unsealed(first, last)

    def _open_plain(self, head: bytes) -> int:
        if len(head) < HEADER_SIZE or head[:4] != b"RIFF":
            raise UnusableRecording("不是本系统的录音")
        self._law = "PCMU" if head[20] == wav.ULAW else "PCMA"
        return max(0, self._file.seek(0, 2) - HEADER_SIZE) // 2 * 2

    def _open_sealed(self, head: sealed.Head, key: bytes | None) -> int:
        if key is None:
            raise UnusableRecording("这段录音是加密的，需要密钥")
        if sealed.fingerprint(key) != head.key:
            raise UnusableRecording(f"密钥不对：这段录音的密钥指纹是 {head.key}")
        self._law, self._seal = head.law, sealed.Seal(key, head.salt, head.text)
        size, at, first, last = self._file.seek(0, 2), head.size, 0, False
        while not last:
            self._file.seek(at)
            length = self._file.read(4)
            octets, last = sealed.read_length(length)
            at += 4
            if not octets or at + octets > size:
                self.cut = True
                break
            self._pieces.append(_Piece(at, octets, first, length))
            at, first = at + octets, first + octets - sealed.TAG_SIZE
        return first

    def _unsealed(self, first: int, last: int) -> bytes:
        found = bytearray()
        for number, piece in enumerate(self._pieces):
            begin, end = piece.first, piece.first + piece.size - sealed.TAG_SIZE
            if begin < last and end > first:
                found += self._piece(number, piece)[max(0, first - begin) : last - begin]
        return bytes(found)

    def _piece(self, number: int, piece: _Piece) -> bytes:
        if self._last[0] != number and self._seal is not None:
            self._file.seek(piece.at)
            self._last = (number, self._seal.open(number, piece.length, self._file.read(piece.size)))
        return self._last[1]

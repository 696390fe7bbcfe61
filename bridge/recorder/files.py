"""One recording being written: a plain G.711 WAV, or the same samples sealed. Readable at every moment, as
far as it was written; an error of the disk leaves it so.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from bridge.media.plan import Codec
from bridge.media.sealed import begin
from bridge.media.wav import HEADER_SIZE, header


class Sink(Protocol):
    """Takes interleaved G.711 octets."""

    def write(self, octets: bytes) -> None:
        """Append. Raises OSError; the file is then as it was before."""

    def finish(self, *, whole: bool) -> None:
        """On disk and closed; whole: nothing was left out at its end. Raises OSError."""


class PlainFile:
    """A WAV whose header is true after every write."""

    def __init__(self, path: Path, law: Codec) -> None:
        self._file, self._law, self._octets = _create(path), law, 0
        _write(self._file, header(law, 2, 0), 0)

    def write(self, octets: bytes) -> None:
        """Append."""
        _write(self._file, octets, HEADER_SIZE + self._octets)
        self._octets += len(octets)
        os.pwrite(self._file, header(self._law, 2, self._octets), 0)

    def finish(self, *, whole: bool) -> None:
        """On disk and closed."""
        _finish(self._file)


class SealedFile:
    """Encrypted piece by piece."""

    def __init__(self, path: Path, law: Codec, key: bytes, salt: bytes) -> None:
        head, self._seal = begin(key, salt, law)
        self._file, self._size, self._pieces = _create(path), len(head), 0
        _write(self._file, head, 0)

    def write(self, octets: bytes) -> None:
        """Append a piece."""
        self._piece(octets, last=False)

    def finish(self, *, whole: bool) -> None:
        """On disk and closed; a file that is not whole has no last piece, and says so by that."""
        if whole:
            self._piece(b"", last=True)
        _finish(self._file)

    def _piece(self, octets: bytes, *, last: bool) -> None:
        piece = self._seal.close(self._pieces, octets, last=last)
        _write(self._file, piece, self._size)
        self._size += len(piece)
        self._pieces += 1


def _create(path: Path) -> int:
    """A new file only our own user can read."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _write(file: int, octets: bytes, at: int) -> None:
    """All of it, or nothing: what a full disk took is taken back."""
    done = 0
    try:
        while done < len(octets):
            done += os.pwrite(file, octets[done:], at + done)
    except OSError:
        os.ftruncate(file, at)
        raise


def _finish(file: int) -> None:
    try:
        os.fsync(file)
    finally:
        os.close(file)

"""The recordings' folder: what is being written lies in `open/`, what is finished under year, month and day.

Beside each file in `open/` lies its note (JSON). A finished file's note stays there until control has its row
in the database, so that neither process's death loses a recording: `recover` finds what was left. Used by the
writer's thread alone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from bridge.errors import UnusableRecording
from bridge.media import g711, sealed
from bridge.media.takes import End, Kept, decode_news, encode
from bridge.media.wav import HEADER_SIZE
from bridge.recorder.files import PlainFile, SealedFile, Sink

log = structlog.get_logger(__name__)

_PAD = 1 << 20
"""Octets of silence written at once where blocks were lost."""


class Shelf:
    """folder: the recordings'; key: to seal them with, or None."""

    def __init__(self, folder: Path, key: bytes | None) -> None:
        self._folder, self._open, self._key = folder, folder / "open", key
        self._sinks: dict[str, Sink] = {}
        self._notes: dict[str, Kept] = {}
        self._samples: dict[str, int] = {}

    def begin(self, kept: Kept) -> None:
        """A new file. Raises OSError."""
        self._open.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = replace(kept, sealed=self._key is not None, path=_path(kept, sealed=self._key is not None))
        self._note(kept)
        path = self._open / Path(kept.path).name
        if self._key is None:
            self._sinks[kept.file] = PlainFile(path, kept.law)
        else:
            salt = secrets.token_bytes(sealed.SALT_SIZE)
            self._sinks[kept.file] = SealedFile(path, kept.law, self._key, salt)
        self._samples[kept.file] = 0

    def write(self, file: str, first: int, octets: bytes) -> None:
        """Samples from number `first` on; what is missing before them is silence. Raises OSError."""
        sink, written = self._sinks[file], self._samples[file]
        silence = bytes([g711.SILENCE[self._notes[file].law]])
        while written < first:
            pad = min(first - written, _PAD)
            sink.write(silence * 2 * pad)
            written += pad
        sink.write(octets)
        self._samples[file] = written + len(octets) // 2

    def legs(self, kept: Kept) -> None:
        """Somebody came into the conversation. Raises OSError."""
        if kept.file in self._notes:
            self._note(replace(self._notes[kept.file], legs=kept.legs))

    def finish(self, file: str, end: End, missing: float) -> Kept:
        """Close, hash, put in its place. Raises OSError."""
        sink = self._sinks.pop(file)
        with suppress(OSError):  # a full disk has no room for the last piece; all others are there
            sink.finish(whole=end == "whole")
        kept = replace(self._notes.pop(file), end=end, missing=round(missing, 2))
        return self._put_away(replace(kept, seconds=self._samples.pop(file) / g711.RATE))

    def stored(self, file: str) -> None:
        """The database has it: its note goes."""
        with suppress(OSError):
            (self._open / f"{file}.json").unlink()

    def recover(self) -> Iterator[Kept]:
        """What earlier processes left: finished files that nobody stored, and files cut off, which are
        finished now. An own file that cannot be read is left where it lies, with a line in the log."""
        for note in sorted(self._open.glob("*.json")):
            try:
                kept = decode_news(note.read_bytes())
                if isinstance(kept, Kept) and kept.file not in self._notes:
                    found = self._recovered(kept)
                    if found is not None:
                        yield found
            except (OSError, ValueError, KeyError, TypeError, UnusableRecording) as error:
                log.error("recording.not_recovered", note=note.name, why=str(error)[:200])  # noqa: TRY400

    def _recovered(self, kept: Kept) -> Kept | None:
        path = self._open / Path(kept.path).name
        if not path.exists():
            if kept.sha256:
                return kept
            if (self._folder / kept.path).exists():  # moved, and then we died
                return self._described(replace(kept, end="cut"))
            self.stored(kept.file)  # nothing was ever written
            return None
        samples = _samples(path, sealed_file=kept.sealed)
        return self._put_away(replace(kept, end="cut", seconds=samples / g711.RATE))

    def _put_away(self, kept: Kept) -> Kept:
        place = self._folder / kept.path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._open / place.name).rename(place)
        return self._described(kept)

    def _described(self, kept: Kept) -> Kept:
        place = self._folder / kept.path
        with place.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        kept = replace(kept, octets=place.stat().st_size, sha256=digest)
        self._note(kept)
        self._notes.pop(kept.file, None)
        return kept

    def _note(self, kept: Kept) -> None:
        """Written whole or not at all."""
        self._notes[kept.file] = kept
        part = self._open / f"{kept.file}.part"
        part.write_bytes(encode(kept))
        part.rename(self._open / f"{kept.file}.json")


def _path(kept: Kept, *, sealed: bool) -> str:
    """By day, and no personal data in any name."""
    day = datetime.fromisoformat(kept.started_at)
    return f"{day:%Y/%m/%d}/{kept.file}.{'sealed' if sealed else 'wav'}"


def _samples(path: Path, *, sealed_file: bool) -> int:
    """Samples of each side in a file that was cut off."""
    if not sealed_file:
        return max(0, path.stat().st_size - HEADER_SIZE) // 2
    octets = 0
    with path.open("rb") as opened:
        opened.seek(sealed.read_head(opened.read(4096)).size)
        while size := sealed.read_length(opened.read(4))[0]:
            body = len(opened.read(size))
            octets += size - 16 if body == size else 0
    return octets // 2

"""A backup's file: a tar of the database, recordings if wanted, and at the end a manifest that says what all
of it must be.

Written beside its place and moved there when it is whole and on the disk, so a file with the name of a backup
is one. Knows no database.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from bridge.adapters.backup_seal import MAGIC, OpeningReader, SealingWriter
from bridge.errors import UnusableBackup

FORMAT: Final = "bridge.backup.v1"
DATABASE: Final = "database"
RECORDINGS: Final = "recordings/"
_MANIFEST: Final = "manifest.json"
_PIECE: Final = 1 << 20
_LONGEST: Final = 1 << 28
"""Octets of a manifest: a million recordings."""

Manifest = dict[str, Any]


def write(
    file: Path, key: bytes | None, database: Path, about: Manifest, recordings: Path | None
) -> Manifest:
    """The backup, whole or not at all; its manifest. about: what the manifest says of the database. Raises
    OSError, UnusableBackup where there is a file already."""
    if file.exists():
        raise UnusableBackup(f"{file} 已经有了，换一个名字")
    part = file.with_name(file.name + ".part")
    with part.open("wb") as opened:
        os.fchmod(opened.fileno(), 0o600)
        sealing = SealingWriter(opened, key) if key is not None else None
        with tarfile.open(fileobj=sealing or opened, mode="w|", format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
            manifest = _fill(tar, database, about, recordings)
        if sealing is not None:
            sealing.finish()
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)
    return manifest


def _fill(tar: tarfile.TarFile, database: Path, about: Manifest, recordings: Path | None) -> Manifest:
    sums = {DATABASE: _add(tar, database, DATABASE)}
    for path in sorted(recordings.rglob("*")) if recordings is not None else ():
        if path.is_file() and not path.is_symlink():
            name = RECORDINGS + path.relative_to(recordings or path).as_posix()
            sums[name] = _add(tar, path, name)
    manifest = {"format": FORMAT, **about, "files": sums}
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    info = tarfile.TarInfo(_MANIFEST)
    info.size = len(text)
    tar.addfile(info, io.BytesIO(text))
    return manifest


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    """One file into it; its SHA-256. A recording that grows meanwhile is taken as long as it was."""
    with path.open("rb") as opened:
        info = tarfile.TarInfo(name)
        info.size = os.fstat(opened.fileno()).st_size
        counted = _Counted(opened)
        tar.addfile(info, counted)
    return counted.sum.hexdigest()


class _Counted(io.RawIOBase):
    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sum = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        octets = self._file.read(size)
        self.sum.update(octets)
        return octets


def read(file: Path, key: bytes | None, staged: Path, recordings: Path | None) -> Manifest:
    """Unpacks it: the database to `staged`, recordings not there yet into their folder; its manifest. Raises
    UnusableBackup for one that is not whole to the last octet, OSError."""
    sums: dict[str, str] = {}
    manifest: Manifest | None = None
    with _opened(file, key) as stream, _misread():
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise UnusableBackup(f"备份里有不该有的：{member.name}")
                if member.name == _MANIFEST:
                    manifest = json.loads(content.read(_LONGEST))
                else:
                    sums[member.name] = _unpack(content, _place(member.name, staged, recordings))
        stream.read()  # to the end, so that what is sealed is known to be whole
    if manifest is None or manifest.get("format") != FORMAT:
        raise UnusableBackup(f"{file} 不是本系统的备份，或不完整")
    wrong = [name for name, digest in manifest["files"].items() if sums.get(name) != digest]
    if wrong or len(sums) != len(manifest["files"]):
        raise UnusableBackup(f"备份里 {(wrong or sorted(sums))[0]} 和清单对不上：备份坏了，换一份")
    return manifest


def _place(name: str, staged: Path, recordings: Path | None) -> Path | None:
    """Where it goes; None: nowhere, it is only looked at."""
    if name == DATABASE:
        return staged
    path = Path(name)
    if not name.startswith(RECORDINGS) or path.is_absolute() or ".." in path.parts:
        raise UnusableBackup(f"备份里有不该有的：{name}")
    there = None if recordings is None else recordings / path.relative_to(RECORDINGS)
    return None if there is None or there.exists() else there


def _unpack(content: IO[bytes], place: Path | None) -> str:
    digest = hashlib.sha256()
    part = None if place is None else place.with_name(place.name + ".part")
    if part is not None:
        part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") if part is not None else contextlib.nullcontext() as out:
        while piece := content.read(_PIECE):
            digest.update(piece)
            if out is not None:
                out.write(piece)
        if out is not None:
            out.flush()
            os.fsync(out.fileno())
    if part is not None and place is not None:
        part.replace(place)
    return digest.hexdigest()


@contextlib.contextmanager
def _opened(file: Path, key: bytes | None) -> Iterator[Any]:
    with file.open("rb") as opened:
        sealed = opened.read(len(MAGIC)) == MAGIC
        if sealed and key is None:
            raise UnusableBackup(f"{file} 是加密的：写 --key-file 密钥文件")
        if not sealed:
            opened.seek(0)
        yield OpeningReader(opened, key) if sealed and key is not None else opened


@contextlib.contextmanager
def _misread() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, ValueError, EOFError) as wrong:
        raise UnusableBackup(f"不是本系统的备份，或不完整（{wrong}）") from None

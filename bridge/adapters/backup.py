"""Backup and restore of everything a bridge has written down: database, and recordings if wanted.

While it runs, for a backup; stopped, for a restore. A restore that is killed has changed nothing, or all.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from bridge.adapters import backup_postgres as postgres
from bridge.adapters import backup_sqlite as sqlite
from bridge.adapters.backup_file import Manifest, read, write
from bridge.adapters.backup_schema import About, check_known
from bridge.errors import UnusableBackup

_STAGING: Final = ".restore-"


@dataclass(frozen=True, slots=True)
class Place:
    """What is saved, or restored to. recordings None: without them; key: of the backup, None: it lies
    open."""

    url: str
    recordings: Path | None = None
    key: bytes | None = None

    @property
    def backend(self) -> str:
        """sqlite or postgresql."""
        return make_url(self.url).get_backend_name()

    @property
    def path(self) -> Path:
        """Of SQLite's file."""
        return Path(make_url(self.url).database or "")


async def backup(place: Place, file: Path, at: datetime) -> Manifest:
    """Into a new file; its manifest. Raises UnusableBackup, OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder:
        copy = Path(folder) / "database"
        found: About = (
            await asyncio.to_thread(sqlite.copy, place.path, copy)
            if place.backend == "sqlite"
            else await postgres.dump(make_url(place.url), copy)
        )
        about = {"at": at.isoformat(), "backend": place.backend, **found}
        return await asyncio.to_thread(write, file, place.key, copy, about, place.recordings)


async def restore(place: Place, file: Path, *, force: bool) -> tuple[Manifest, Path | None]:
    """The manifest, and where SQLite's file of before has gone. Raises UnusableBackup, OSError."""
    is_sqlite = place.backend == "sqlite"
    folder = place.path.parent if is_sqlite else file.parent
    await asyncio.to_thread(_cleared, folder)
    held = (
        await asyncio.to_thread(sqlite.holds_something, place.path)
        if is_sqlite
        else await postgres.holds_something(make_url(place.url))
    )
    if held and not force:
        raise UnusableBackup("数据库里已经有东西：恢复会代替它；确定要这样，加 --force")
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=folder) as staging:
        staged = Path(staging) / "database"
        manifest = await asyncio.to_thread(read, file, place.key, staged, place.recordings)
        if manifest["backend"] != place.backend:
            raise UnusableBackup(f"备份是 {manifest['backend']} 的，数据库是 {place.backend} 的")
        check_known(manifest["schema"])
        if is_sqlite:
            return manifest, await asyncio.to_thread(sqlite.put, staged, place.path)
        await postgres.put(staged, make_url(place.url))
        return manifest, None


def _cleared(folder: Path) -> None:
    """There, without what a killed restore has left behind."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)

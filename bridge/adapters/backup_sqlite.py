"""A SQLite database copied while it is written to, and put in the place of another. Blocking; a command's."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bridge.adapters.backup_schema import About, about
from bridge.errors import UnusableBackup


def copy(database: Path, to: Path) -> About:
    """A consistent copy as of now, in one file; what is in it. Writers don't wait (WAL)."""
    if not database.exists():
        raise UnusableBackup(f"没有数据库 {database}")
    with _open(database) as source, _open(to) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        return _about(target)


def holds_something(database: Path) -> bool:
    """Whether there is a row in it that would be lost."""
    if not database.exists():
        return False
    with _open(database) as opened:
        return any(_about(opened)["counts"].values())


def put(staged: Path, database: Path) -> Path | None:
    """The staged file in the database's place, at once or not at all; where the one before has gone. Raises
    UnusableBackup for one that is no sound database, or when somebody has the one before open."""
    with _open(staged) as opened:
        if opened.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise UnusableBackup("备份里的数据库坏了，换一份")
    before = None
    if database.exists():
        _close_for_good(database)
        before = database.with_name(database.name + ".before-restore")
        before.unlink(missing_ok=True)
        before.hardlink_to(database)  # at no moment is there no database, which would be begun anew, empty
    staged.replace(database)
    _sync(database.parent)
    return before


def _close_for_good(database: Path) -> None:
    """Its log folded into it and gone: what can't be while somebody has it open."""
    with _open(database) as opened:
        try:
            opened.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise UnusableBackup(f"数据库 {database} 正在用：先停掉 bridge") from None


def _about(opened: sqlite3.Connection) -> About:
    names = {row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return about(names, lambda statement: opened.execute(statement).fetchone()[0])


@contextlib.contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        yield opened
    except sqlite3.DatabaseError as wrong:
        raise UnusableBackup(f"{path} 不是数据库，或坏了（{wrong}）") from None
    finally:
        opened.close()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

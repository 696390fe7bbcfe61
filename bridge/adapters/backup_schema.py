"""What a backup says of the database in it: its shape's version and how many rows each table has."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, TypedDict

from alembic.script import ScriptDirectory

from bridge.adapters import (  # noqa: F401  their tables count
    db_tables_access,
    db_tables_deadlines,
    db_tables_erasures,
    db_tables_handling,
    db_tables_review,
    db_tables_search,
)
from bridge.adapters.db_migrate import configured
from bridge.adapters.db_tables import METADATA
from bridge.errors import UnusableBackup

VERSION: Final = "SELECT version_num FROM alembic_version"


class About(TypedDict):
    """schema: alembic's revision, "" for none; counts: table -> rows."""

    schema: str
    counts: dict[str, int]


def about(names: Collection[str], ask: Callable[[str], Any]) -> About:
    """names: the tables there are; ask: the one value a statement answers."""
    schema = str(ask(VERSION)) if "alembic_version" in names else ""
    return About(schema=schema, counts={name: int(ask(statement)) for name, statement in counting(names)})


def counting(names: Collection[str]) -> list[tuple[str, str]]:
    """Each table of ours that is there, and the statement that counts it."""
    ours = sorted(set(METADATA.tables) & set(names))
    return [(name, f"SELECT count(*) FROM {name}") for name in ours]  # noqa: S608  names of ours


def check_known(schema: str) -> None:
    """Raises UnusableBackup for a shape that this program is too old for."""
    known = {script.revision for script in ScriptDirectory.from_config(configured()).walk_revisions()}
    if schema not in known:
        raise UnusableBackup(f"备份来自更新的版本（结构 {schema}）：先升级本程序，再恢复")

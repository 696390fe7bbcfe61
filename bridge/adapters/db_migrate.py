"""Brings a database to the newest shape: alembic, configured in code, on a connection that is open already.

Runs at every start and does nothing when there is nothing to do. Knows no tables.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER: Final = Path(__file__).parent / "migrations"


def configured() -> Config:
    """Alembic's configuration, without any file."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@lru_cache(maxsize=1)
def newest() -> str | None:
    """The newest revision that is shipped. Found once: every file of the history is read for it."""
    return ScriptDirectory.from_config(configured()).get_current_head()


def migrate(connection: Connection) -> None:
    """Upgrade to the newest revision inside the connection's transaction. Raises what the database raises."""
    if MigrationContext.configure(connection).get_current_revision() == newest():
        return
    config = configured()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

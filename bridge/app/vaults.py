"""The database as everybody opens it: the configured one, with its keys."""

from __future__ import annotations

from bridge.adapters.db import Database
from bridge.settings import Settings
from bridge.tickets.vault import Vault


def opened(settings: Settings) -> Database:
    """Not started yet."""
    return Database(settings.database.url, vault(settings))


def vault(settings: Settings) -> Vault | None:
    """The keys personal data is sealed with; None: it lies open."""
    keys = settings.database.keys
    return Vault(keys) if keys else None

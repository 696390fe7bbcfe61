"""Columns that hold personal data: sealed on the way in and opened on the way out where a key is configured.

Whoever reads or writes such a column notices nothing. The key is the engine's (`use`): the tables know none.
A column of `SealedEqual` may be compared with `==` and nothing else.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from sqlalchemy import Dialect, Text, TypeDecorator
from sqlalchemy.ext.asyncio import AsyncEngine

from bridge.errors import UnusableData
from bridge.tickets.vault import MARK, NONCE_SIZE, Vault, unopened

_PLACE: Final = "bridge_vault"


class Sealed(TypeDecorator[str]):
    """Text that only the key opens. belongs: "table.column"."""

    impl = Text
    cache_ok = True
    equal = False

    def __init__(self, belongs: str) -> None:
        super().__init__()
        self.belongs = belongs

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Sealed; what says nothing stays so, for queries that look for it."""
        vault = vault_of(dialect)
        if vault is None or not value:
            return value
        if self.equal:
            return vault.close_equal(self.belongs, value)
        return vault.close(secrets.token_bytes(NONCE_SIZE), self.belongs, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open again. Raises UnusableData."""
        if value is None or not value.startswith(MARK):
            return value
        vault = vault_of(dialect)
        if vault is None:
            raise UnusableData(unopened(value[1:9]))
        return vault.open(self.belongs, value)


class SealedEqual(Sealed):
    """The same value is the same text: for what is looked up by equality."""

    cache_ok = True
    equal = True


def use(engine: AsyncEngine, vault: Vault | None) -> None:
    """What is written and read by way of this engine is sealed with the vault's keys."""
    setattr(engine.sync_engine.dialect, _PLACE, vault)


def vault_of(dialect: Dialect) -> Vault | None:
    """The vault in use, None where data lies open."""
    found: Any = getattr(dialect, _PLACE, None)
    return found if isinstance(found, Vault) else None

"""The configuration in use against the file as it is now, and a reload's outcome, as pages read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bridge.app.house import House
from bridge.app.reloading import Look, Reloading
from bridge.errors import ConfigRefused
from bridge.settings.changes import Change
from bridge.settings.shown import difference, shown

Json = dict[str, Any]

_NAMES: Final = ("现在用的", "文件里的")


class ConfigBook:
    """What is loaded is shown as a file would say it, secrets left out."""

    def __init__(self, house: House, reloading: Reloading) -> None:
        self._house, self._reloading = house, reloading

    async def config(self, everything: bool) -> Json:
        """everything: with the defaults."""
        look = await self._reloading.look()
        loaded = shown(self._house.settings)
        wanted = shown(look.wanted) if look.wanted is not None else None
        last = self._reloading.last
        return {
            "file": str(self._reloading.config or ""),
            "loaded_at": self._reloading.loaded_at.isoformat(),
            "lines": shown(self._house.settings, everything=True) if everything else loaded,
            "diff": difference(loaded, wanted, _NAMES) if wanted is not None else None,
            **_looked(look),
            "last": None if last is None else {"done": last.tables is not None, **_looked(last)},
        }

    async def reload(self, by: str) -> Json:
        """Raises ConfigRefused."""
        look = await self._reloading.reload(by)
        if look.tables is None:
            raise ConfigRefused(look.problems)
        return {"done": True, **_looked(look)}


def _looked(look: Look) -> Json:
    return {
        "at": look.at.isoformat(),
        "applied": _said(look.applied),
        "waiting": _said(look.waiting),
        "problems": list(look.problems),
        "warnings": list(look.warnings),
    }


def _said(changes: Iterable[Change]) -> list[dict[str, str]]:
    return [{"key": change.key, "kind": change.kind} for change in changes]

"""What of a new configuration a house that is running can take over, and what must wait for a restart. Pure.

The result is a whole configuration again: the new values where they can be changed under calls, the old ones
elsewhere. It is checked like any other before it counts; a mixture that does not fit together is refused as a
whole, because half of a change is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.settings import checks
from bridge.settings.changes import Change, changes
from bridge.settings.sections import Settings
from bridge.settings.tables import recorded
from bridge.settings.world import Platform

SECTIONS: Final = (
    "transfer", "calendar", "platforms", "exchange", "trunks", "agents", "agent_codes", "silence_seconds",
    "routes", "harassment", "deadlines", "scope", "retention", "quality",
)  # fmt: skip
"""Sections that are taken over while calls go on."""
KEYS: Final = {"api": ("tokens",), "recording": ("policy", "pause_code")}
"""Of other sections, the keys that are."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """settings: as they would be from now on; applied: what of the new is in them; waiting: what is not;
    obstacles: why they can't be taken over at all, Chinese, none if they can."""

    settings: Settings
    applied: tuple[Change, ...] = ()
    waiting: tuple[Change, ...] = ()
    obstacles: tuple[str, ...] = ()


def renewal(running: Settings, wanted: Settings) -> Renewal:
    """From what runs to what is wanted, as far as it goes without a restart. Both have passed `checks`."""
    mixed = _mixed(running, wanted)
    applied, waiting = changes(running, mixed), changes(mixed, wanted)
    return Renewal(mixed, applied, waiting, _obstacles(running, mixed) if waiting or applied else ())


def _mixed(running: Settings, wanted: Settings) -> Settings:
    update = {name: getattr(wanted, name) for name in SECTIONS}
    for section, names in KEYS.items():
        keys = {name: getattr(getattr(wanted, section), name) for name in names}
        update[section] = getattr(running, section).model_copy(update=keys)
    # The desk of queues is there or not: the first queue and the end of the last one are a restart's.
    update["queues"] = wanted.queues if running.queues and wanted.queues else running.queues
    update["platforms"] = {
        name: _platform(running.platforms.get(name), platform) for name, platform in wanted.platforms.items()
    }
    return running.model_copy(update=update)


def _platform(running: Platform | None, wanted: Platform) -> Platform:
    """Doors that are posted to can be changed; middle databases and folders are opened at the start."""
    tickets = running.tickets if running is not None else None
    if all(each is None or each.by == "api" for each in (tickets, wanted.tickets)):
        return wanted
    return wanted.model_copy(update={"tickets": tickets})


def _obstacles(running: Settings, mixed: Settings) -> tuple[str, ...]:
    found = [problem.text for problem in checks.problems(mixed, checks.declared(mixed))]
    if recorded(mixed) and not recorded(running):
        found.append("原来什么也不录音，录音进程没有启动：要录音得重启 bridge serve")
    return tuple(dict.fromkeys(found))

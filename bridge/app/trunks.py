"""The trunks of the configuration as the services and adapters that keep them want them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from bridge.adapters.dns_names import Wanted
from bridge.adapters.metrics import TRUNK_CALLS
from bridge.routing.addresses import Place
from bridge.services.trunks import Line, Trunks
from bridge.settings import Settings, Trunk, TrunkAddress


def book(settings: Settings, on_change: Callable[[str, bool], None]) -> Trunks:
    """The trunks before anything is known of them."""
    return Trunks(lines(settings), random.random, on_change)


def lines(settings: Settings) -> dict[str, Line]:
    """Each trunk as the book keeps it."""
    return {name: _line(trunk) for name, trunk in settings.trunks.items()}


def names(settings: Settings) -> dict[str, tuple[Wanted, ...]]:
    """Trunks for which DNS must be asked."""
    trunks = settings.trunks.items()
    named = {name: trunk for name, trunk in trunks if any(place.address.named for place in trunk.places)}
    return {name: tuple(_wanted(trunk, place) for place in trunk.places) for name, trunk in named.items()}


def intervals(settings: Settings) -> dict[str, float]:
    """Trunks that are probed: seconds between two probes."""
    trunks = settings.trunks.items()
    return {name: trunk.probe_seconds for name, trunk in trunks if trunk.probe_seconds and trunk.places}


def count_calls(settings: Settings, trunks: Trunks) -> None:
    """The figure of each trunk's calls asks the book when somebody looks."""
    for name in settings.trunks:
        TRUNK_CALLS.labels(name).set_function(partial(trunks.used, name))


def recount(before: Settings, after: Settings, trunks: Trunks) -> None:
    """The figures of trunks that are gone end; new ones have theirs."""
    for name in before.trunks.keys() - after.trunks.keys():
        TRUNK_CALLS.remove(name)
    count_calls(after, trunks)


def _line(trunk: Trunk) -> Line:
    return Line(
        label=trunk.name,
        outbound=bool(trunk.places),
        places=tuple(_numeric(trunk, place) for place in trunk.places if not place.address.named),
        channels=trunk.channels,
        reserved=trunk.reserved,
        probe_seconds=trunk.probe_seconds,
    )


def _numeric(trunk: Trunk, place: TrunkAddress) -> Place:
    host, port = place.address
    return Place(host, port or 0, trunk.transport, place.priority, place.weight)


def _wanted(trunk: Trunk, place: TrunkAddress) -> Wanted:
    host, port = place.address
    return Wanted(host, port, trunk.transport, place.priority, place.weight, named=place.address.named)

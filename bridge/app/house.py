"""What a reload replaces: the configuration and all that is read from it, as one value, and who holds it.

Making the value takes time and can fail (files, certificates); using it does neither. So a reload makes a new
one beside the calls, and only when it is whole it takes the old one's place, everywhere in one turn.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.adapters import place_files, quality_file, scope_files
from bridge.adapters.config_tls import trunk_context
from bridge.adapters.push_post import Destination
from bridge.app.partners import destinations
from bridge.review.form import Form
from bridge.routing.plan import Route
from bridge.scope.reading import Scope
from bridge.scope.suggestion import Category
from bridge.settings import Settings, tables
from bridge.settings.changes import Change, Kind
from bridge.tickets.advice import Advice, Adviser, adviser
from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.transcript import Transcript

LISTS: Final = "scope"
PLACES: Final = "places"
FORM: Final = "quality"


@dataclass(frozen=True, slots=True)
class Tables:
    """Of one configuration. files: what was read beside it, by kind and name -> SHA-256; tls: by trunk, the
    context in which it is called; doors: whom letters are posted to."""

    settings: Settings
    routes: tuple[Route, ...]
    scope: Scope
    gazetteer: Gazetteer
    advise: Adviser
    form: Form
    files: Mapping[tuple[str, str], str]
    tls: Mapping[str, ssl.SSLContext]
    doors: Mapping[str, Destination]


def tables_of(settings: Settings, before: Tables | None = None) -> Tables:
    """Read and built; what has not changed since `before` is taken from there. Raises OSError for a
    certificate that can't be used, and what the readers of lists raise (the check of the configuration has
    said so)."""
    folder, places = settings.scope.folder, place_files.shipped()
    files = {
        **_read(LISTS, scope_files.files(folder)),
        **_read(PLACES, (places,) if places.exists() else ()),
        **_read(FORM, (quality_file.chosen(settings.quality.file),)),
    }
    same = before is not None and _of(LISTS, before.files) == _of(LISTS, files)
    scope = before.scope if before is not None and same else scope_files.load(folder)
    known = before is not None and _of(PLACES, before.files) == _of(PLACES, files)
    return Tables(
        settings=settings,
        routes=tables.routes(settings),
        scope=scope,
        gazetteer=before.gazetteer if before is not None and known else place_files.load(places),
        advise=before.advise if before is not None and same else adviser(scope),
        form=quality_file.load(settings.quality.file),
        files=files,
        tls=_contexts(settings),
        doors=destinations(settings),
    )


def moved(before: Tables, after: Tables) -> tuple[Change, ...]:
    """The files beside the configuration that are not what they were."""
    names = (*before.files, *(each for each in after.files if each not in before.files))
    return tuple(
        Change(f"{kind}/{name}", _how(before.files.get((kind, name)), after.files.get((kind, name))))
        for kind, name in names
        if before.files.get((kind, name)) != after.files.get((kind, name))
    )


class House:
    """The tables in use. Whoever reads them asks here each time, or is renewed."""

    def __init__(self, now: Tables) -> None:
        self.now = now

    @property
    def settings(self) -> Settings:
        """The configuration in use."""
        return self.now.settings

    def advise(self, transcript: Transcript) -> Advice:
        """By the lists in use when a story is read."""
        return self.now.advise(transcript)

    def category(self, id: str) -> Category | None:
        """A class of the lists in use."""
        return self.now.scope.category(id)


Renew = Callable[[Tables, Tables], None]
"""Before and after: take over what concerns you. Raises nothing, waits for nothing."""


def _contexts(settings: Settings) -> dict[str, ssl.SSLContext]:
    return {
        name: trunk_context(settings, trunk)
        for name, trunk in settings.trunks.items()
        if trunk.transport == "tls" and trunk.places
    }


def _read(kind: str, files: Iterable[Path]) -> dict[tuple[str, str], str]:
    return {(kind, each.name): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


def _of(kind: str, files: Mapping[tuple[str, str], str]) -> dict[str, str]:
    return {name: digest for (each, name), digest in files.items() if each == kind}


def _how(before: str | None, after: str | None) -> Kind:
    return "added" if before is None else "removed" if after is None else "changed"

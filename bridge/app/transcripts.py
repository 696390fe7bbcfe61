"""The archive of transcripts, built: where they are stored, under which key, by which version of us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from bridge.adapters.db import Database
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.adapters.metrics import TRANSCRIPT_LOST
from bridge.clock import Clock
from bridge.services.archive import Archive
from bridge.services.records import Records
from bridge.settings import Settings
from bridge.tickets.sealing import TextSeal

PACKAGE: Final = "bridge-12345-110"


def archive(
    settings: Settings,
    database: Database,
    records: Records,
    clock: Clock,
    recogniser: Callable[[str], Mapping[str, str]],
    draft: Callable[[str], Mapping[str, Any] | None],
) -> Archive:
    """recogniser: a leg -> who recognises it; draft: what a ticket of a call would say."""
    return Archive(
        store=transcript_table(settings, database),
        records=records,
        clock=clock,
        software={"bridge": own_version()},
        recogniser=recogniser,
        on_lost=TRANSCRIPT_LOST.inc,
        draft=draft,
    )


def transcript_table(settings: Settings, database: Database) -> TranscriptTable:
    """Under a key of the database's, transcripts are sealed with that one; what their own sealed is read
    still."""
    key = settings.transcripts.key
    seal = TextSeal(key) if key is not None else None
    return TranscriptTable(database, seal, closes=not settings.database.names_secret)


def own_version() -> str:
    """This package's; "unknown" in a checkout that is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"

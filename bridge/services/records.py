"""What is remembered of each call beside its state: when it began, what was said, how quick we were.

Mutable on purpose, and the only such thing in the services: one record a call, written by the transcriber
and the papers, read by pages. Finished calls are kept for a while so that a page can still show the last
ones.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bridge.calls.call import Call
from bridge.clock import Clock
from bridge.scope.alerts import Alerts
from bridge.scope.suggestion import Suggestion
from bridge.tickets.elements import Typed
from bridge.tickets.gazetteer import Meant
from bridge.tickets.missed import Missed
from bridge.tickets.ticket import TranscriptState
from bridge.tickets.transcript import Transcript

KEPT: Final = 50
"""Finished calls remembered for the pages; the database has them all."""


@dataclass
class Record:
    """started: CLOCK_MONOTONIC seconds; started_at: the same moment in UTC; marks: milliseconds by name;
    outcome: "" while the call lives; call: its newest state; silent: answered, and the caller has said
    nothing; missed: voice no recogniser heard in time; taped: some of it was recorded; transcript_state,
    transcript_reason: as in a ticket; quality: by leg, as `line_quality.view` says it;
    by_hand: the elements an agent has set, a new mapping with each; chosen: the category an agent chose or
    accepted."""

    call: Call
    started: float
    started_at: datetime
    transcript: Transcript = field(default_factory=Transcript)
    marks: dict[str, float] = field(default_factory=dict)
    outcome: str = ""
    pending: bool = False
    missed: tuple[Missed, ...] = ()
    taped: bool = False
    transcript_state: TranscriptState = "live"
    transcript_reason: str = ""
    silent: bool = False
    quality: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: Alerts = ()
    """Words of danger heard so far, withdrawn ones too."""
    by_hand: Typed = field(default_factory=dict)
    chosen: Suggestion | None = None
    brought: dict[str, Any] | None = None
    """The newest papers of the incident it was handed to us with (bridge.ticket.v1)."""
    meant: Meant = ()
    """Words that a second hearing found to be names."""

    def since(self, at: float) -> float:
        """Seconds of the call at a CLOCK_MONOTONIC time, not below 0."""
        return max(0.0, at - self.started)


class Records:
    """Every call in progress, and the last finished ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._finished: deque[str] = deque()

    def note(self, call: Call) -> Record:
        """The call's record with its newest state; a new one if there is none."""
        record = self._records.get(call.id)
        if record is None:
            record = Record(call, self._clock.monotonic(), self._clock.wall())
            self._records[call.id] = record
        record.call = call
        return record

    def get(self, call_id: str) -> Record | None:
        """The record, if it is still kept."""
        return self._records.get(call_id)

    def end(self, call_id: str, outcome: str) -> None:
        """The call is over; the oldest finished records beyond KEPT go."""
        record = self._records.get(call_id)
        if record is None:
            return
        record.outcome = outcome
        self._finished.append(call_id)
        if len(self._finished) > KEPT:
            del self._records[self._finished.popleft()]

    def all(self) -> list[Record]:
        """Oldest first."""
        return list(self._records.values())

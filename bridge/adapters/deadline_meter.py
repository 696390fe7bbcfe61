"""The figures of deadlines for Prometheus: the port DeadlineMeter over `metrics`."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.adapters.metrics import DEADLINES_OVERDUE, DEADLINES_SAID


class PrometheusDeadlines:
    """Holds only which labels were shown, so that what is no longer late is shown as none."""

    def __init__(self) -> None:
        self._shown: set[tuple[str, str]] = set()

    def overdue(self, counts: Mapping[tuple[str, str], int]) -> None:
        """How many are overdue now, for each platform and kind."""
        self._shown |= counts.keys()
        for platform, kind in self._shown:
            DEADLINES_OVERDUE.labels(platform, kind).set(counts.get((platform, kind), 0))

    def said(self, word: str) -> None:
        """Somebody was told: reminder, overdue or escalated."""
        DEADLINES_SAID.labels(word).inc()

"""The figures of names heard a second time, for Prometheus: the port NameMeter over `metrics`."""

from __future__ import annotations

from bridge.adapters.metrics import NAMES
from bridge.ports_hearing import NameOutcome


class PrometheusNames:
    """Counts; holds nothing."""

    def came(self, outcome: NameOutcome) -> None:
        """What became of a doubtful place."""
        NAMES.labels(outcome).inc()

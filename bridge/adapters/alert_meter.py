"""The figures of danger words for Prometheus: the port AlertMeter over `metrics`."""

from __future__ import annotations

from bridge.adapters.metrics import ALERTS


class PrometheusAlerts:
    """Counts; holds nothing."""

    def alert(self, danger: str, state: str) -> None:
        """An alert came to be raised, confirmed or withdrawn."""
        ALERTS.labels(danger, state).inc()

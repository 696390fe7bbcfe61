"""The figures of supervisors in calls, in Prometheus."""

from __future__ import annotations

from bridge.adapters.metrics import SUPERVISIONS, SUPERVISIONS_MISSED, SUPERVISORS


class PrometheusSupervisionMeter:
    """ports.SupervisionMeter."""

    def began(self, mode: str) -> None:
        """See the port."""
        SUPERVISORS.labels(mode).inc()
        SUPERVISIONS.labels(mode).inc()

    def ended(self, mode: str) -> None:
        """See the port."""
        SUPERVISORS.labels(mode).dec()

    def missed(self, why: str) -> None:
        """See the port."""
        SUPERVISIONS_MISSED.labels(why).inc()

"""The queues' figures for Prometheus: the QueueMeter port over `metrics`."""

from __future__ import annotations

from bridge.adapters.metrics import QUEUE_CALLERS, QUEUE_WAIT, QUEUE_WAITING


class PrometheusMeter:
    """Counts; holds nothing."""

    def counted(self, queue: str, outcome: str, waited: float) -> None:
        """What became of a caller after so many seconds."""
        QUEUE_CALLERS.labels(queue, outcome).inc()
        QUEUE_WAIT.labels(queue, outcome).observe(waited)

    def waiting(self, queue: str, callers: int) -> None:
        """How many wait now."""
        QUEUE_WAITING.labels(queue).set(callers)

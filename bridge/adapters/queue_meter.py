"""The figures of queues and callers for Prometheus: the ports QueueMeter and CallerMeter over `metrics`."""

from __future__ import annotations

from bridge.adapters.metrics import (
    CALLBACKS_OPEN,
    CALLERS_ANSWERED,
    CALLERS_GONE,
    QUEUE_CALLERS,
    QUEUE_WAIT,
    QUEUE_WAITING,
)


class PrometheusMeter:
    """Counts; holds nothing."""

    def counted(self, queue: str, outcome: str, waited: float) -> None:
        """What became of a caller after so many seconds."""
        QUEUE_CALLERS.labels(queue, outcome).inc()
        QUEUE_WAIT.labels(queue, outcome).observe(waited)

    def waiting(self, queue: str, callers: int) -> None:
        """How many wait now."""
        QUEUE_WAITING.labels(queue).set(callers)

    def spoken(self) -> None:
        """Somebody answered a caller."""
        CALLERS_ANSWERED.inc()

    def gone(self, stage: str) -> None:
        """A caller nobody spoke with."""
        CALLERS_GONE.labels(stage).inc()

    def tasks(self, unfinished: int) -> None:
        """How many are to be called back."""
        CALLBACKS_OPEN.set(unfinished)

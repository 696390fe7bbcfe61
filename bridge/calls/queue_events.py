"""What the queue does with a caller of its own: events of a call, brought by the queue desk. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.routing.plan import Target


@dataclass(frozen=True, slots=True)
class Assigned:
    """An agent is free, reserved for this caller, and to be rung."""

    target: Target


@dataclass(frozen=True, slots=True)
class QueueWaits:
    """Nobody is free: the caller waits. The line is answered now, so that every network carries what is
    played."""


@dataclass(frozen=True, slots=True)
class QueueSays:
    """An announcement for the caller who waits (a sound as plans name it)."""

    sound: str


@dataclass(frozen=True, slots=True)
class QueueEnds:
    """The queue gives the caller up (full, or waited too long): these are tried next, then what the route has
    behind the queue. A target with an empty number is dialled what the caller dialled."""

    targets: tuple[Target, ...]

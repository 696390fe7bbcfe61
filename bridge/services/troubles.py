"""The last troubles of each kind, newest first: what the log and the counters told, for whoever asks what is
wrong now.

Bounded: so many of a kind, so many kinds; the kind that was quiet longest gives way. Nothing personal: the
log has nothing of the kind, and of its fields only those named here are kept.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from bridge.clock import Clock
from bridge.services.trouble_words import advice

EACH: Final = 20
"""Of one kind."""
KINDS: Final = 200
KEPT: Final = frozenset(
    {
        "trunk", "name", "error", "why", "platform", "child", "code", "server", "url", "queue", "agent",
        "status", "count", "stage", "field", "problems", "place", "path", "do", "advice", "again_in",
    }
)  # fmt: skip
"""Fields of a log line that say what is out of order. Calls, incidents, files and people are not among
them."""
LONGEST: Final = 200
"""Characters of one value."""

Level = Literal["warning", "error"]


@dataclass(slots=True)
class _Kind:
    level: Level
    total: int = 0
    last: deque[tuple[datetime, int, dict[str, str]]] = field(default_factory=lambda: deque(maxlen=EACH))


class Troubles:
    """Noted from the log (`line`) and from counters (`counted`)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kinds: OrderedDict[str, _Kind] = OrderedDict()

    def line(self, level: Level, event: str, fields: Mapping[str, Any]) -> None:
        """A warning or error of the log."""
        self._note(event, level, 1, {key: str(fields[key])[:LONGEST] for key in sorted(KEPT & fields.keys())})

    def counted(self, kind: str, count: int) -> None:
        """A counter of refusals or losses has grown by so much."""
        self._note(kind, "warning", count, {})

    def view(self) -> list[dict[str, Any]]:
        """Kinds, the one heard of last first; of each the total since the start and the last ones."""
        return [self._shown(name, kind) for name, kind in reversed(self._kinds.items())]

    def _note(self, name: str, level: Level, count: int, fields: dict[str, str]) -> None:
        kind = self._kinds.setdefault(name, _Kind(level))
        self._kinds.move_to_end(name)
        kind.total += count
        kind.last.append((self._clock.wall(), count, fields))
        if len(self._kinds) > KINDS:
            self._kinds.popitem(last=False)

    def _shown(self, name: str, kind: _Kind) -> dict[str, Any]:
        title, do = advice(name)
        return {
            "kind": name,
            "level": kind.level,
            "title": title,
            "do": do,
            "total": kind.total,
            "last_at": kind.last[-1][0].isoformat(),
            "last": [
                {"at": at.isoformat(), "count": count, "fields": fields}
                for at, count, fields in reversed(kind.last)
            ],
        }

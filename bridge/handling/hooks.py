"""Who outside is told of a deadline: the platform that owes it, and other systems by webhook. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bridge.handling.deadlines import Deadline, Kind
from bridge.handling.heralds import Moment, Word
from bridge.handling.path import told
from bridge.handling.words import Handling

ADDRESS: Final = "hook:"
"""Before a webhook's name, where platforms' names stand."""
_URGED: Final[frozenset[Kind]] = frozenset({"accept", "feedback", "outcome"})
"""Kinds whoever asked may urge: the closing is his own."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """partner: of which words the platform that owes it is told; webhooks: name -> of which words. own: the
    platforms this program works for; doors: those that letters reach."""

    partner: frozenset[Word] = frozenset()
    webhooks: Mapping[str, frozenset[Word]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    doors: frozenset[str] = frozenset()

    def letters_to(self, moment: Moment, handling: Handling, deadline: Deadline) -> tuple[str, ...]:
        """Whom a letter goes to: the webhooks, and with a reminder the next platform on the way to whoever
        owes it. (What is overdue is urged, which is a deed and has letters of its own.)"""
        hooks = tuple(f"{ADDRESS}{name}" for name, words in self.webhooks.items() if moment.word in words)
        if moment.word != "reminder" or "reminder" not in self.partner or deadline.partner in self.own:
            return hooks
        near = _towards(handling, self.own, deadline.partner)
        return (*hooks, near) if near in self.doors else hooks

    def urged_by(self, moment: Moment, handling: Handling, deadline: Deadline) -> str | None:
        """In whose name it is urged 督办, "" in the bridge's own; None: it is not."""
        if moment.word == "reminder" or moment.word not in self.partner or deadline.kind not in _URGED:
            return None
        if deadline.partner in self.own:
            return None
        if handling.asker in self.own:
            return handling.asker
        return None if self.own else ""


def letter(moment: Moment, said: dict[str, Any], at: datetime) -> str:
    """The text that is signed and posted. said: `heralds.describe`'s."""
    body = {"type": f"deadline.{moment.word}", "timestamp": at.isoformat(), "data": said}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _towards(handling: Handling, own: frozenset[str], partner: str) -> str:
    """The neighbour on the path behind which `partner` is; "" if there is none."""
    near = told(handling, own, "")
    if partner in near or partner not in handling.path:
        return partner if partner in near else ""
    there = handling.path.index(partner)
    return min(near, key=lambda name: abs(handling.path.index(name) - there), default="")

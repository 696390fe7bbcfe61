"""A deadline 时限: what one platform owes on a ticket, and by when; and its JSON.

Pure. How long somebody has is a rule's word (`deadline_rules`), how time is counted `working_time`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

Kind = Literal["accept", "feedback", "close", "outcome"]
"""What is owed: accept 签收, feedback 反馈, close 办结, outcome 回告 (what came of a pair's other half)."""
State = Literal["open", "met", "missed"]
"""met, missed: done in time, done late. What is open and past its time is overdue."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KIND_NAMES: Final[dict[Kind, str]] = {
    "accept": "签收",
    "feedback": "反馈",
    "close": "办结",
    "outcome": "回告",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """kind: what `partner` (the platform's number) owes; since: when its time began; due: when it ends, both
    aware. rule: the name of the rule it comes from. working: its time passes in working hours only. left:
    seconds of its time that were left when it was paused (negative: it was overdue by so many), None: it
    runs. done_at: when it was met or missed."""

    kind: Kind
    partner: str
    since: datetime
    due: datetime
    state: State = "open"
    rule: str = ""
    working: bool = False
    left: float | None = None
    done_at: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether its time passes."""
        return self.state == "open" and self.left is None

    def overdue(self, now: datetime) -> bool:
        """Whether its time is over and nothing has been done."""
        return self.runs and now > self.due

    def done(self, at: datetime) -> Deadline:
        """What was owed has been done at `at`. One that is not open stays as it is; one that is paused was
        in time unless it was overdue before."""
        if self.state != "open":
            return self
        late = at > self.due if self.left is None else self.left < 0
        return replace(self, state="missed" if late else "met", left=None, done_at=at)


def encode(deadline: Deadline) -> dict[str, Any]:
    """Plain JSON values, times ISO 8601 with offset."""
    done = deadline.done_at
    return {
        "kind": deadline.kind,
        "partner": deadline.partner,
        "since": deadline.since.isoformat(),
        "due": deadline.due.isoformat(),
        "state": deadline.state,
        "rule": deadline.rule,
        "working": deadline.working,
        "left": deadline.left,
        "done_at": None if done is None else done.isoformat(),
    }


def decode(body: dict[str, Any]) -> Deadline:
    """What `encode` made this of. KeyError, ValueError, TypeError on others."""
    done = body["done_at"]
    return Deadline(
        kind=body["kind"],
        partner=body["partner"],
        since=datetime.fromisoformat(body["since"]),
        due=datetime.fromisoformat(body["due"]),
        state=body["state"],
        rule=body["rule"],
        working=body["working"],
        left=body["left"],
        done_at=None if done is None else datetime.fromisoformat(done),
    )

"""Callers nobody spoke with, and the task to call them back.

Pure. Where a caller stood when they went, whose number is the same as whose, and how a task goes on; when
and by whom come in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bridge.calls.call import Call, Phase
from bridge.frozen import replace
from bridge.routing.numbers import normalise

Stage = Literal["ringing", "queue", "recall", "transfer", "goodbye", "unanswered", "silent"]
"""Where they went: an agent rang; in a queue; while being taken back; while a desk rang and the agent had
left; during the last announcement. Not gone by themselves: nobody answered; answered, and nothing said."""
LEFT: Final[frozenset[Stage]] = frozenset({"ringing", "queue", "recall", "transfer", "goodbye"})
"""早释: the caller went. These count in the abandon rate."""

State = Literal["open", "tried", "done"]
_STAGES: Final[dict[Phase, Stage]] = {
    Phase.SETUP: "ringing",
    Phase.QUEUED: "queue",
    Phase.RECALLING: "recall",
    Phase.ALONE: "transfer",
    Phase.LEAVING: "goodbye",
}
_MOBILE: Final = 11
"""Digits of a mobile number in China; it begins with 1."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """One caller gone. waited: seconds without a person before that; at: when (aware); callback: whether they
    are to be called back."""

    id: str
    call: str
    number: str
    platform: str
    route: str
    queue: str
    stage: Stage
    waited: float
    at: datetime
    incident: str = ""
    callback: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """Call this number back. times: how often they have called in vain since it was opened; tries: how often
    they were called in vain; by: who has taken it; note: what they found; ended: why it is done (`answered`:
    they called again and were answered, `called-back`, `closed`), "" while it is not."""

    id: str
    number: str
    state: State
    platform: str
    route: str
    stage: Stage
    opened_at: datetime
    last_at: datetime
    times: int = 1
    tries: int = 0
    by: str = ""
    note: str = ""
    ended: str = ""


def stage_of(call: Call) -> Stage | None:
    """Where a caller stands who is with nobody; None: somebody is there, or the call is over."""
    if call.queue and call.phase in {Phase.SETUP, Phase.QUEUED}:
        return "queue"
    return _STAGES.get(call.phase)


def same_caller(number: str) -> str:
    """The number by which a caller is known again, however networks write it; "" for who shows none."""
    plain = normalise(number)
    for prefix in ("+86", "0086"):
        plain = plain.removeprefix(prefix)
    if len(plain) == _MOBILE + 1 and plain.startswith("01"):
        plain = plain[1:]
    return plain if plain.strip("+0").isdecimal() else ""


def opened(task_id: str, gone: Abandoned) -> Task:
    """The task a caller leaves behind."""
    return Task(
        id=task_id,
        number=gone.number,
        state="open",
        platform=gone.platform,
        route=gone.route,
        stage=gone.stage,
        opened_at=gone.at,
        last_at=gone.at,
    )


def again(task: Task, gone: Abandoned) -> Task:
    """The same caller once more in vain: still one task, to be done now."""
    last = max(task.last_at, gone.at)
    return replace(task, state="open", stage=gone.stage, last_at=last, times=task.times + 1)


def taken(task: Task, by: str) -> Task:
    """Somebody has taken it on."""
    return replace(task, by=by)


def tried(task: Task, by: str, note: str) -> Task:
    """Called, and not reached."""
    return replace(task, state="tried", by=by, note=note, tries=task.tries + 1)


def done(task: Task, ended: str, by: str = "", note: str = "") -> Task:
    """Nothing is left to do."""
    return replace(task, state="done", ended=ended, by=by or task.by, note=note or task.note)

"""All phones of one extension ring together: one leg of a call, one INVITE to each phone.

The first to answer is the leg from then on; the others stop at once and show no missed call (RFC 3326). To
everybody above there is but the leg: its branches have names only here. What fails is told when the last one
has failed, and then the best of their answers (RFC 3261 §16.7).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from bridge.adapters.sip_line import Line
from bridge.sip import events as ua
from bridge.sip.reason import ELSEWHERE

_OTHERS: Final = (("Reason", ELSEWHERE),)
_LATE: Final = frozenset({408, 480})


@dataclass
class _Group:
    """The branches of a leg that may still answer, the best refusal so far, and whether one has rung."""

    leg: str
    alive: list[str]
    refused: ua.Refused | None = field(default=None)
    rang: bool = False


_MARK: Final = "~"
"""Between a leg's name and its branch's number; no other name has it."""


def leg_of(name: str) -> str:
    """The leg this is, or is a branch of."""
    return name.partition(_MARK)[0]


class Branches:
    """Legs that are several INVITEs as long as nobody has answered."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._groups: dict[str, _Group] = {}

    def open(self, leg: str, count: int) -> tuple[str, ...]:
        """Names for the INVITEs of a leg; a single one is the leg itself."""
        if count == 1:
            return (leg,)
        names = tuple(f"{leg}{_MARK}{n}" for n in range(1, count + 1))
        group = _Group(leg, list(names))
        self._groups |= dict.fromkeys((leg, *names), group)
        return names

    def close(self, leg: str) -> tuple[str, ...]:
        """The leg is given up: the names that have to be."""
        group = self._groups.get(leg)
        if group is None:
            return (leg,)
        alive = tuple(group.alive)
        self._forget(group, alive)
        return alive

    def heard(self, event: ua.Event) -> ua.Event | None:
        """What an event of a branch is to its leg; None: nothing (yet)."""
        group = self._groups.get(getattr(event, "leg", "")) if self._groups else None
        if group is None:
            return event
        match event:
            case ua.Trying():
                return ua.Trying(group.leg)
            case ua.Progress():
                return self._rings(group, event)
            case ua.Answered(branch):
                self._won(group, branch)
                return replace(event, leg=group.leg)
            case ua.Refused():
                return self._refused(group, event)
            case _:  # an address passed over for the next: counted, whoever's it is
                return event

    def _rings(self, group: _Group, event: ua.Progress) -> ua.Progress | None:
        """The first that rings. Early media of one phone among several would be heard before anybody
        chose it: left out."""
        if group.rang:
            return None
        group.rang = True
        return replace(event, leg=group.leg, status=180, reason="Ringing", body=b"")

    def _won(self, group: _Group, branch: str) -> None:
        rest = [name for name in group.alive if name != branch]
        self._forget(group, (*rest, branch))
        self._stop(rest)
        self._line.rename(branch, group.leg)
        self._line.stack.run(lambda agent, _now: agent.rename(branch, group.leg))

    def _refused(self, group: _Group, event: ua.Refused) -> ua.Refused | None:
        """A 6xx speaks for the person, not the phone: the others stop too (§16.7)."""
        group.alive.remove(event.leg)
        self._line.forget(event.leg)
        self._groups.pop(event.leg, None)
        if group.refused is None or _rank(event.status) < _rank(group.refused.status):
            group.refused = event
        if group.alive and event.status < 600:
            return None
        rest = tuple(group.alive)
        self._forget(group, rest)
        self._stop(rest)
        return replace(group.refused, leg=group.leg)

    def _stop(self, branches: list[str] | tuple[str, ...]) -> None:
        for name in branches:
            self._line.forget(name)
            self._line.stack.run(lambda agent, now, it=name: agent.hang_up(it, now, _OTHERS))  # type: ignore[misc]

    def _forget(self, group: _Group, branches: tuple[str, ...]) -> None:
        for name in (group.leg, *branches):
            self._groups.pop(name, None)


def _rank(status: int) -> int:
    """The best refusal is the lowest: the person's no, busy, another reason, nobody there, a fault."""
    if status >= 600:
        return 0
    if status == 486:
        return 1
    if 400 <= status < 500:
        return 3 if status in _LATE else 2
    return 4

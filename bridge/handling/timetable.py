"""What a handling's steps do to its deadlines: which begin, which are met, which wait, which end.

Pure. Whoever holds the ticket owes acceptance and feedback from its delivery on, and the outcome where it is
one half of a pair; whoever asked owes the closing from the feedback on. Time stands still while it is
nobody's turn: on its way, given back, in 会商. A new holder begins anew; a ticket that becomes more urgent
gets the earlier of both times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bridge.handling.deadline_rules import Case, DeadlineRule, Term, terms
from bridge.handling.deadlines import Deadline, Kind
from bridge.handling.words import Handling, State
from bridge.handling.working_time import ahead, behind, elapsed
from bridge.routing.hours import DAY_MINUTES, Calendar, Hours

OWED: Final[dict[State, tuple[Kind, ...]]] = {
    "delivered": ("accept", "feedback"),
    "accepted": ("feedback",),
    "handling": ("feedback",),
    "feedback": ("close",),
}
"""What is owed in a state in which time passes."""
WAITS: Final[frozenset[State]] = frozenset({"draft", "returned", "negotiating"})
"""Where time stands still. In all other states nothing is owed any more."""
DONE: Final[dict[State, frozenset[Kind]]] = {
    "accepted": frozenset({"accept"}),
    "handling": frozenset({"accept"}),
    "returned": frozenset({"accept"}),
    "feedback": frozenset({"accept", "feedback", "outcome"}),
    "closed": frozenset({"close"}),
}
"""What has been done when a state is entered: giving a ticket back is an answer too."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """rules: of all partners. hours: where a deadline's rule is no longer there."""

    rules: tuple[DeadlineRule, ...]
    hours: Hours

    def follow(self, handling: Handling) -> Handling:
        """The handling after a step of `table.step` (or as opened), its deadlines brought up to date. Doing
        it again changes nothing. A step whose time no calendar reaches changes no deadline."""
        try:
            return self._followed(handling)
        except OverflowError:
            return handling

    def reread(self, handling: Handling) -> Handling:
        """The handling when newer papers say another class or urgency: what runs runs from its beginning by
        the rule for what it is now."""
        again = tuple(self._reread(each, handling) for each in handling.deadlines)
        return replace(handling, deadlines=again)

    def _followed(self, handling: Handling) -> Handling:
        at = handling.changed_at
        settled = [_settled(each, handling) for each in handling.deadlines]
        kept = [each for each in settled if each is not None]
        if handling.state in WAITS:
            kept = [self._paused(each, at) for each in kept]
        elif handling.state in OWED:
            kept = self._running(kept, handling)
        return replace(handling, deadlines=tuple(kept))

    def hours_of(self, deadline: Deadline) -> Hours | None:
        """The working hours in which its time passes; None: all hours."""
        if not deadline.working:
            return None
        return next((rule.hours for rule in self.rules if rule.name == deadline.rule), self.hours)

    def late(self, deadline: Deadline, now: datetime) -> float:
        """Seconds of its own time it is, or was, late; negative: that are left."""
        if deadline.left is not None:
            return -deadline.left
        return elapsed(self.hours_of(deadline), deadline.due, deadline.done_at or now)

    def term(self, handling: Handling, kind: Kind) -> Term | None:
        """How long that kind may take on this ticket; None: no rule says."""
        case = Case(_debtor(handling, kind), handling.category or "", handling.urgency)
        return terms(self.rules, case).get(kind)

    def _paused(self, deadline: Deadline, at: datetime) -> Deadline:
        if not deadline.runs:
            return deadline
        return replace(deadline, left=elapsed(self.hours_of(deadline), at, deadline.due))

    def _running(self, kept: list[Deadline], handling: Handling) -> list[Deadline]:
        """All of them running, none later than today's rules say, and those begun that are missing."""
        at = handling.changed_at
        going = [self._hastened(self._resumed(each, at), handling) for each in kept]
        there = {each.kind for each in going if each.state == "open"}
        return going + [
            begun for kind in _owed(handling) if kind not in there if (begun := self._begun(handling, kind))
        ]

    def _resumed(self, deadline: Deadline, at: datetime) -> Deadline:
        if deadline.left is None:
            return deadline
        hours, left = self.hours_of(deadline), deadline.left
        over = ahead(hours, at, left) if left >= 0 else behind(hours, at, -left)
        return replace(deadline, due=over, left=None)

    def _hastened(self, deadline: Deadline, handling: Handling) -> Deadline:
        """By the rule for what the ticket is now, from now on, where that ends earlier."""
        if deadline.state != "open":
            return deadline
        term = self.term(handling, deadline.kind)
        if term is None or term.rule.name == deadline.rule:
            return deadline
        other = term.begin(deadline.partner, handling.changed_at)
        sooner = other is not None and other.due < deadline.due
        return replace(other, since=deadline.since) if other is not None and sooner else deadline

    def _reread(self, deadline: Deadline, handling: Handling) -> Deadline:
        term = self.term(handling, deadline.kind) if deadline.runs else None
        if term is None or term.rule.name == deadline.rule:
            return deadline
        return term.begin(deadline.partner, deadline.since) or deadline

    def _begun(self, handling: Handling, kind: Kind) -> Deadline | None:
        term = self.term(handling, kind)
        return None if term is None else term.begin(_debtor(handling, kind), handling.changed_at)


NO_DEADLINES: Final = Timetable((), Hours(Calendar(UTC), frozenset(), ((0, DAY_MINUTES),), ""))
"""Nobody owes anything."""


def reports(handling: Handling) -> bool:
    """Whether the outcome of this ticket is owed to the other half of its pair."""
    return any(link.kin == "outcome" for link in handling.links)


def _owed(handling: Handling) -> tuple[Kind, ...]:
    own = OWED.get(handling.state, ())
    return (*own, "outcome") if "feedback" in own and reports(handling) else own


def _debtor(handling: Handling, kind: Kind) -> str:
    return handling.asker if kind == "close" else handling.holder


def _settled(deadline: Deadline, handling: Handling) -> Deadline | None:
    """As it is when the state is entered; None: it is no longer owed, and was not late."""
    if deadline.state != "open":
        return deadline
    done = deadline.done(handling.changed_at)
    if deadline.kind in DONE.get(handling.state, ()):
        return done
    if deadline.partner == _debtor(handling, deadline.kind) and (
        handling.state in WAITS or deadline.kind in _owed(handling)
    ):
        return deadline
    return done if done.state == "missed" else None

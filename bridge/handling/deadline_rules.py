"""Which rule says how long a platform has: the most specific that fits, and why, in Chinese.

Pure. The partner counts more than the class, the class more than the urgency; an exact class more than a
beginning of one (`a2-*`), a longer beginning more than a shorter; what is urgent covers danger, which may
have its own. Each kind of deadline is taken from the most specific rule that speaks of it, so a special rule
need only say what is special.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bridge.handling.amounts import Amount
from bridge.handling.deadlines import KIND_NAMES, KINDS, Deadline, Kind
from bridge.handling.words import URGENCY_NAMES, Urgency
from bridge.handling.working_time import due
from bridge.routing.hours import Hours

EVERYTHING: Final = "*"
_EXACT: Final = 1000
"""Outweighs every beginning of a class's id."""

_COVERS: Final[dict[Urgency, frozenset[Urgency]]] = {
    "normal": frozenset({"normal"}),
    "urgent": frozenset({"urgent", "danger"}),
    "danger": frozenset({"danger"}),
}

Specificity = tuple[bool, int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """What rules ask of a ticket: the platform whose task it is, the class's id ("" unknown), the urgency."""

    partner: str
    category: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """partner, urgency None: any; categories: ids, or beginnings that end in *, empty: any. allows: how long
    each kind may take, None: for ever. hours: when the partner works."""

    name: str
    hours: Hours
    partner: str | None = None
    categories: tuple[str, ...] = ()
    urgency: Urgency | None = None
    allows: Mapping[Kind, Amount | None] = field(default_factory=dict)

    def misfit(self, case: Case) -> str:
        """Why it does not fit, in Chinese; "" if it does."""
        if self.partner is not None and self.partner != case.partner:
            return f"只用于平台 {self.partner}"
        if self.categories and not _closeness(self.categories, case.category):
            return f"只用于事项 {'、'.join(self.categories)}"
        if self.urgency is not None and case.urgency not in _COVERS[self.urgency]:
            return f"只用于{_urgency(self.urgency)}"
        return ""

    def specificity(self, category: str) -> Specificity:
        """The greater, the more it goes before others."""
        urgency = 0 if self.urgency is None else 3 - len(_COVERS[self.urgency])
        return self.partner is not None, _closeness(self.categories, category), urgency


def _closeness(patterns: tuple[str, ...], category: str) -> int:
    """0: none fits."""
    return max((fits(pattern, category) for pattern in patterns), default=0)


def fits(pattern: str, category: str) -> int:
    """How closely a class's id fits what is written of it: 0 not at all, more for a longer beginning."""
    beginning = pattern.removesuffix(EVERYTHING)
    if beginning != pattern:
        return 1 + len(beginning) if category.startswith(beginning) else 0
    return _EXACT if pattern == category else 0


@dataclass(frozen=True, slots=True)
class Term:
    """How long one kind may take by which rule; amount None: for ever."""

    kind: Kind
    amount: Amount | None
    rule: DeadlineRule

    def begin(self, partner: str, since: datetime) -> Deadline | None:
        """The deadline that begins at `since` (aware); None: there is none."""
        if self.amount is None:
            return None
        over = due(self.rule.hours, since, self.amount)
        return Deadline(self.kind, partner, since, over, "open", self.rule.name, self.amount.working)


def fitting(rules: Iterable[DeadlineRule], case: Case) -> tuple[DeadlineRule, ...]:
    """Those that fit, the most specific first; of equals, the first written."""
    found = [rule for rule in rules if not rule.misfit(case)]
    return tuple(sorted(found, key=lambda rule: rule.specificity(case.category), reverse=True))


def terms(rules: Iterable[DeadlineRule], case: Case) -> dict[Kind, Term]:
    """What each kind may take; kinds of which no rule speaks are not there."""
    found: dict[Kind, Term] = {}
    for rule in fitting(rules, case):
        for kind, amount in rule.allows.items():
            found.setdefault(kind, Term(kind, amount, rule))
    return {kind: found[kind] for kind in KINDS if kind in found}


def why(rules: Iterable[DeadlineRule], case: Case) -> tuple[str, ...]:
    """Rule by rule: whether it fits and why, and what was taken from it, the most specific first."""
    written = tuple(rules)
    taken = terms(written, case)
    fit = fitting(written, case)
    return (
        *(f"“{rule.name}”符合（{_reach(rule)}）{_given(rule, taken)}" for rule in fit),
        *(f"“{rule.name}”不符合：{rule.misfit(case)}" for rule in written if rule not in fit),
    )


def _reach(rule: DeadlineRule) -> str:
    parts = [f"平台 {rule.partner}"] if rule.partner is not None else []
    parts += [f"事项 {'、'.join(rule.categories)}"] if rule.categories else []
    parts += [_urgency(rule.urgency)] if rule.urgency is not None else []
    return "，".join(parts) or "任何工单"


def _urgency(urgency: Urgency) -> str:
    return "和".join(name for word, name in URGENCY_NAMES.items() if word in _COVERS[urgency])


def _given(rule: DeadlineRule, taken: Mapping[Kind, Term]) -> str:
    own = [kind for kind, term in taken.items() if term.rule is rule]
    if not own:
        return "，更具体的规则都已写明，没有用到"
    return "，用于" + "、".join(KIND_NAMES[kind] for kind in own)

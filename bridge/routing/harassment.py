"""恶意骚扰: what is done about a caller's number, by rule and by mark. Pure; times come in as arguments.

Four measures, from mild to strict: mark (people see it), warn (they see it in red, the caller may be told),
divert (somebody else takes the call), limit (more calls than allowed in a window are turned away, and told
why). The strictest that applies wins. Towards an emergency nothing is ever stricter than a warning, and
whoever withholds a number is judged by nobody's calls.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bridge.routing.numbers import Pattern
from bridge.routing.plan import Target

Measure = Literal["mark", "warn", "divert", "limit"]
STRICTNESS: Final[tuple[Measure, ...]] = ("mark", "warn", "divert", "limit")
AT_MOST_IN_EMERGENCY: Final[Measure] = "warn"
MOST_NUMBERS: Final = 20_000
"""Numbers whose calls are counted; the one that called longest ago goes first. A flood of invented numbers
costs some megabytes and never hides one that calls all the time."""
MOST_CALLS: Final = 100
"""Calls remembered of one number: no rule counts further."""
WITHHELD: Final = frozenset({"", "anonymous", "unknown", "unavailable", "restricted"})
"""What networks write where there is no number (RFC 3325 §7, and habits)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """calls None: every call of a matching number; else from so many calls within `window` seconds on."""

    name: str
    then: Measure
    pattern: Pattern | None = None
    calls: int | None = None
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A number marked by a person. by: who; why: in their words; until None: for good (aware, UTC)."""

    number: str
    measure: Measure
    why: str
    by: str
    at: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it still counts."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done about a call. rule: a rule's name, or "" for a mark; why: for people, Chinese; say: what
    the caller hears of it, "" for nothing; targets: who is tried instead, of `divert`."""

    measure: Measure
    rule: str
    why: str
    say: str = ""
    targets: tuple[Target, ...] = ()


class Frequency:
    """When each number called lately. Seconds on one clock that never goes back."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, number: str, now: float) -> None:
        """One more call."""
        calls = self._calls.setdefault(number, deque(maxlen=MOST_CALLS))
        calls.append(now)
        self._calls.move_to_end(number)
        if len(self._calls) > MOST_NUMBERS:
            self._calls.popitem(last=False)

    def count(self, number: str, window: float, now: float) -> int:
        """Calls within the last `window` seconds, at most MOST_CALLS."""
        return sum(1 for at in self._calls.get(number, ()) if now - at < window)


def judge(
    rules: Sequence[Rule], mark: Mark | None, allowed: Rule, calls: Frequency, number: str, now: float
) -> Verdict | None:
    """The strictest measure against this call, which has been noted. allowed: from which call on within
    which window a number marked `limit` is over it."""
    found = [_by_rule(rule, calls, number, now) for rule in rules]
    if mark is not None:
        found.append(_by_mark(mark, allowed, calls, now))
    verdicts = [verdict for verdict in found if verdict is not None]
    return max(verdicts, key=lambda verdict: STRICTNESS.index(verdict.measure), default=None)


def soften(verdict: Verdict) -> Verdict:
    """The same towards an emergency: nobody is turned away or sent elsewhere."""
    if STRICTNESS.index(verdict.measure) <= STRICTNESS.index(AT_MOST_IN_EMERGENCY):
        return verdict
    return Verdict(AT_MOST_IN_EMERGENCY, verdict.rule, f"{verdict.why}；紧急方向，不拦")


def _by_rule(rule: Rule, calls: Frequency, number: str, now: float) -> Verdict | None:
    if rule.pattern is not None and not rule.pattern.matches(number):
        return None
    if rule.calls is None:
        return Verdict(rule.then, rule.name, f"规则“{rule.name}”")
    count = calls.count(number, rule.window, now)
    if count < rule.calls:
        return None
    return Verdict(rule.then, rule.name, f"规则“{rule.name}”：{rule.window:.0f} 秒内第 {count} 次来电")


def _by_mark(mark: Mark, allowed: Rule, calls: Frequency, now: float) -> Verdict:
    why = f"{mark.by}标记：{mark.why}"
    if mark.measure != "limit":
        return Verdict(mark.measure, "", why)
    count = calls.count(mark.number, allowed.window, now)
    if count < (allowed.calls or 1):
        return Verdict("warn", "", f"{why}（限呼，还没到次数）")
    return Verdict("limit", "", f"{why}；{allowed.window:.0f} 秒内第 {count} 次来电")

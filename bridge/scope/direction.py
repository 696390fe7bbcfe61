"""Where the call should go, and what to tell the caller: stay, the other platform, another line, or nobody.

Pure. By 三(二)1 of the source: what clearly belongs to the other side goes there; what has no clear owner is
talked over by both (三方通话); what is outside both scopes is explained; by the end of 附件3 danger goes to
110 whatever it began as; by 三(二)3 other lines are brought in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridge.scope.suggestion import BOTH, MIN_SCORE, NOBODY, Suggestion, certain

if TYPE_CHECKING:
    from bridge.scope.reading import Reading, Scope

POLICE: Final = "110"
HOTLINE: Final = "12345"
STAY: Final = "stay"
UNCLEAR: Final = "三(二)1：责任单位不明确或职责交叉的，由12345与110协商"
CLOSE: Final = 1
"""Two owners whose best classes score this much apart have the same claim."""


@dataclass(frozen=True, slots=True)
class Sayings:
    """What the agent may say, `{to}` being where the call goes."""

    to: str = ""
    conference: str = ""
    outside: str = ""
    danger: str = ""


@dataclass(frozen=True, slots=True)
class Direction:
    """go: "stay", "to:110", "to:12345", "to:119" …, "none" (outside both scopes), "" (nothing heard yet that
    says). mode: "conference" where the owner is unclear. also: other lines to bring in. category: the class
    that decides; why: the reason, for the agent; rule: where the source says so; say: the explanation for the
    caller."""

    go: str = ""
    mode: str = ""
    also: tuple[str, ...] = ()
    category: str = ""
    why: str = ""
    rule: str = ""
    say: str = ""


def direct(scope: Scope, reading: Reading, at: str, family: Callable[[str], str] = str) -> Direction:
    """The direction for the platform `at` ("" while nobody attends). family: a county's 110 is 110."""
    best = reading.best
    if best is None:
        return Direction()
    here = family(at) if at else ""
    also = [item.to for item in reading.lines]
    line = _leading(scope, reading, best)
    if line is not None:
        danger = [best.to] if best.urgent and best.to == POLICE else []
        return _going(scope, here, line, [*danger, *also])
    if best.to == NOBODY:
        return _outside(scope, best)
    shared = next((item for item in reading.shared if not certain(best)), None)
    if shared is not None or _contested(reading, best):
        return _together(scope, here, shared or best, also)
    return _going(scope, here, best, also)


def _leading(scope: Scope, reading: Reading, best: Suggestion) -> Suggestion | None:
    """The line that takes the call itself: unless a crime or a danger of another kind is in the story."""
    for found in reading.lines:
        line = scope.category(found.id)
        if line is None or not line.leads or not certain(found):
            continue
        if best.id in (line.id, *line.within) or not best.urgent:
            return found
    return None


def _contested(reading: Reading, best: Suggestion) -> bool:
    """Whether the other side's best class has nearly the same claim, and nobody is in danger."""
    return not certain(best) and any(
        {other.to, best.to} == {POLICE, HOTLINE}
        and other.score >= MIN_SCORE
        and best.score - other.score <= CLOSE
        for other in reading.ranked
    )


def _outside(scope: Scope, best: Suggestion) -> Direction:
    category = scope.category(best.id)
    explain = category.explain if category else ""
    return Direction(
        NOBODY, "", (), best.id, _why(best), _rule(scope, best), explain or scope.sayings.outside
    )


def _together(scope: Scope, here: str, best: Suggestion, also: list[str]) -> Direction:
    other = HOTLINE if here == POLICE else POLICE
    rule = _rule(scope, best) if best.to == BOTH else UNCLEAR
    said, beside = scope.sayings.conference, _beside(also, other)
    return Direction(f"to:{other}", "conference", beside, best.id, _why(best), rule, said)


def _going(scope: Scope, here: str, best: Suggestion, also: list[str]) -> Direction:
    stays, to = best.to == here, best.to
    say = scope.sayings.danger if certain(best) else "" if stays else scope.sayings.to
    go, mode = (STAY, "") if stays else (f"to:{to}", "direct")
    beside, said = _beside(also, to, here), say.replace("{to}", to)
    return Direction(go, mode, beside, best.id, _why(best), _rule(scope, best), said)


def _beside(also: list[str], *known: str) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(also) if name not in known)


def _rule(scope: Scope, best: Suggestion) -> str:
    category = scope.category(best.id)
    return category.rule if category else ""


def _why(best: Suggestion) -> str:
    heard = "、".join(f"“{word}”" for word in best.evidence[:4])
    return f"听到{heard}，像是“{best.name}”"

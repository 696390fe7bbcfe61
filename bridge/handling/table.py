"""The closed loop as ONE printed table: (state, deed) -> next state, who may do it, what it must say.

Pure. A pair that is not in the table is refused, and the refusal says what is allowed instead: here a late or
doubtful deed is never swallowed, for another platform waits for the answer. Repeating a deed is no error of
the table's: whoever carries deeds knows them by their id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from bridge.errors import BadDeed, DeedNotNow, NotTheirDeed
from bridge.handling.negotiation import owner_by_rule
from bridge.handling.pairs import with_link
from bridge.handling.path import longer
from bridge.handling.words import (
    DEED_NAMES,
    ENDED,
    MAX_TEXT,
    STATE_NAMES,
    Deed,
    DeedName,
    Handling,
    Kin,
    Role,
    State,
)

Need = Literal["reason", "owner"]
Action = Literal["tell", "alarm"]
"""tell: the neighbours on the path hear of it; alarm: it is shown to people at once."""
Change = Callable[[Handling, Deed], dict[str, Any]]

_HOLDER: Final[frozenset[Role]] = frozenset({"holder"})
_ASKER: Final[frozenset[Role]] = frozenset({"asker"})
_EITHER: Final[frozenset[Role]] = frozenset({"holder", "asker"})
_BRIDGE: Final[frozenset[Role]] = frozenset({"bridge"})
_ANY: Final[frozenset[Role]] = _EITHER | _BRIDGE

TELL: Final[tuple[Action, ...]] = ("tell",)
ALARM: Final[tuple[Action, ...]] = ("tell", "alarm")

_AT_WORK: Final[frozenset[State]] = frozenset({"delivered", "accepted", "handling"})
"""Somebody has it before him already."""


def _nothing(_handling: Handling, _deed: Deed) -> dict[str, Any]:
    return {}


def _returned(handling: Handling, _deed: Deed) -> dict[str, Any]:
    return {"returns": handling.returns + 1}


def _urged(handling: Handling, _deed: Deed) -> dict[str, Any]:
    return {"urged": handling.urged + 1}


def _reopened(handling: Handling, _deed: Deed) -> dict[str, Any]:
    return {"reopened": handling.reopened + 1}


def _proposed(_handling: Handling, deed: Deed) -> dict[str, Any]:
    return {"owner": deed.owner, "proposed_by": deed.by}


def _agreed(handling: Handling, _deed: Deed) -> dict[str, Any]:
    return {"holder": handling.owner}


def _disputed(handling: Handling, _deed: Deed) -> dict[str, Any]:
    owner = owner_by_rule(handling)
    return {"holder": owner, "owner": owner, "disputed": True}


def _resent(handling: Handling, deed: Deed) -> dict[str, Any]:
    to = deed.to or handling.holder
    path = handling.path if to in handling.path else (*handling.path[:-1], to)
    return {"holder": to, "target": to, "path": path} if deed.to else {}


def _escalated(handling: Handling, deed: Deed) -> dict[str, Any]:
    to = deed.to or handling.holder
    stays = to == handling.holder and handling.state in _AT_WORK
    changes = {"urgency": "danger", "holder": to, "path": longer(handling.path, to)}
    return {**changes, "state": handling.state} if stays else changes


@dataclass(frozen=True, slots=True)
class Row:
    """then: the state after it, unless `change` says another. who: may do it. needs: what it must say.
    actions: what is to be done."""

    then: State
    who: frozenset[Role]
    needs: tuple[Need, ...] = ()
    change: Change = _nothing
    actions: tuple[Action, ...] = TELL


_ACCEPT: Final = Row("accepted", _HOLDER)
_RETURN: Final = Row("returned", _HOLDER, ("reason",), _returned)
_START: Final = Row("handling", _HOLDER)
_FEEDBACK: Final = Row("feedback", _HOLDER, ("reason",))
_NEGOTIATE: Final = Row("negotiating", _EITHER, ("reason", "owner"), _proposed)
_WITHDRAW: Final = Row("withdrawn", _ASKER, ("reason",))
_CLOSE: Final = Row("closed", _ASKER)
# What began as 12345's business and comes to threaten life or property is 110's at once (附件3, last clause).
_ESCALATE: Final = Row("draft", _EITHER, ("reason",), _escalated, ALARM)


def _linked(handling: Handling, deed: Deed) -> dict[str, Any]:
    return {"links": with_link(handling, cast("Kin", deed.owner), deed.to), "reason": handling.reason}


def _told(handling: Handling, _deed: Deed) -> dict[str, Any]:
    return {"reason": handling.reason}


def _urge(state: State) -> Row:
    return Row(state, _ASKER | _BRIDGE, (), _urged, ALARM)


TABLE: Final[dict[tuple[State, DeedName], Row]] = {
    ("draft", "deliver"): Row("delivered", _BRIDGE, actions=()),
    # The acknowledgement of a delivery may be lost: who accepts has it.
    ("draft", "accept"): _ACCEPT,
    ("draft", "return"): _RETURN,
    ("draft", "withdraw"): _WITHDRAW,
    ("draft", "negotiate"): _NEGOTIATE,
    ("draft", "escalate"): _ESCALATE,
    ("delivered", "accept"): _ACCEPT,
    ("delivered", "return"): _RETURN,
    ("delivered", "withdraw"): _WITHDRAW,
    ("delivered", "negotiate"): _NEGOTIATE,
    ("delivered", "escalate"): _ESCALATE,
    ("delivered", "urge"): _urge("delivered"),
    ("accepted", "start"): _START,
    ("accepted", "feedback"): _FEEDBACK,
    ("accepted", "negotiate"): _NEGOTIATE,
    ("accepted", "withdraw"): _WITHDRAW,
    ("accepted", "escalate"): _ESCALATE,
    ("accepted", "urge"): _urge("accepted"),
    ("handling", "feedback"): _FEEDBACK,
    ("handling", "negotiate"): _NEGOTIATE,
    ("handling", "escalate"): _ESCALATE,
    ("handling", "urge"): _urge("handling"),
    ("feedback", "feedback"): _FEEDBACK,
    ("feedback", "close"): _CLOSE,
    ("feedback", "reopen"): Row("handling", _ASKER, ("reason",), _reopened),
    ("feedback", "negotiate"): _NEGOTIATE,
    ("feedback", "escalate"): _ESCALATE,
    ("returned", "resend"): Row("draft", _ASKER, ("reason",), _resent),
    ("returned", "negotiate"): Row("negotiating", _ASKER, ("reason", "owner"), _proposed),
    ("returned", "close"): Row("closed", _ASKER, ("reason",)),
    ("returned", "escalate"): _ESCALATE,
    # A second proposal answers the first one.
    ("negotiating", "negotiate"): _NEGOTIATE,
    ("negotiating", "agree"): Row("accepted", _EITHER, change=_agreed),
    ("negotiating", "dispute"): Row("accepted", _ANY, ("reason",), _disputed, ALARM),
    ("negotiating", "withdraw"): _WITHDRAW,
    ("negotiating", "escalate"): _ESCALATE,
    ("closed", "reopen"): Row("handling", _ASKER, ("reason",), _reopened),
    ("closed", "escalate"): _ESCALATE,
    # What belongs to it may be found, and what came of that be told, at any time.
    **{(state, "link"): Row(state, _BRIDGE, change=_linked, actions=()) for state in STATE_NAMES},
    **{(state, "outcome"): Row(state, _BRIDGE, change=_told, actions=("alarm",)) for state in STATE_NAMES},
}
"""The whole rule."""


def step(handling: Handling, deed: Deed) -> tuple[Handling, tuple[Action, ...]]:
    """The next version and what is to be done. Raises DeedNotNow with what is allowed instead, NotTheirDeed,
    BadDeed with what is missing."""
    role = handling.role_of(deed.by)
    if role is None:
        raise NotTheirDeed(f"平台 {deed.by} 不是这张工单的经办方")
    row = TABLE.get((handling.state, deed.name))
    if row is None:
        raise DeedNotNow(_refusal(handling, deed.name), handling.state, allowed(handling, deed.by))
    if role not in row.who:
        raise NotTheirDeed(_not_theirs(handling, deed, row))
    _complete(handling, deed, row)
    return _next(handling, deed, row), row.actions


def allowed(handling: Handling, platform: str) -> tuple[DeedName, ...]:
    """What that platform ("": this program) may do now, in the table's order."""
    role = handling.role_of(platform)
    return tuple(
        name
        for (state, name), row in TABLE.items()
        if state == handling.state and role in row.who and not _own_proposal(handling, name, platform)
    )


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documents (`make diagrams`)."""
    rows = [
        f"    {state} --> {row.then}: {DEED_NAMES[name]}"
        for (state, name), row in TABLE.items()
        if row.then != state
    ]
    ends = [f"    {state} --> [*]" for state in sorted(ENDED)]
    names = [f'    state "{text}" as {state}' for state, text in STATE_NAMES.items()]
    return "\n".join(["stateDiagram-v2", *names, "    [*] --> draft", *rows, *ends])


def _next(handling: Handling, deed: Deed, row: Row) -> Handling:
    changes = {"state": row.then, **row.change(handling, deed)}
    then = changes["state"]
    entered = handling.entered if then == handling.state else (*handling.entered, (then, deed.at))
    numbers = {**dict(handling.numbers), **({deed.by: deed.number} if deed.by and deed.number else {})}
    same = {"reason": deed.reason or handling.reason, "numbers": tuple(sorted(numbers.items()))}
    return replace(
        handling,
        version=handling.version + 1,
        changed_at=deed.at,
        entered=entered,
        **{**same, **changes},
    )


def _complete(handling: Handling, deed: Deed, row: Row) -> None:
    if "reason" in row.needs and not deed.reason.strip():
        raise BadDeed(f"“{DEED_NAMES[deed.name]}”要写明原因或结果（reason）")
    if len(deed.reason) > MAX_TEXT:
        raise BadDeed(f"reason 最多 {MAX_TEXT} 字")
    parties = {handling.origin, handling.target}
    if "owner" in row.needs and deed.owner not in parties:
        raise BadDeed(f"owner 只能是 {' 或 '.join(sorted(parties))}")
    if _own_proposal(handling, deed.name, deed.by):
        raise NotTheirDeed("会商意见要由对方同意；自己提的可以再改（negotiate）")


def _own_proposal(handling: Handling, name: DeedName, platform: str) -> bool:
    return name == "agree" and platform == handling.proposed_by


def _refusal(handling: Handling, name: DeedName) -> str:
    return f"工单现在是“{STATE_NAMES[handling.state]}”，不能“{DEED_NAMES[name]}”"


def _not_theirs(handling: Handling, deed: Deed, row: Row) -> str:
    whose = {"holder": handling.holder, "asker": handling.asker, "bridge": "系统"}
    named = "、".join(sorted(whose[role] for role in row.who))
    return f"“{DEED_NAMES[deed.name]}”应由 {named} 做，{deed.by or '系统'} 不能做"

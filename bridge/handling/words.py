"""The handling 办理 of a ticket: what two platforms do with it until it is closed, as a frozen value.

Pure. It knows the words and the shape; what may be done when is `table`, who owns an unclear ticket is
`negotiation`, its JSON is `codec`. The papers (five elements, transcript) are the ticket's own and are not in
here: a handling is what both sides say about them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from bridge.handling.deadlines import Deadline

State = Literal[
    "draft",
    "delivered",
    "accepted",
    "handling",
    "feedback",
    "returned",
    "negotiating",
    "closed",
    "withdrawn",
]
DeedName = Literal[
    "deliver",
    "accept",
    "return",
    "start",
    "feedback",
    "close",
    "negotiate",
    "agree",
    "dispute",
    "resend",
    "reopen",
    "withdraw",
    "escalate",
    "urge",
    "link",
    "outcome",
    "correct",
]
Role = Literal["holder", "asker", "bridge"]
"""holder: who is asked to handle it; asker: the other of the two; bridge: this program, by its own rules."""

Channel = Literal["phone", "web", "app"]
Urgency = Literal["normal", "urgent", "danger"]
"""danger: life, property or public safety (三(二)1 of the source): 110 dispatches first."""

Kin = Literal["duplicate", "surge", "cause", "clue", "outcome"]
"""How two tickets belong together. duplicate: one request told twice; surge: many tell of one event; cause: a
dispute's root, handed on by 110; clue: a threat, handed on by 12345; outcome: what became of either."""

STATE_NAMES: Final[dict[State, str]] = {
    "draft": "待送达",
    "delivered": "待签收",
    "accepted": "已签收",
    "handling": "办理中",
    "feedback": "已反馈",
    "returned": "已退回",
    "negotiating": "会商中",
    "closed": "已办结",
    "withdrawn": "已撤回",
}
URGENCY_NAMES: Final[dict[Urgency, str]] = {"normal": "一般", "urgent": "紧急", "danger": "危急"}
DEED_NAMES: Final[dict[DeedName, str]] = {
    "deliver": "送达",
    "accept": "签收",
    "return": "退回",
    "start": "开始办理",
    "feedback": "反馈",
    "close": "办结",
    "negotiate": "提请会商",
    "agree": "同意会商意见",
    "dispute": "协商不成",
    "resend": "重新交办",
    "reopen": "重新办理",
    "withdraw": "撤回",
    "escalate": "升级为紧急",
    "urge": "督办",
    "link": "关联",
    "outcome": "回告",
    "correct": "更正",
}
ENDED: Final[frozenset[State]] = frozenset({"closed", "withdrawn"})

MAX_TEXT: Final = 4000
"""Characters of a reason or a feedback."""


@dataclass(frozen=True, slots=True)
class Link:
    """Another ticket this one belongs with. kin: what `ticket` is to this one."""

    kin: Kin
    ticket: str


@dataclass(frozen=True, slots=True)
class Handling:
    """One version of it. Times are aware; platforms are keys of the configuration.

    path: the platforms it goes by, first the one that took the request (county 110, city 110, 12345): its
    neighbours on it are who is told. origin: opened it; target: was asked first; holder: is asked now. owner,
    proposed_by: in 会商, who shall own it and who says so. disputed: no agreement was found, for the joint
    meeting. entered: when each state was last entered. returns: how often it came back. reason: the last
    deed's words. numbers: each platform's own business number. deadlines: what is owed and what was, oldest
    first (`timetable`).
    """

    ticket: str
    incident: str
    version: int
    state: State
    origin: str
    target: str
    holder: str
    path: tuple[str, ...]
    channel: Channel
    urgency: Urgency
    category: str | None
    opened_at: datetime
    changed_at: datetime
    reason: str = ""
    owner: str = ""
    proposed_by: str = ""
    disputed: bool = False
    returns: int = 0
    reopened: int = 0
    urged: int = 0
    numbers: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    entered: tuple[tuple[State, datetime], ...] = field(default=())
    deadlines: tuple[Deadline, ...] = ()

    @property
    def asker(self) -> str:
        """The one of the two who waits for the holder."""
        return self.origin if self.holder != self.origin else self.target

    def since(self, state: State) -> datetime | None:
        """When that state was last entered; None: never."""
        return next((at for name, at in reversed(self.entered) if name == state), None)

    def role_of(self, platform: str) -> Role | None:
        """What that platform ("": this program) is to it; None: a stranger, or one that only passes it on."""
        if not platform:
            return "bridge"
        if platform == self.holder:
            return "holder"
        return "asker" if platform == self.asker else None


@dataclass(frozen=True, slots=True)
class Deed:
    """One step. id: unique, the same when it is repeated. by: a platform, "" for this program; who: the user
    there, "" if nobody says. owner: what negotiate proposes. to: who gets a resend or escalate, "": the same.
    number: the business number the doer gives it. Of a link, `to` is the other ticket and owner its kin; of
    an outcome, `to` is the ticket it came of. A correction is no deed that anybody asks for: `authority`."""

    id: str
    name: DeedName
    by: str
    at: datetime
    who: str = ""
    reason: str = ""
    owner: str = ""
    to: str = ""
    number: str = ""


def opened(
    *,
    ticket: str,
    incident: str,
    origin: str,
    target: str,
    at: datetime,
    path: tuple[str, ...] = (),
    channel: Channel = "phone",
    urgency: Urgency = "normal",
    category: str | None = None,
) -> Handling:
    """Version 1, a draft that has not reached the other side."""
    return Handling(
        ticket=ticket,
        incident=incident,
        version=1,
        state="draft",
        origin=origin,
        target=target,
        holder=target,
        path=path or (origin, target),
        channel=channel,
        urgency=urgency,
        category=category,
        opened_at=at,
        changed_at=at,
        entered=(("draft", at),),
    )

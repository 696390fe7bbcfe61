"""What the other platform's developers send and get: the shapes of the exchange, checked at the door.

Papers keep fields we don't know, for a platform further on may; everything has a bound.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bridge.handling.deadlines import Kind
from bridge.handling.words import MAX_TEXT, STATE_NAMES, Channel, DeedName, State, Urgency

Id = Annotated[str, Field(min_length=1, max_length=96, pattern=r"^[\x21-\x7e]+$")]
"""Of a ticket or an incident; ids made of it (`deliver …`) still fit the database's 128."""
PlatformName = Annotated[str, Field(min_length=1, max_length=64)]
Wanted = Literal[
    "accept", "return", "start", "feedback", "close", "negotiate", "agree", "dispute", "resend", "reopen",
    "withdraw", "escalate", "urge",
]  # fmt: skip
"""The deeds a platform may ask for; `deliver` is ours alone."""


class ElementIn(BaseModel):
    """五要素之一。"""

    model_config = ConfigDict(extra="allow")

    value: Annotated[str, Field(max_length=4000)] = ""
    source: Annotated[str, Field(max_length=32)] = "default"
    resolved: Annotated[str, Field(max_length=400)] = ""


class ElementsIn(BaseModel):
    """五要素 who 诉求人，contact 联系方式，when 事发时间，where 事发地，what 诉求内容；缺的为空。"""

    model_config = ConfigDict(extra="allow")

    who: ElementIn = Field(default_factory=ElementIn)
    contact: ElementIn = Field(default_factory=ElementIn)
    when: ElementIn = Field(default_factory=ElementIn)
    where: ElementIn = Field(default_factory=ElementIn)
    what: ElementIn = Field(default_factory=ElementIn)


class CategoryIn(BaseModel):
    """推荐的事项类别。"""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=64)
    urgent: bool = False


class AlertIn(BaseModel):
    """一个危险词。"""

    model_config = ConfigDict(extra="allow")

    state: str = Field("confirmed", max_length=32)


class FirstIn(BaseModel):
    """一对工单里的前一张。"""

    ticket: Id
    kin: Literal["cause", "clue"]


class PapersIn(BaseModel):
    """一版工单，`bridge.ticket.v1`。"""

    model_config = ConfigDict(extra="allow")

    schema_: Literal["bridge.ticket.v1"] = Field(alias="schema")
    ticket: Id
    incident: Id
    version: int = Field(ge=1, le=1_000_000_000)
    from_platform: PlatformName
    to_platform: PlatformName
    path: list[PlatformName] = Field(default_factory=list, max_length=8)
    channel: Channel = "phone"
    urgency: Urgency = "normal"
    elements: ElementsIn
    category: CategoryIn | None = None
    pair: FirstIn | None = None
    alerts: list[AlertIn] = Field(default_factory=list, max_length=1000)


class LetterIn(BaseModel):
    """一封信：Standard Webhooks 的 type、timestamp、data。"""

    model_config = ConfigDict(extra="allow")

    type: str = Field(max_length=64)
    timestamp: AwareDatetime
    data: dict[str, Any]


class ReminderIn(BaseModel):
    """快到期的提醒（bridge.deadline.v1）里要看的几项。"""

    model_config = ConfigDict(extra="ignore")

    ticket: str = Field(min_length=1, max_length=128)
    kind: Kind
    due: AwareDatetime


class DeedIn(BaseModel):
    """办理的一步要说的话。"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field("", max_length=MAX_TEXT, description="退回、反馈、会商、撤回等必填：原因或结果")
    owner: str = Field("", max_length=64, description="会商（negotiate）必填：建议归哪个平台办")
    to: str = Field("", max_length=64, description="重新交办（resend）、升级（escalate）交给谁；不写 = 不变")
    number: str = Field("", max_length=64, description="本平台自己的业务编号")
    who: str = Field("", max_length=64, description="经办人")
    by: str = Field("", max_length=64, description="替哪个平台做；令牌属于一个平台时不用写")


class RequestIn(BaseModel):
    """网络渠道来的诉求，没有电话。"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: PlatformName = Field(description="交给哪个平台")
    who: str = Field("", max_length=200, description="诉求人")
    contact: str = Field("", max_length=200, description="联系方式")
    when: str = Field("", max_length=200, description="事发时间，原话")
    where: str = Field("", max_length=400, description="事发地")
    what: str = Field(min_length=1, max_length=4000, description="诉求内容")
    category: str | None = Field(None, max_length=64, description="事项类别编号，见 /exchange/v1/categories")
    urgency: Urgency = Field("normal", description="normal 一般，urgent 紧急，danger 危及人身财产安全")
    channel: Literal["web", "app"] = "web"
    incident: Id | None = Field(None, description="属于已知的一件事时写它的事件编号")
    number: str = Field("", max_length=64, description="本平台自己的业务编号")
    by: str = Field("", max_length=64, description="替哪个平台交；令牌属于一个平台时不用写")


class PairIn(BaseModel):
    """由一张工单引出的另一张：110 交给 12345 的纠纷根源，或 12345 交给 110 的威胁线索。"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: PlatformName = Field(description="交给哪个平台")
    what: str = Field(min_length=1, max_length=4000, description="要对方办什么")
    category: str | None = Field(None, max_length=64, description="事项类别编号")
    urgency: Urgency = Field("normal", description="normal 一般，urgent 紧急，danger 危及人身财产安全")
    by: str = Field("", max_length=64, description="替哪个平台交；令牌属于一个平台时不用写")


class HandlingOut(BaseModel):
    """一张工单的办理情况。"""

    model_config = ConfigDict(extra="allow")

    ticket: str = Field(description="工单编号，各平台相同")
    incident: str = Field(description="事件编号：电话、转写、工单共用")
    version: int = Field(description="第几版；写进 If-Match 防止覆盖别人刚做的")
    state: State = Field(description="、".join(f"{name} {text}" for name, text in STATE_NAMES.items()))
    origin: str = Field(description="首接平台")
    target: str = Field(description="交给哪个平台")
    holder: str = Field(description="现在该谁办")
    path: list[str] = Field(description="经过哪些平台")
    may: list[DeedName] = Field(description="你的平台现在可以做的")


class TicketOut(BaseModel):
    """工单和它的办理情况。"""

    papers: dict[str, Any] | None = Field(description="bridge.ticket.v1，字段见 docs/tickets.md")
    handling: HandlingOut


class ChangeOut(BaseModel):
    """发生过的一步。"""

    seq: int
    ticket: str
    deed: dict[str, Any] | None = Field(description="null = 工单出现")
    handling: dict[str, Any]


class ChangesOut(BaseModel):
    """一批变化。"""

    changes: list[ChangeOut]
    next: int = Field(description="下次从这里问起：?after=")


class Receipt(BaseModel):
    """信收到了。"""

    ticket: str
    version: int = Field(description="办理情况现在的版本")
    state: State

"""Section about deadlines 时限: how long each platform has, when somebody is reminded, who hears of what is
overdue.

What may be written; what it comes to on the calendar is `bridge.handling`'s.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bridge.handling.amounts import read_amount
from bridge.handling.deadlines import KINDS, Kind
from bridge.handling.words import Urgency
from bridge.settings.base import Many, Section
from bridge.settings.calendar import HoursRule
from bridge.settings.fields import Name
from bridge.settings.partners import Tickets

_SHARE: Final = re.compile(r"([1-9][0-9]?)%")
_CATEGORY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}|[a-z0-9-]{0,63}\*")


def _amount(text: str) -> str:
    read_amount(text)
    return text


def read_share(text: str) -> float | None:
    """`20%` as 0.2; None: it is no share."""
    found = _SHARE.fullmatch(text.replace(" ", ""))
    return int(found[1]) / 100 if found else None


def _lead(text: str) -> str:
    if read_share(text) is None:
        try:
            read_amount(text)
        except ValueError:
            raise ValueError(f"“{text}”不对：写提前多少，如 20%（时限的最后两成）、30 工作分钟") from None
    return text


def _category(text: str) -> str:
    if not _CATEGORY.fullmatch(text):
        raise ValueError(f"“{text}”不是事项编号，应像 a2-crime；一批写开头和 *，如 a2-*")
    return text


AmountText = Annotated[str, AfterValidator(_amount)]


class DeadlineRuleSetting(Section):
    """How long each kind may take, None: for ever, not written: as other rules say. partner, categories,
    urgency: which tickets it is for, not written: any. working_hours: the partner's, if not the house's."""

    name: Name
    partner: str | None = None
    categories: Many[Annotated[str, AfterValidator(_category)]] = ()
    urgency: Urgency | None = None
    accept: AmountText | None = None
    feedback: AmountText | None = None
    close: AmountText | None = None
    outcome: AmountText | None = None
    working_hours: HoursRule | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.written:
            raise ValueError("这条规则没有写时限：至少写 accept、feedback、close、outcome 之一")
        return self

    @property
    def written(self) -> dict[Kind, str | None]:
        """What it says of each kind it speaks of."""
        return {kind: getattr(self, kind) for kind in KINDS if kind in self.model_fields_set}


class EscalationLevel(Section):
    """Overdue for so long, it is carried up to these people."""

    after: AmountText
    to: Name


class DeadlineHook(Section):
    """Who else is told. partner: the platform that owes it, by its ticket door; webhook: `door`."""

    to: Literal["partner", "webhook"]
    on: Annotated[Many[Literal["reminder", "overdue", "escalated"]], Field(min_length=1)]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")] | None = None
    door: Tickets | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.to == "webhook" and (self.door is None or self.name is None):
            raise ValueError("to: webhook 要写 name（小写字母、数字、-、_）和 door（url 和签名密钥的出处）")
        if self.door is not None and self.door.by != "api":
            raise ValueError("door 只能是接口（by: api）")
        if self.to == "partner" and (self.door is not None or self.name is not None):
            raise ValueError("to: partner 用该平台自己的 tickets，不写 name 和 door")
        return self


USUAL: Final = (
    DeadlineRuleSetting(
        name="一般", accept="2 工作小时", feedback="5 工作日", close="2 工作日", outcome="5 工作日"
    ),
    DeadlineRuleSetting(name="紧急", urgency="urgent", accept="30 分钟", feedback="24 小时"),
    DeadlineRuleSetting(name="危急", urgency="danger", accept="5 分钟", feedback="2 小时"),
)
"""What holds until an administrator writes rules of his own."""


class Deadlines(Section):
    """working_hours: of the offices, days and times in the calendar's zone. remind: so long before the end,
    `20%` of it or an amount; None: nobody is reminded. escalate: levels. rules: the most specific fits."""

    working_hours: HoursRule = HoursRule(days=("workday",), times=("09:00-12:00", "13:30-17:30"))
    remind: Annotated[str, AfterValidator(_lead)] | None = "20%"
    escalate: Annotated[Many[EscalationLevel], Field(max_length=8)] = ()
    hooks: Annotated[Many[DeadlineHook], Field(max_length=16)] = ()
    rules: Annotated[Many[DeadlineRuleSetting], Field(max_length=500)] = USUAL

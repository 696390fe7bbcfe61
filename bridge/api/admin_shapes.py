"""What the administrator's interface answers with, as its description says it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    """Documented by its main fields; the page reads more."""

    model_config = ConfigDict(extra="allow")


class ProbeAnswer(BaseModel):
    """一个地址对 OPTIONS 的应答。"""

    address: str
    answered: bool
    status: int = Field(description="最终应答；408 是没有应答")
    ms: float = Field(description="用了多少毫秒")
    seconds_ago: float
    advice: str = Field(description="没有应答时怎么办")


class ProbeOut(BaseModel):
    """测试一条中继的结果。"""

    trunk: str
    answers: list[ProbeAnswer]


class TrunkLine(_Open):
    """一条中继。"""

    name: str
    state: str = Field(description="up、down、unprobed 没有探测、inbound 只打进来、drained 已去掉等通话结束")
    why: str
    since: str
    calls: int
    channels: int | None
    reserved: int


class TrunksOut(BaseModel):
    """全部中继。"""

    trunks: list[TrunkLine]


class RouteLine(_Open):
    """一条路由。"""

    place: int = Field(description="文件里的次序，从 1 起")
    name: str
    number: str
    open: bool = Field(description="现在在不在时段里")


class RoutesOut(BaseModel):
    """全部路由。"""

    routes: list[RouteLine]
    time_zone: str


class TargetLine(_Open):
    """一个目标。"""

    kind: str
    text: str
    health: str = Field(description="good、down、full、unknown 没有探测")
    note: str


class TargetsOut(BaseModel):
    """全部目标。"""

    targets: list[TargetLine]


class TriedTarget(TargetLine):
    """试拨里的一个目标。"""

    place: int = Field(description="路由里的次序")
    turn: int | None = Field(description="现在第几个试；null 是不试")
    begins: int | None = Field(description="前面的都用满时间时，第几秒开始")
    ends: int | None
    why_not: str = Field(description="不试的原因")


class DryRunOut(_Open):
    """试拨的结果。"""

    number: str
    found: bool
    misses: list[str] = Field(default=[], description="没有路由时，每条相近的路由为什么不行")
    targets: list[TriedTarget] = []


class AgentsOut(BaseModel):
    """全部话务员。"""

    agents: list[dict[str, Any]]


class UsersOut(BaseModel):
    """用户和令牌。"""

    users: list[dict[str, Any]]
    tokens: list[dict[str, Any]]


class EndedOut(BaseModel):
    """谁的登录结束了。"""

    user: str


class TroublesOut(BaseModel):
    """最近的错误，刚发生的在前。"""

    troubles: list[dict[str, Any]]


class Changed(BaseModel):
    """一处不同。"""

    key: str = Field(description="配置里的键，如 trunks.police.channels")
    kind: str = Field(description="added、removed、changed、reordered")


class ReloadOut(BaseModel):
    """载入了什么，什么等重启。"""

    done: bool
    at: str
    applied: list[Changed]
    waiting: list[Changed]
    problems: list[str]
    warnings: list[str]


class ConfigOut(_Open):
    """运行的配置和文件。"""

    file: str
    loaded_at: str
    lines: list[str]
    diff: list[str] | None = Field(description="统一格式的差别；文件有错时为 null")
    applied: list[Changed] = Field(description="现在载入会换上的")
    waiting: list[Changed] = Field(description="要重启才换上的")
    problems: list[str]
    warnings: list[str]

"""The official lists over HTTP: what the source says of a class, and the words that speak for it here. For
the page that suggests one, so that the agent reads the line itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from bridge.api.schemas import Problem
from bridge.errors import NoSuchThing
from bridge.scope.suggestion import Category

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {401: "需要令牌", 403: "没有权限", 404: "没有这一类"}.items()
}
_LISTS: Final = {
    1: "附件1《12345与110受理范围指导清单》",
    2: "附件2《12345转110事项清单》",
    3: "附件3《110转12345事项清单》",
}
_GROUPS: Final = {"line": "其他热线", "outside": "双方都不受理", "shared": "职责交叉"}
_SIGNS: Final = frozenset("(|)*")
"""What makes a word a pattern (scope.patterns)."""

CategoryId = Annotated[str, Path(min_length=1, max_length=64, description="事项类别的编号，如 a2-crime")]
Find = Callable[[str], Category | None]


class ScopeLine(BaseModel):
    """清单里的一类。"""

    id: str
    name: str = Field(description="名称")
    to: str = Field(description="归哪个平台；both = 职责交叉，none = 双方都不受理")
    annex: int = Field(description="附件几；0 = 不在附件里")
    list: str = Field(description="在哪份清单里")
    rule: str = Field(description="依据原文的哪一条")
    text: str = Field(description="原文")
    urgent: bool = Field(description="是不是紧急警情")
    explain: str = Field(description="双方都不受理时，向诉求人怎么解释")
    keywords: tuple[str, ...] = Field(description="说了这些词就往这一类想，最有把握的在前")
    patterns: tuple[str, ...] = Field(description="同上，写成样式的：| 任选一个，* 中间可以有几个字")
    examples: tuple[str, ...] = Field(description="例句")


class ScopeDoor:
    """find: a class by its id, None for none."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def router(self) -> APIRouter:
        """GET /api/v1/scope/{category}."""
        router = APIRouter(prefix="/api/v1", tags=["查询"], responses=_PROBLEMS)
        router.get("/scope/{category}", response_model=ScopeLine, summary="事项清单的原文")(self.line)
        return router

    async def line(self, category: CategoryId) -> ScopeLine:
        """一类事项在清单里的原文、依据和关键词。"""
        found = self._find(category)
        if found is None:
            raise NoSuchThing("清单里没有这一类")
        return _line(found)


def _line(found: Category) -> ScopeLine:
    said = sorted(((word, weight) for word, weight in found.words if weight > 0), key=lambda each: -each[1])
    plain = [word for word, _ in said if not _SIGNS & set(word)]
    return ScopeLine(
        id=found.id,
        name=found.name,
        to=found.to,
        annex=found.annex,
        list=_LISTS.get(found.annex) or _GROUPS.get(found.group, ""),
        rule=found.rule,
        text=found.text,
        urgent=found.urgent,
        explain=found.explain,
        keywords=tuple(plain),
        patterns=tuple(word for word, _ in said if _SIGNS & set(word)),
        examples=found.examples,
    )

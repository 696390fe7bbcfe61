"""Figures made of counts: shares, averages, and the change against the period before.

Pure. MEASURES are what the database adds up for any set of tickets; FIGURES what is shown of them, each with
what is above and below its line, so that two platforms argue about cases and not about formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

MEASURES: Final = (
    "tickets", "urgent", "danger", "phone", "transferred", "failed", "left", "answered", "answer_seconds",
    "answered_15", "accepted", "fed_back", "closed", "withdrawn", "returned", "returns", "reopened",
    "negotiated", "disputed",
)  # fmt: skip
"""Of tickets. left: the caller went before the other side answered; answered_15: within 15 seconds."""

Sums = Mapping[str, float]
Unit = Literal["count", "share", "seconds", "text"]


@dataclass(frozen=True, slots=True)
class Figure:
    """above: the measures added up above the line; below: those below it, () where it is a plain count."""

    key: str
    name: str
    unit: Unit
    above: tuple[str, ...]
    below: tuple[str, ...] = ()

    def of(self, sums: Sums) -> float | int | None:
        """Its value; None: there is nothing to divide by."""
        above = sum(sums.get(name, 0) for name in self.above)
        if not self.below:
            return int(above)
        below = sum(sums.get(name, 0) for name in self.below)
        return round(above / below, 4) if below else None


def _count(key: str, name: str) -> Figure:
    return Figure(key, name, "count", (key,))


_PRESSED: Final = ("transferred", "failed", "left")
FIGURES: Final = (
    _count("tickets", "工单数"),
    _count("urgent", "紧急"),
    _count("danger", "危急"),
    _count("phone", "电话渠道"),
    _count("transferred", "转接成功"),
    _count("failed", "转接未接通"),
    _count("left", "转接中诉求人挂机"),
    Figure("transfer_rate", "转接成功率", "share", ("transferred",), _PRESSED),
    Figure("answer_average", "平均应答用时（秒）", "seconds", ("answer_seconds",), ("answered",)),
    Figure("answer_15_rate", "15 秒内应答率", "share", ("answered_15",), ("answered",)),
    _count("accepted", "已签收"),
    _count("fed_back", "已反馈"),
    _count("closed", "已办结"),
    Figure("close_rate", "办结率", "share", ("closed",), ("tickets",)),
    _count("withdrawn", "已撤回"),
    _count("returned", "退回过的工单"),
    _count("returns", "退回次数"),
    Figure("return_rate", "退回率", "share", ("returned",), ("tickets",)),
    _count("reopened", "重新办理过的"),
    _count("negotiated", "会商过的"),
    _count("disputed", "争议"),
    Figure("dispute_rate", "争议率", "share", ("disputed",), ("tickets",)),
)
CALL_FIGURES: Final = (
    Figure("offered", "来电数", "count", ("answered", "abandoned", "overflowed")),
    _count("answered", "有人接听"),
    _count("abandoned", "早释"),
    _count("overflowed", "无人接听"),
    Figure("answer_rate", "接通率", "share", ("answered",), ("answered", "abandoned", "overflowed")),
    Figure("abandon_rate", "早释率", "share", ("abandoned",), ("answered", "abandoned", "overflowed")),
    Figure("wait_average", "平均等候（秒）", "seconds", ("waited",), ("answered",)),
)
ON_TIME_FIGURES: Final = (
    _count("met", "按时"),
    _count("missed", "逾期完成"),
    _count("overdue", "逾期未完成"),
    Figure("on_time_rate", "按时率", "share", ("met",), ("met", "missed", "overdue")),
)


def values(figures: tuple[Figure, ...], sums: Sums) -> dict[str, float | int | None]:
    """All of them, by key."""
    return {figure.key: figure.of(sums) for figure in figures}


def change(now: float | None, before: float | None) -> float | None:
    """How much more than before, as a share of what was before (0.5: half as much again); None where nothing
    was before."""
    if now is None or not before:
        return None
    return round((now - before) / before, 4)

"""Scores as tables: each one with its answers, and what agents come to in a period. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Literal

from bridge.analysis.sheets import Cell, Column, Sheet
from bridge.review.form import SKIPPED, Form
from bridge.review.notes import Scored

Span = Literal["day", "week", "month", "all"]

_EPOCH: Final = date(1970, 1, 1)
_HEAD: Final = (
    Column("at", "通话时间"),
    Column("call", "通话编号"),
    Column("agent", "分机"),
    Column("name", "话务员"),
    Column("platform", "平台"),
    Column("total", "得分", "count"),
    Column("passed", "合格"),
    Column("fatal", "一票否决"),
    Column("version", "第几版", "count"),
    Column("by", "质检员"),
    Column("scored_at", "评分时间"),
    Column("remark", "总评"),
)
_SUMS: Final = (
    Column("agent", "分机"),
    Column("name", "话务员"),
    Column("platform", "平台"),
    Column("period", "时段"),
    Column("count", "评了几通", "count"),
    Column("average", "平均分", "count"),
    Column("pass_rate", "合格率", "share"),
    Column("fatal", "一票否决", "count"),
)


@dataclass(frozen=True, slots=True)
class DaySums:
    """One agent's scores of one day (days since 1970). sum: of tenths."""

    agent: str
    platform: str
    day: int
    count: int
    sum: int
    passed: int
    fatal: int


def scores_sheet(scores: Iterable[Scored], form: Form, names: Mapping[str, str], zone: tzinfo) -> Sheet:
    """A row for each; a column for each question of the form as it is now, empty where it was not asked."""
    questions = tuple(Column(f"q_{each.id}", each.text) for each in form.questions)
    rows = tuple({**_score_cells(each, names, zone), **_answers(each)} for each in scores)
    return Sheet("质检评分", (*_HEAD, *questions), rows)


def averages_sheet(days: Iterable[DaySums], span: Span, names: Mapping[str, str]) -> Sheet:
    """A row for each agent and period that has a score, agents in order, then periods."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for each in days:
        key = (each.agent, each.platform, period_name(each.day, span))
        before = sums.setdefault(key, [0, 0, 0, 0])
        for at, value in enumerate((each.count, each.sum, each.passed, each.fatal)):
            before[at] += value
    rows: tuple[Mapping[str, Cell], ...] = tuple(
        {
            "agent": agent, "name": names.get(agent, ""), "platform": platform, "period": period,
            "count": count, "average": round(total / count / 10, 1), "pass_rate": passed / count,
            "fatal": fatal,
        }
        for (agent, platform, period), (count, total, passed, fatal) in sorted(sums.items())
    )  # fmt: skip
    return Sheet("话务员平均分", _SUMS, rows)


def period_name(day: int, span: Span) -> str:
    """The period a day (since 1970) is in: itself, the week from its Monday on, its month."""
    at = _EPOCH + timedelta(days=day)
    if span == "month":
        return f"{at:%Y-%m}"
    if span == "week":
        at -= timedelta(days=at.weekday())
    return "全部" if span == "all" else at.isoformat()


def _score_cells(each: Scored, names: Mapping[str, str], zone: tzinfo) -> dict[str, Cell]:
    return {
        "at": _local(each.started_at, zone),
        "call": each.call,
        "agent": each.agent,
        "name": names.get(each.agent, ""),
        "platform": each.platform,
        "total": each.tenths / 10,
        "passed": "是" if each.passed else "否",
        "fatal": "是" if each.fatal else "否",
        "version": each.version,
        "by": each.by,
        "scored_at": _local(each.at, zone),
        "remark": str(each.body.get("remark", "")),
    }


def _answers(scored: Scored) -> dict[str, Cell]:
    """How each question was answered, by the form as it was then."""
    parts = scored.body.get("form", {}).get("parts", ())
    options = {
        question["id"]: {option["id"]: option["name"] for option in question["options"]}
        for part in parts
        for question in part["questions"]
    }
    answers = scored.body.get("answers", {})
    return {
        f"q_{id}": "不适用" if answer["option"] == SKIPPED else options.get(id, {}).get(answer["option"], "")
        for id, answer in answers.items()
    }


def _local(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

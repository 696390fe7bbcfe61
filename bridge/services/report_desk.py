"""The monthly report for the joint meeting 联席会议: one month's figures, the month before beside them, and
the lists to be talked about, all in one answer.

Adds nothing up itself: the analysis desk does, in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bridge.analysis.periods import ends_of, month_of
from bridge.analysis.sheets import Cell, Column, Sheet
from bridge.handling.deadlines import KIND_NAMES
from bridge.handling.words import STATE_NAMES
from bridge.ports_analysis import Wanted
from bridge.services.analysis_desk import AnalysisDesk
from bridge.services.deadline_desk import DeadlineDesk

LISTED: Final = 200
"""Rows of a list in the report: more are nothing for a meeting, and a row says that there are more."""
TOP: Final = 20
"""Frequent requests, and places."""


@dataclass(frozen=True, slots=True)
class Report:
    """sheets: key -> table, in the order of the report. whole: the month is over."""

    month: str
    begin: datetime
    end: datetime
    made_at: datetime
    whole: bool
    sheets: Mapping[str, Sheet]


class ReportDesk:
    """deadlines: None where nothing is due."""

    def __init__(self, analysis: AnalysisDesk, deadlines: DeadlineDesk | None) -> None:
        self._analysis, self._deadlines = analysis, deadlines

    async def month(self, month: str, *, platform: str = "", viewer: str = "") -> Report:
        """month: "2026-03"; platform: only what goes by it; viewer: whose report it is, "" everybody's.
        Raises BadRequest."""
        desk = self._analysis
        await desk.fresh()
        now = desk.now()
        period = month_of(month, now, desk.zone)
        begin, end = ends_of(period, desk.zone)
        wanted = Wanted(period, tuple(name for name in dict.fromkeys((viewer, platform)) if name))
        sheets = {**await self._figures(wanted), **await self._lists(wanted)}
        return Report(month, begin, end, now, end <= now, sheets)

    async def _figures(self, wanted: Wanted) -> dict[str, Sheet]:
        desk = self._analysis
        return {
            "summary": await desk.summary(wanted),
            "days": await desk.days(wanted),
            "of_day": await desk.hours(wanted, of_day=True),
            "calls": replace(await desk.calls(wanted, "day"), title="来电（按日）"),
            "call_platforms": replace(await desk.calls(wanted, "platform"), title="来电（按平台）"),
            "platforms": await desk.platforms(wanted),
            "classes": await desk.classes(wanted),
            "counties": await desk.counties(wanted),
            "on_time": await desk.on_time(wanted),
            "returns": await desk.returns(wanted),
        }

    async def _lists(self, wanted: Wanted) -> dict[str, Sheet]:
        desk = self._analysis
        return {
            "disputes": await desk.disputes(wanted, disputed=True, after=None, most=LISTED),
            "overdue": await self._overdue(wanted),
            "frequent": await desk.frequent(wanted, TOP),
            "places": await desk.places(wanted, TOP),
        }

    async def _overdue(self, wanted: Wanted) -> Sheet:
        """Who is late as the report is made, whichever month the ticket is of: it is to be done now."""
        rows: list[dict[str, Cell]] = []
        if self._deadlines is not None:
            of = next(iter(wanted.platforms), "")
            found = await self._deadlines.overdue(platform=of, most=LISTED)
            names = self._analysis.names()
            rows = [_late(each, names) for each in found if set(wanted.platforms) <= set(each["path"])]
        return Sheet("超时未办", _OVERDUE, tuple(rows))


_OVERDUE: Final = (
    Column("ticket", "工单"), Column("partner", "应办平台"), Column("kind", "时限"), Column("due", "期限"),
    Column("late", "超时"), Column("state", "状态"), Column("from_platform", "发起平台"),
    Column("to_platform", "接收平台"), Column("category", "类别"), Column("urged", "督办次数", "count"),
)  # fmt: skip


_KINDS: Final[Mapping[str, str]] = {str(kind): name for kind, name in KIND_NAMES.items()}
_STATES: Final[Mapping[str, str]] = {str(state): name for state, name in STATE_NAMES.items()}


def _late(each: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Cell]:
    kind, state, category = each["kind"], each["state"], each["category"] or ""
    return {
        "ticket": each["ticket"], "partner": each["partner"], "kind": _KINDS.get(kind, kind),
        "due": each["due"], "late": each["late"], "state": _STATES.get(state, state),
        "from_platform": each["origin"], "to_platform": each["target"],
        "category": names.get(category, category), "urged": each["urged"],
    }  # fmt: skip

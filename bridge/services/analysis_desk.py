"""The analysis desk: answers questions about figures, after counting anew what has changed; and keeps on
counting in between, so that there is little to do when somebody asks.

Knows two ports, nothing of HTTP or SQL.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final

import structlog

from bridge.analysis.figures import CALL_FIGURES, FIGURES, ON_TIME_FIGURES, Figure, Sums, change
from bridge.analysis.periods import day_of_hour, day_text, hour_of, hour_of_day, hour_text
from bridge.analysis.reasons import NAMES
from bridge.analysis.sheets import Cell, Column, Sheet, sheet
from bridge.clock import Clock
from bridge.handling.deadlines import KIND_NAMES
from bridge.handling.words import STATE_NAMES
from bridge.ports_analysis import AnalysisStore, Counted, FigureStore, Negotiated, Wanted
from bridge.tickets.masking import mask

_LOG = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 60.0
AT_ONCE: Final = 40
"""Days counted anew before an answer; what is older than these is counted behind it."""
_NUMBERS: Final = (
    Column("now", "本期", "count"),
    Column("before", "上期", "count"),
    Column("change", "变化", "share"),
)

_Key = Callable[[tuple[str | int, ...]], tuple[Cell, ...]]


class AnalysisDesk:
    """categories: (id, name, to) of the scope lists. zone: on whose clock days begin."""

    def __init__(
        self,
        *,
        store: AnalysisStore,
        figures: FigureStore,
        clock: Clock,
        zone: tzinfo,
        categories: Callable[[], Sequence[tuple[str, str, str]]],
    ) -> None:
        self._store, self._figures, self._clock, self.zone = store, figures, clock, zone
        self._categories = categories
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to count."""
        self._task = asyncio.create_task(self._run(), name="figures")

    async def stop(self) -> None:
        """End. Twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def fresh(self) -> int:
        """Count anew what has changed; how many days are left that are not right yet."""
        days = await self._figures.stale_days(AT_ONCE + 1)
        for day in days[:AT_ONCE]:
            await self._figures.count(day)
        return len(days[AT_ONCE:])

    def now(self) -> datetime:
        """The time."""
        return self._clock.wall()

    def names(self) -> dict[str, str]:
        """Category -> what it is called."""
        return {id: name for id, name, _ in self._categories()}

    # --- what is asked -------------------------------------------------------------------------------------

    async def summary(self, wanted: Wanted) -> Sheet:
        """Every figure, with the period before and the change."""
        earlier = replace(wanted, period=wanted.period.before)
        rows: list[dict[str, Cell]] = []
        for figures, now, before in (
            (FIGURES, await self._store.totals(wanted), await self._store.totals(earlier)),
            (CALL_FIGURES, await self._called(wanted), await self._called(earlier)),
            (ON_TIME_FIGURES, await self._kept(wanted), await self._kept(earlier)),
        ):
            rows += [_compared(figure, now, before) for figure in figures]
        columns = (Column("figure", "编号"), Column("name", "指标"), Column("unit", "单位"), *_NUMBERS)
        return Sheet("总览", columns, tuple(rows))

    async def days(self, wanted: Wanted) -> Sheet:
        """By day."""
        rows = [((day_text(int(key[0])),), sums) for key, sums in await self._store.grouped(wanted, "day")]
        return sheet("按日", (Column("day", "日期"),), FIGURES, rows)

    async def hours(self, wanted: Wanted, *, of_day: bool) -> Sheet:
        """By hour; of_day: 0 to 23, all days together."""
        counted = await self._store.hourly(wanted)
        if of_day:
            added = _added(counted, lambda key: (hour_of_day(int(key[0]), self.zone),))
            return sheet("按时段", (Column("hour", "时"),), FIGURES, sorted(added.items()))
        rows = [((hour_text(int(key[0]), self.zone),), sums) for key, sums in counted]
        return sheet("按小时", (Column("hour", "时间"),), FIGURES, rows)

    async def classes(self, wanted: Wanted) -> Sheet:
        """By class."""
        names = self.names()
        rows = [
            ((str(id), names.get(str(id), "未分类" if not id else "")), sums)
            for (id,), sums in await self._store.grouped(wanted, "category")
        ]
        return sheet("按类别", (Column("category", "类别"), Column("name", "名称")), FIGURES, _by_most(rows))

    async def counties(self, wanted: Wanted) -> Sheet:
        """By county; "" where the place names none."""
        rows = [
            ((str(key[0]) or "未写明",), sums) for key, sums in await self._store.grouped(wanted, "county")
        ]
        return sheet("按区县", (Column("county", "区县"),), FIGURES, _by_most(rows))

    async def platforms(self, wanted: Wanted) -> Sheet:
        """By where tickets come from and where they go."""
        rows = await self._store.grouped(wanted, "platform")
        keys = (Column("from_platform", "发起平台"), Column("to_platform", "接收平台"))
        return sheet("按平台", keys, FIGURES, _by_most(rows))

    async def calls(self, wanted: Wanted, by: str) -> Sheet:
        """接通率, 早释率 by day, hour or platform."""
        added = _added(await self._store.calls(wanted), self._call_key(by))
        rows = sorted(added.items(), key=lambda row: str(row[0][0]).zfill(2))
        return sheet("来电", (_CALL_COLUMNS[by],), CALL_FIGURES, rows)

    async def on_time(self, wanted: Wanted) -> Sheet:
        """By who owes what."""
        kinds: dict[str, str] = {str(kind): name for kind, name in KIND_NAMES.items()}
        rows = [
            ((str(partner), str(kind), kinds.get(str(kind), "")), sums)
            for (partner, kind), sums in await self._store.on_time(wanted, self.now())
        ]
        keys = (Column("platform", "平台"), Column("kind", "时限"), Column("name", "名称"))
        return sheet("按时率", keys, ON_TIME_FIGURES, rows)

    async def returns(self, wanted: Wanted) -> Sheet:
        """By who gave back, and why."""
        figure = Figure("returns", "退回次数", "count", ("returns",))
        rows = [
            ((str(platform), str(reason), NAMES.get(str(reason), "其他")), sums)
            for (platform, reason), sums in await self._store.returns(wanted)
        ]
        keys = (Column("platform", "退回平台"), Column("reason", "原因"), Column("name", "名称"))
        return sheet("退回原因", keys, (figure,), rows)

    async def disputes(
        self, wanted: Wanted, *, disputed: bool, after: tuple[int, str] | None, most: int
    ) -> Sheet:
        """The list for the joint meeting, oldest first."""
        found = await self._store.negotiated(wanted, disputed=disputed, after=after, most=most)
        names = self.names()
        return Sheet("会商和争议", _DISPUTE_COLUMNS, tuple(_dispute(each, names) for each in found))

    async def frequent(self, wanted: Wanted, most: int) -> Sheet:
        """What was asked for most."""
        names = self.names()
        columns = (Column("category", "类别"), Column("name", "名称"), Column("request", "诉求"), *_NUMBERS)
        rows = [
            {
                "category": each.category, "name": names.get(each.category, ""),
                "request": mask(each.text) or "（已删除）", "now": each.now, "before": each.before,
                "change": change(each.now, each.before),
            }
            for each in await self._store.frequent(wanted, most)
        ]  # fmt: skip
        return Sheet("高频诉求", columns, tuple(rows))

    async def places(self, wanted: Wanted, most: int) -> Sheet:
        """Where most was asked for."""
        columns = (Column("county", "区县"), Column("place", "地点"), *_NUMBERS)
        rows = [
            {
                "county": each.county, "place": mask(each.spot), "now": each.now, "before": each.before,
                "change": change(each.now, each.before),
            }
            for each in await self._store.places(wanted, most)
        ]  # fmt: skip
        return Sheet("热点区域", columns, tuple(rows))

    # --- within --------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                for day in await self._figures.stale_days(10_000):
                    await self._figures.count(day)
            except Exception as wrong:  # the database; the next turn counts
                _LOG.error("figures not counted", error=type(wrong).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def _called(self, wanted: Wanted) -> Sums:
        return _added(await self._store.calls(wanted), lambda _: ()).get((), {})

    async def _kept(self, wanted: Wanted) -> Sums:
        return _added(await self._store.on_time(wanted, self.now()), lambda _: ()).get((), {})

    def _call_key(self, by: str) -> _Key:
        if by == "platform":
            return lambda found: (found[1],)
        if by == "hour":
            return lambda found: (hour_of_day(int(found[0]), self.zone),)
        return lambda found: (day_text(day_of_hour(int(found[0]), self.zone)),)


_CALL_COLUMNS: Final = {
    "day": Column("day", "日期"),
    "hour": Column("hour", "时"),
    "platform": Column("platform", "平台"),
}
_DISPUTE_COLUMNS: Final = (
    Column("ticket", "工单"), Column("incident", "事件"), Column("opened_at", "受理时间"),
    Column("from_platform", "发起平台"), Column("to_platform", "接收平台"), Column("holder", "现在由谁办"),
    Column("state", "状态"), Column("category", "类别"), Column("name", "名称"), Column("county", "区县"),
    Column("disputed", "协商不成"), Column("said", "各方意见"), Column("after", "翻页"),
)  # fmt: skip


def _dispute(each: Negotiated, names: dict[str, str]) -> dict[str, Cell]:
    states: dict[str, str] = {str(state): name for state, name in STATE_NAMES.items()}
    return {
        "ticket": each.ticket, "incident": each.incident, "opened_at": each.opened_at.isoformat(),
        "from_platform": each.origin, "to_platform": each.target, "holder": each.holder,
        "state": states.get(each.state, each.state), "category": each.category,
        "name": names.get(each.category, ""), "county": each.county,
        "disputed": "是" if each.disputed else "否",
        "said": "；".join(f"{platform or '本系统'}：{mask(words)}" for platform, words in each.said),
        "after": f"{hour_of(each.opened_at)} {each.ticket}",
    }  # fmt: skip


def _compared(figure: Figure, now: Sums, before: Sums) -> dict[str, Cell]:
    new, old = figure.of(now), figure.of(before)
    return {
        "figure": figure.key, "name": figure.name, "unit": figure.unit, "now": new, "before": old,
        "change": change(new, old),
    }  # fmt: skip


def _added(counted: Counted, key: _Key) -> dict[tuple[Cell, ...], Sums]:
    """Sums whose key is the same, together."""
    made: dict[tuple[Cell, ...], dict[str, float]] = {}
    for found, sums in counted:
        row = made.setdefault(key(found), defaultdict(float))
        for name, value in sums.items():
            row[name] += value
    return {**made}


def _by_most(rows: Sequence[tuple[tuple[Cell, ...], Sums]]) -> list[tuple[tuple[Cell, ...], Sums]]:
    return sorted(rows, key=lambda row: -row[1]["tickets"])

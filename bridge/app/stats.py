"""`bridge stats show | rebuild`: figures for an administrator, from the database itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from bridge.app.command import ConfigOption, checked, fail

if TYPE_CHECKING:
    from bridge.adapters.db import Database
    from bridge.analysis.sheets import Sheet
    from bridge.ports_analysis import Wanted
    from bridge.services.analysis_desk import AnalysisDesk
    from bridge.settings import Settings

DEFAULT: Final = Path("config/bridge.yaml")
By = Literal[
    "summary", "day", "hour", "class", "county", "platform", "calls", "on-time", "returns", "disputes",
    "frequent", "places",
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="统计：看、导出、重新统计")
    group.command("show")(show)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="stats")


def show(
    since: Annotated[str, typer.Option("--from", help="从哪天，如 2026-03-01；默认最近 30 天")] = "",
    until: Annotated[str, typer.Option("--to", help="到哪天（含）；默认今天")] = "",
    platform: Annotated[str, typer.Option(help="只要经过这个平台的")] = "",
    by: Annotated[By, typer.Option(help="看什么")] = "summary",
    xlsx: Annotated[Path | None, typer.Option(help="存成 XLSX 文件，不显示")] = None,
    config: ConfigOption = DEFAULT,
) -> None:
    """显示或导出统计。每个指标的含义见 docs/analysis.md。"""
    from bridge.adapters.sheet_files import as_csv, as_xlsx

    sheet = _run(_shown(checked(config), since, until, platform, by))
    if xlsx is not None:
        xlsx.write_bytes(as_xlsx(sheet))
        typer.echo(f"{xlsx}: {len(sheet.rows)} 行")
        return
    typer.echo(as_csv(sheet).decode("utf-8-sig"), nl=False)


def rebuild(config: ConfigOption = DEFAULT) -> None:
    """从工单重新统计全部：升级之后，或改了时区、退回原因的归类。bridge 可以在运行；数完之前数会偏少。"""
    typer.echo(f"重新统计了 {_run(_rebuilt(checked(config)))} 天")


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    from bridge.errors import AdministratorError, BridgeError

    try:
        return asyncio.run(work)
    except (AdministratorError, BridgeError) as error:
        fail(str(error), 1)


async def _shown(settings: Settings, since: str, until: str, platform: str, by: By) -> Sheet:
    from bridge.analysis.periods import period_of
    from bridge.ports_analysis import Wanted

    database, desk = _opened(settings)
    await database.start()
    try:
        while await desk.fresh():
            pass
        begin, end = _day(since, desk, 0), _day(until, desk, 1)
        period = period_of(begin, end, desk.now(), desk.zone)
        return await _sheet(desk, Wanted(period, (platform,) if platform else ()), by)
    finally:
        await database.stop()


async def _sheet(desk: AnalysisDesk, wanted: Wanted, by: By) -> Sheet:
    if by == "hour":
        return await desk.hours(wanted, of_day=True)
    if by == "calls":
        return await desk.calls(wanted, "day")
    if by == "disputes":
        return await desk.disputes(wanted, disputed=True, after=None, most=10_000)
    if by in ("frequent", "places"):
        return await (desk.frequent if by == "frequent" else desk.places)(wanted, 50)
    plain = {
        "summary": desk.summary, "day": desk.days, "class": desk.classes, "county": desk.counties,
        "platform": desk.platforms, "on-time": desk.on_time, "returns": desk.returns,
    }  # fmt: skip
    return await plain[by](wanted)


async def _rebuilt(settings: Settings) -> int:
    from bridge.adapters.db_figures import FigureTable
    from bridge.settings import tables

    database, _ = _opened(settings)
    await database.start()
    try:
        figures = FigureTable(database, tables.calendar(settings).zone)
        await figures.rebuild()
        days = await figures.stale_days(100_000)
        for day in reversed(days):
            await figures.count(day)
        return len(days)
    finally:
        await database.stop()


def _opened(settings: Settings) -> tuple[Database, AnalysisDesk]:
    from bridge.adapters.scope_files import load
    from bridge.app.analysis import analysis
    from bridge.app.vaults import opened
    from bridge.clock import SystemClock

    database, scope = opened(settings), load(settings.scope.folder)
    return database, analysis(settings, database, SystemClock(), lambda: scope)


def _day(text: str, desk: AnalysisDesk, more: int) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=more), time(), desk.zone)
    except (ValueError, OverflowError):
        fail(f"{text} 不是日期，应像 2026-03-01", 1)

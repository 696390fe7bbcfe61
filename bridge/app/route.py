"""`bridge route`: where a number leads and why, as the routes say, and as the trunks are if the bridge runs.

Asks the running bridge once, over its own interface; without it everything else is told all the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from bridge.adapters.config_file import inspect
from bridge.clock import SystemClock
from bridge.errors import AdministratorError, ConfigError, UnknownNumber
from bridge.routing.plan import Origin, Plan, Target, people, place_of, plan
from bridge.routing.standing import Standing, arrange, judge
from bridge.routing.why import misses
from bridge.settings import Settings, tables

TOKEN: Final = "BRIDGE_TOKEN"  # noqa: S105  the variable's name
"""An interface token with `read`, for a bridge that does not trust this machine."""
PATIENCE: Final = 2.0
"""Seconds the running bridge may take to say how its trunks are."""
WIDTH: Final = 120
"""Columns where the output is no terminal."""
_STATES: Final = {"up": "通", "down": "不通", "unprobed": "没有探测", "inbound": "只打进来"}
_MODES: Final = {"direct": "直转", "conference": "三方通话", "consult": "咨询转接"}

Say = Callable[[str], None]


def run(config: Path, number: str, origin: Origin, at: str | None) -> int:
    """Print; 0 when a route fits, 1 when none does. Raises ConfigError, AdministratorError."""
    settings = _settings(config)
    _known(settings, origin)
    when, routes = _moment(settings, at), tables.routes(settings)
    console = Console(width=None if Console().is_terminal else WIDTH, highlight=False)
    moment = f"{when:%Y-%m-%d %H:%M}（{settings.calendar.time_zone}）"
    console.print(f"{people(origin)}拨 {number}，{moment}", markup=False)
    try:
        found = plan(routes, number, origin, when)
    except UnknownNumber:
        _nowhere(console, misses(routes, number, origin, when), number, origin)
        return 1
    trunks = _running(settings)
    _head(console, settings, found)
    console.print(_table(found, trunks))
    if trunks is None:
        console.print(f"线路现在怎样不知道：没有连上 http://{settings.api.listen}（要令牌时放在 {TOKEN} 里）")
    return 0


def _settings(config: Path) -> Settings:
    """The settings, whether or not this shell knows their secrets. Raises ConfigError."""
    report = inspect(config, machine=False)
    if report.settings is None:
        raise ConfigError(report.problems)
    return report.settings


def _known(settings: Settings, origin: Origin) -> None:
    names = settings.trunks if origin.kind == "trunk" else settings.agents
    if origin.name not in names:
        raise AdministratorError(f"配置里没有{people(origin)}，有：{'、'.join(names) or '（一个也没有）'}")


def _moment(settings: Settings, at: str | None) -> datetime:
    zone = tables.calendar(settings).zone
    if at is None:
        return SystemClock().wall().astimezone(zone)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise AdministratorError(f"“{at}”不是时间，应像 2026-10-01T20:30") from None
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _nowhere(console: Console, why: tuple[str, ...], number: str, origin: Origin) -> None:
    console.print("没有路由：这样的呼叫会被拒绝（404）。", markup=False)
    for line in why or (
        f"没有一条路由的 number 匹配 {number}；在 routes 里加一条，from 里写上{people(origin)}",
    ):
        console.print(f"  {line}", markup=False)


def _head(console: Console, settings: Settings, found: Plan) -> None:
    platform = settings.platforms[found.platform].name
    parts = [f"路由“{found.route}”", f"平台 {found.platform} {platform}", _MODES.get(found.mode, found.mode)]
    rule = next(rule for rule in settings.routes if rule.name == found.route)
    parts += [f"时段 {' '.join((*rule.hours.days, *rule.hours.times))}"] if rule.hours else []
    parts += [f"一键转接{' ' + rule.feature_code if rule.feature_code else ''}"] if found.key else []
    parts += ["紧急方向（可用预留线路）"] if found.emergency else []
    parts += [f"最多试 {found.total_seconds} 秒" if found.total_seconds else "试完为止"]
    console.print("，".join(parts), markup=False)
    console.print(found.targets[0].reason.partition("，第 1 个目标")[0], markup=False)


def _table(found: Plan, trunks: dict[str, Any] | None) -> Table:
    table = Table("次序", "目标", "最长振铃", "无应答算不通", "线路", "通话", "说明")
    states = trunks or {}

    def standing(name: str) -> Standing:
        now = states.get(name)
        if now is None:
            return Standing()
        return Standing(now["state"] != "down", now["calls"], now["channels"], now["reserved"])

    for turn, target in enumerate(arrange(found.targets, standing), 1):
        now = states.get(target.trunk or "")
        note = judge(target, standing(target.trunk))[1].lstrip("；") if target.trunk else ""
        table.add_row(str(turn), place_of(target), *_times(target), _state(now, target), _load(now), note)
    return table


def _times(target: Target) -> tuple[str, str]:
    return f"{target.ring_seconds} 秒", f"{target.answer_within_seconds} 秒"


def _state(now: dict[str, Any] | None, target: Target) -> str:
    if target.trunk is None:
        return "—"
    return _STATES.get(now["state"], "") if now else "不知道"


def _load(now: dict[str, Any] | None) -> str:
    if now is None:
        return ""
    kept = f"（留 {now['reserved']}）" if now["reserved"] else ""
    return f"{now['calls']}/{now['channels']}{kept}" if now["channels"] else str(now["calls"])


def _running(settings: Settings) -> dict[str, Any] | None:
    """The running bridge's trunks by name; None: it does not answer, or not to us."""
    token = os.environ.get(TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"http://{settings.api.listen}/api/v1/status"
    try:
        answer = httpx.get(url, headers=headers, timeout=PATIENCE, trust_env=False)
        answer.raise_for_status()
        return {trunk["name"]: trunk for trunk in answer.json()["trunks"]}
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None

"""What `bridge deadline explain` says: how long a platform would have, by which rule, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bridge.adapters.config_file import inspect
from bridge.adapters.scope_files import load
from bridge.clock import SystemClock
from bridge.errors import AdministratorError, ConfigError
from bridge.handling.deadline_rules import Case, Term, fits, terms, why
from bridge.handling.deadlines import KIND_NAMES
from bridge.handling.heralds import moments
from bridge.handling.words import URGENCY_NAMES
from bridge.settings import Settings, tables, tables_deadlines
from bridge.settings.problems import did_you_mean


def report(config: Path, case: Case, at: str | None) -> Iterator[str]:
    """Line by line. at: when time begins, as typed; None: now. Raises ConfigError, AdministratorError."""
    settings = _settings(config)
    if case.partner not in settings.platforms:
        known = "、".join(settings.platforms) or "（一个也没有）"
        raise AdministratorError(f"配置里没有平台 {case.partner}，有：{known}")
    start, table = _moment(settings, at), tables_deadlines.timetable(settings)
    yield _head(settings, case, start)
    found = terms(table.rules, case)
    for term in found.values():
        yield f"  {_said(settings, term, case, start)}"
    if not found:
        yield "  没有一条规则管这样的工单：不限时"
    yield "规则："
    yield from (f"  {line}" for line in why(table.rules, case))


def unknown_classes(config: Path, settings: Settings) -> tuple[str, ...]:
    """What the rules say of classes that the scope lists do not know, as lines for the administrator. Raises
    ConfigError for lists that are wrong."""
    named = [(rule.name, each) for rule in settings.deadlines.rules for each in rule.categories]
    if not named:
        return ()
    known = [category.id for category in load(settings.scope.folder).categories]
    return tuple(
        f"{config}: 时限规则“{rule}”里的事项 {pattern} 不在事项清单里{did_you_mean(pattern, known)}"
        for rule, pattern in named
        if not any(fits(pattern, id) for id in known)
    )


def _settings(config: Path) -> Settings:
    """Whether or not this shell knows the secrets."""
    found = inspect(config, machine=False)
    if found.settings is None:
        raise ConfigError(found.problems)
    return found.settings


def _moment(settings: Settings, at: str | None) -> datetime:
    zone = tables.calendar(settings).zone
    if at is None:
        return SystemClock().wall().astimezone(zone)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise AdministratorError(f"“{at}”不是时间，应像 2026-09-30T17:00") from None
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _head(settings: Settings, case: Case, start: datetime) -> str:
    name = settings.platforms[case.partner].name
    about = f"事项 {case.category}" if case.category else "事项还不知道"
    when = f"{start:%Y-%m-%d %H:%M}（{settings.calendar.time_zone}，{_day(settings, start)}）"
    return f"平台 {case.partner} {name}，{about}，{URGENCY_NAMES[case.urgency]}，从 {when}算起："


def _day(settings: Settings, moment: datetime) -> str:
    when = tables.calendar(settings)
    day = moment.astimezone(when.zone).date()
    week = f"星期{'一二三四五六日'[day.weekday()]}"
    if when.works(day):
        return f"{week}，{'调休上班' if day in when.workdays else '上班'}"
    return f"{week}，{'放假' if day in when.holidays else '休息'}"


def _said(settings: Settings, term: Term, case: Case, start: datetime) -> str:
    name, rule = KIND_NAMES[term.kind], f"规则“{term.rule.name}”"
    try:
        times = _times(settings, term, case, start)
    except OverflowError:
        return f"{name}：没有日历管得到那一年"
    if times is None:
        return f"{name}：不限时（{rule}）"
    over, reminder = times
    when = f"{over:%Y-%m-%d %H:%M}（{_day(settings, over)}）"
    reminded = "" if reminder is None else f"，{reminder:%m-%d %H:%M} 提醒"
    return f"{name}：{when}之前，{term.amount}（{rule}）{reminded}{_unknown(settings, over)}"


def _times(
    settings: Settings, term: Term, case: Case, start: datetime
) -> tuple[datetime, datetime | None] | None:
    """When it is due and when it is reminded of, on the calendar's clock; None: never."""
    zone, table = tables.calendar(settings).zone, tables_deadlines.timetable(settings)
    deadline = term.begin(case.partner, start)
    if deadline is None:
        return None
    plan = moments(tables_deadlines.warnings(settings), table, deadline)
    reminders = [each.at.astimezone(zone) for each in plan if each.word == "reminder"]
    return deadline.due.astimezone(zone), next(iter(reminders), None)


def _unknown(settings: Settings, over: datetime) -> str:
    """A year of which the calendar says nothing is counted as if it had no holidays."""
    when = tables.calendar(settings)
    if any(day.year == over.year for day in (*when.holidays, *when.workdays)):
        return ""
    return f"；注意：日历里没有 {over.year} 年的放假安排，见 config/bridge.yaml 的 calendar"

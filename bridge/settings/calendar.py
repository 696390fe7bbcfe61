"""Sections about time: the calendar everybody shares, and the hours of one route."""

from __future__ import annotations

from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from bridge.routing.hours import read_dates, read_days, read_span
from bridge.settings.base import FilePath, Many, Section


def zone(text: str) -> str:
    """A zone of the IANA database that this machine knows."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{text}”不是本机认得的时区，应像 Asia/Shanghai（缺 tzdata 时先安装它）") from None
    return text


def _day(text: str) -> str:
    read_days((text,))
    return text


def _span(text: str) -> str:
    read_span(text)
    return text


def _date(text: str) -> str:
    read_dates((text,))
    return text


Date = Annotated[str, AfterValidator(_date)]


class CalendarFile(Section):
    """Which dates are holidays, which weekend dates are worked (调休)."""

    holidays: Many[Date] = ()
    workdays: Many[Date] = ()

    @model_validator(mode="after")
    def _apart(self) -> Self:
        both = sorted(read_dates(self.holidays) & read_dates(self.workdays))
        if both:
            raise ValueError(f"{both[0]} 既在 holidays 又在 workdays，只能写在一处")
        return self


class CalendarRule(CalendarFile):
    """Whose clock `hours` mean, and the days of a place of its own. file: the country's (None: as shipped),
    before which the days written here go."""

    time_zone: Annotated[str, AfterValidator(zone)] = "Asia/Shanghai"
    file: FilePath | None = None


class HoursRule(Section):
    """When a route serves. `days` empty: every day; `times` of the day, in the calendar's zone."""

    days: Many[Annotated[str, AfterValidator(_day)]] = ()
    times: Annotated[Many[Annotated[str, AfterValidator(_span)]], Field(min_length=1)] = ("00:00-24:00",)

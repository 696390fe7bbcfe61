"""The file of holidays 放假安排 beside the configuration, read into its calendar.

Knows the file's shape and where ours is; which days are worked is `bridge.routing.hours`'s. What the
configuration itself says of a day goes before what the file says.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import ValidationError

from bridge.adapters.config_listed import listed
from bridge.errors import ConfigError
from bridge.routing.hours import read_dates
from bridge.settings import Settings
from bridge.settings.calendar import CalendarFile
from bridge.settings.problems import Path, Problem, findings

SHIPPED: Final = FilePath(__file__).parents[2] / "config" / "holidays.yaml"
"""This checkout's."""
INSTALLED: Final = FilePath(sys.prefix) / "share" / "bridge-12345-110" / "holidays.yaml"
"""Where a wheel puts the same file (pyproject.toml, data-files)."""

_HERE: Final[Path] = ("calendar", "file")


def with_holidays(settings: Settings, folder: FilePath, complain: Callable[[Path, str], None]) -> Settings:
    """The settings with the file's days in their calendar. `folder`: where a relative path counts from;
    without a file, the one that comes with the program."""
    own = settings.calendar
    path = folder / own.file if own.file is not None else _shipped()
    if path is None:
        return settings
    try:
        found = _read(path)
    except ConfigError as wrong:
        for line in wrong.problems:
            complain(_HERE, line)
        return settings
    off, worked = read_dates(own.holidays), read_dates(own.workdays)
    calendar = own.model_copy(
        update={
            "holidays": _written(off | (read_dates(found.holidays) - worked)),
            "workdays": _written(worked | (read_dates(found.workdays) - off)),
        }
    )
    return settings.model_copy(update={"calendar": calendar})


def _shipped() -> FilePath | None:
    return next((path for path in (SHIPPED, INSTALLED) if path.is_file()), None)


def _read(path: FilePath) -> CalendarFile:
    document = listed(path, "放假安排")
    problems = [Problem((), text) for _, text in document.problems]
    lines = [f"{path}:{line}: {text}" for line, text in document.problems]
    try:
        found = CalendarFile.model_validate(document.data or {})
    except ValidationError as wrong:
        problems = findings(wrong, document.texts)
        lines += [f"{path}:{document.line(item.path)}: {item.text}" for item in problems]
    if problems:
        raise ConfigError(tuple(lines))
    return found


def _written(days: Iterable[date]) -> tuple[Any, ...]:
    return tuple(day.isoformat() for day in sorted(days))

"""Logging, set up once for a process: key-value lines on stderr, for people or for programs (structlog).

Personal data never gets here: no module logs numbers, names or words of a call.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, Literal

import structlog

Hear = Callable[[Literal["warning", "error"], str, Mapping[str, Any]], None]
"""Told each warning and error: its level, event and fields."""
_LOUD: Final[dict[str, Literal["warning", "error"]]] = {
    "warning": "warning",
    "error": "error",
    "critical": "error",
    "exception": "error",
}
_ears: list[Hear] = []


@contextmanager
def overheard(by: Hear) -> Iterator[None]:
    """While it lasts, somebody is told what goes wrong."""
    _ears.append(by)
    try:
        yield
    finally:
        _ears.remove(by)


def tell_ears(_logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that changes nothing."""
    level = _LOUD.get(method)
    if level is not None:
        for hear in _ears:
            hear(level, str(line.get("event", "")), line)
    return line


def set_up(level_name: str, form: str) -> None:
    """Configure structlog, and let libraries' warnings through the same door. level_name: debug, info,
    warning or error; form: text or json."""
    level = getattr(logging, level_name.upper())
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            tell_ears,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            renderer if form == "json" else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=max(level, logging.WARNING), format="%(name)s: %(message)s")

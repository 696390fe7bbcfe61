"""Logging, set up once for a process: key-value lines on stderr, for people or for programs (structlog).

Personal data never gets here: no module logs numbers, names or words of a call.
"""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(level_name: str, form: str) -> None:
    """Configure structlog, and let libraries' warnings through the same door. level_name: debug, info,
    warning or error; form: text or json."""
    level = getattr(logging, level_name.upper())
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
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

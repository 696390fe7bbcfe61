"""The control process: the one place where its parts are built, wired to each other, started and stopped in
reverse.

Everything the parts need of each other is said here, and nothing is decided here.
"""

from __future__ import annotations

import structlog

log = structlog.get_logger(__name__)

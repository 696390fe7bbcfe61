"""The envelope of a letter: CloudEvents 1.0 attributes in binary mode, beside the signed body.

Pure. The body is Standard Webhooks' {type, timestamp, data} and stays so; the headers repeat of it what a
gateway sorts letters by (CloudEvents HTTP binding 1.0.2 §3.1). They are not signed, so a receiver acts on
the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

PREFIX: Final = "cn.bridge."
SUFFIX: Final = ".v1"
"""A type of the body, `ticket.accepted`, is `cn.bridge.ticket.accepted.v1` among everybody's events."""

TYPES: Final[Mapping[str, str]] = {
    "ticket.opened": "第一版工单，按键的时刻",
    "ticket.updated": "工单的新版本",
    "ticket.final": "工单定稿",
}
"""The papers' types and what they tell; those of deeds (签收、退回……) are `ticket.` and the deed's name."""

_HEAD: Final = re.compile(r'\{\s*"type"\s*:\s*"([a-z][a-z0-9_.-]{0,63})"')
"""Our own bodies begin with their type: two megabytes of transcript need not be parsed for it."""
_SAFE: Final = "".join(chr(sign) for sign in range(0x21, 0x7F) if chr(sign) not in '"%')
"""What stands for itself in a header's value (binding §3.1.3.2); the rest is percent-encoded UTF-8."""


def source(platform: str) -> str:
    """Where a platform's letters come from, as a URN."""
    return f"urn:bridge:platform:{quote(platform, safe='')}"


def type_of(body: str) -> str:
    """The `type` of a body; "" if it has none."""
    found = _HEAD.match(body)
    if found is not None:
        return found[1]
    try:
        kind = json.loads(body)["type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return kind if isinstance(kind, str) else ""


def attributes(*, id: str, kind: str, source: str, subject: str, at: datetime) -> dict[str, str]:
    """The `ce-` headers. kind: the body's type; subject: the ticket; at: when it was written, aware."""
    values = {
        "ce-specversion": "1.0",
        "ce-id": id,
        "ce-type": f"{PREFIX}{kind or 'letter'}{SUFFIX}",
        "ce-source": source,
        "ce-subject": subject,
        "ce-time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    return {name: quote(value, safe=_SAFE) for name, value in values.items()}

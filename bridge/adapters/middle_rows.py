"""A row of the middle database read as a letter: whole in its body, or in words in its columns.

Knows the columns and the shapes of letters; touches no database.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from bridge.adapters.middle_tables import LARGEST_BODY, MiddleDoor
from bridge.errors import BadRequest
from bridge.handling.letters import plain_letter
from bridge.handling.overview import of_letter
from bridge.post.signing import unseal


def letter_of(row: Any, door: MiddleDoor, now: datetime) -> tuple[bytes, dict[str, Any]]:
    """The letter, and the ticket's line as its papers tell it ({}: they don't). Raises BadRequest,
    BadSignature."""
    if row["body"] is None and not row["plain"]:
        raise BadRequest(f"正文超过 {LARGEST_BODY // 1024 // 1024} MB")
    body: bytes = (row["body"] or "").encode()
    if door.keys:
        unseal(row["message_id"], row["signature"], body, door.keys, now, door.ttl)
    if row["plain"]:
        return _in_words(row, door.platform), {}
    return body, _line(body, row["ticket"])


def _in_words(row: Any, platform: str) -> bytes:
    at = row["at"]
    if not isinstance(at, datetime) or at.tzinfo is None:  # `infinity` is a time to PostgreSQL
        raise BadRequest("at 不是时刻")
    said = {name: row[name] for name in ("who", "reason", "number", "owner")}
    deed = {"id": row["message_id"], "by": platform, **said}
    try:
        return plain_letter(row["type"], row["ticket"], deed, at).encode()
    except ValueError:
        raise BadRequest("这个 type 不认识，或要在 body 里写整封信") from None


def _line(body: bytes, ticket: str) -> dict[str, Any]:
    """Raises BadRequest where the letter is about another ticket than its row, which would break the order,
    or holds what no database takes."""
    if b"\\u0000" in body:
        raise BadRequest("正文里有空字符（\\u0000）")
    try:
        letter = json.loads(body)
        data = letter["data"]
        deed = "handling" in data
        about = data["handling"]["ticket"] if deed else data["ticket"]
        line = {} if deed else of_letter(letter)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadRequest("body 不是一封信：写 type、timestamp、data，见 docs/tickets.md") from None
    if about != ticket:
        raise BadRequest("ticket 列与正文里的工单编号不同")
    return {"ticket": ticket, **line} if line else {}

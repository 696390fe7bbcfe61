"""What a platform's answer means for the letter: delivered, to be tried again, or refused.

Pure but for httpx's types. Of what a platform writes only a little is believed: the status, an address to
read the ticket at, why a deed is refused (RFC 9457), and how the ticket stands there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import httpx

from bridge.tickets.masking import mask

LONGEST_RETRY_AFTER_S: Final = 3600.0
"""A platform that asks for more is not believed: a ticket a day late is a ticket lost."""

LONGEST_URL: Final = 2000
LONGEST_DETAIL: Final = 200
"""Characters of a refusal's reason that are kept."""
LONGEST_READ: Final = 2000
"""Characters of it in which numbers are looked for."""

_TRY_AGAIN: Final = frozenset({408, 425, 429})
_CONFLICT: Final = frozenset({403, 409, 412})
"""Refusals of a deed that say how the ticket stands there."""

Result = Literal["delivered", "unreachable", "busy", "refused", "untrusted", "forbidden"]
"""untrusted: TLS failed, on either side; forbidden: the name leads where no letter goes. Both are tried
again: an administrator sets them right."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended. retry_after: seconds the platform asked for, if it did; trouble: for log, row and
    supervisor, in Chinese; detail: the platform's own words, for row and supervisor only; handling: how it
    says the ticket stands, {} unsaid."""

    result: Result
    trouble: str = ""
    retry_after: float | None = None
    ticket_url: str | None = None
    detail: str = ""
    handling: Mapping[str, Any] = field(default_factory=dict)


def verdict(response: httpx.Response, body: bytes, now: datetime) -> Verdict:
    """body: as far as it was read. now: aware, for dates."""
    status = response.status_code
    if response.is_success:
        return Verdict("delivered", ticket_url=_ticket_url(body))
    if status >= 500 or status in _TRY_AGAIN:
        wait = _retry_after(response.headers.get("retry-after", ""), now)
        return Verdict("busy", f"对方暂时不收（HTTP {status}）", wait)
    if 300 <= status < 400:
        return Verdict("refused", f"对方要转到别的地址（HTTP {status}），不跟随；把正确的地址写进 url")
    detail, handling = _refusal(body)
    told = handling if status in _CONFLICT else {}
    return Verdict("refused", f"对方拒收（HTTP {status}）", detail=detail, handling=told)


def _refusal(body: bytes) -> tuple[str, Mapping[str, Any]]:
    """RFC 9457's detail, and the handling beside it. What a platform says it may have quoted from the letter:
    personal numbers are covered before anything keeps it, for whoever looks at letters need not have the
    right to see them."""
    try:
        problem = json.loads(body)
        detail, handling = problem.get("detail", ""), problem.get("handling")
    except (ValueError, AttributeError, RecursionError):
        return "", {}
    text = "".join(sign for sign in detail if sign.isprintable()) if isinstance(detail, str) else ""
    return mask(text[:LONGEST_READ])[:LONGEST_DETAIL], handling if isinstance(handling, dict) else {}


def _retry_after(header: str, now: datetime) -> float | None:
    """Seconds, or an HTTP date (RFC 9110 §10.2.3)."""
    try:
        seconds = float(header) if header.isascii() and header.isdigit() else _until(header, now)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def _until(date: str, now: datetime) -> float:
    moment = parsedate_to_datetime(date)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


def _ticket_url(body: bytes) -> str | None:
    try:
        url = json.loads(body)["ticket_url"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    fits = isinstance(url, str) and url.startswith(("http://", "https://")) and len(url) <= LONGEST_URL
    return url if fits else None

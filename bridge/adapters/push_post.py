"""One attempt to deliver one ticket version: signed, posted, and the answer read as a verdict.

Knows httpx, the Standard Webhooks signature and what HTTP statuses mean for a retry; nothing of queues or
tables.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import httpx
from standardwebhooks import Webhook

from bridge.adapters.db_outbox import Letter
from bridge.errors import ConfigError

CONNECT_S: Final = 3.0
ANSWER_S: Final = 5.0
"""Seconds a platform may take. Longer, and a ticket waits behind a server that is gone."""

LARGEST_ANSWER: Final = 64 * 1024
"""Bytes of an answer we read; it holds an address at most."""

LONGEST_RETRY_AFTER_S: Final = 3600.0
"""A platform that asks for more is not believed: a ticket a day late is a ticket lost."""

LONGEST_URL: Final = 2000

_TRY_AGAIN: Final = frozenset({408, 425, 429})

Result = Literal["delivered", "unreachable", "busy", "refused"]


@dataclass(frozen=True, slots=True)
class Destination:
    """A platform's ticket door. secret: "whsec_" and base64."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended. retry_after: seconds the platform asked for, if it did; trouble: for log and
    row.
    """

    result: Result
    trouble: str = ""
    retry_after: float | None = None
    ticket_url: str | None = None


class Postman:
    """Posts letters to one destination. Raises ConfigError for a secret that can't sign."""

    def __init__(self, platform: str, destination: Destination, client: httpx.AsyncClient) -> None:
        self._url = destination.url
        self._client = client
        self._seal = _seal(platform, destination.secret)

    async def post(self, letter: Letter, now: datetime) -> Verdict:
        """One attempt, signed for `now`. Never raises for anything the network or the platform does."""
        headers = {
            "content-type": "application/json; charset=utf-8",
            "webhook-id": letter.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._seal.sign(letter.id, now.astimezone(UTC), letter.body),
        }
        try:
            async with self._client.stream(
                "POST", self._url, content=letter.body.encode(), headers=headers
            ) as response:
                return _verdict(response, await _bounded(response), now)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as wrong:
            return Verdict("unreachable", f"unreachable: {type(wrong).__name__}")


def _seal(platform: str, secret: str) -> Webhook:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ConfigError((f"平台 {platform} 的签名密钥不可用：应为 whsec_ 加 Base64",))
    return Webhook(key)


def new_client(parallel: int) -> httpx.AsyncClient:
    """The client all postmen share; proxies of the environment are not asked: tickets take the stated way."""
    limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel)
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    return httpx.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False, trust_env=False)


async def _bounded(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            return b""
    return body


def _verdict(response: httpx.Response, body: bytes, now: datetime) -> Verdict:
    status = response.status_code
    if response.is_success:
        return Verdict("delivered", ticket_url=_ticket_url(body))
    if status >= 500 or status in _TRY_AGAIN:
        wait = _retry_after(response.headers.get("retry-after", ""), now)
        return Verdict("busy", f"busy: HTTP {status}", wait)
    return Verdict("refused", f"refused: HTTP {status}")


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

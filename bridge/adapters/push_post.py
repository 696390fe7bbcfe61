"""One attempt to deliver one letter: signed, enveloped, posted, and the answer read as a verdict.

Knows httpx and what HTTP statuses mean for a retry; nothing of queues or tables. The other side may be as
hostile or as broken as it likes: it costs one bounded wait, and of its answer little is believed
(push_answer).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx

from bridge.adapters.db_outbox import Letter
from bridge.adapters.push_answer import Verdict, verdict
from bridge.adapters.push_reach import Forbidden, Reach
from bridge.post.bounds import Network
from bridge.post.envelope import attributes, source, type_of
from bridge.post.signing import Key, sign

CONNECT_S: Final = 3.0
ANSWER_S: Final = 5.0
"""Seconds a platform may take. Longer, and a ticket waits behind a server that is gone."""

TOTAL_S: Final = 10.0
"""Seconds of one attempt in all: a platform that drips a byte a second never lets ANSWER_S pass."""

REST_S: Final = 2.0
"""Seconds for the rest of an answer whose status we have."""

LARGEST_ANSWER: Final = 64 * 1024
"""Bytes of an answer we read; it holds an address at most."""

DEFAULT_TTL: Final = timedelta(hours=72)
"""A letter older than that is no news to anybody: it is put aside, and a person decides."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A platform's door. keys: what we sign with; tls: whom we believe and what we show (None: the system's
    authorities, no certificate of ours); server_name: what its certificate must prove, "" for the URL's
    host; given, allowed: see Reach; source: whose letters they are."""

    url: str
    keys: tuple[Key, ...] = field(repr=False)
    source: str = source("12345")
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    server_name: str = ""
    given: bool = False
    allowed: tuple[Network, ...] = ()
    ttl: timedelta = DEFAULT_TTL


class Postman:
    """Posts letters to one destination, `parallel` at a time. `close` when done."""

    def __init__(self, destination: Destination, parallel: int = 1) -> None:
        self._door = destination
        self._reach = Reach(destination.url, given=destination.given, allowed=destination.allowed)
        self._client = _new_client(destination, parallel)

    async def close(self) -> None:
        """Close its connections."""
        self._reach.close()
        await self._client.aclose()

    async def post(self, letter: Letter, now: datetime) -> Verdict:
        """One attempt, signed for `now`. Never raises for anything the network or the platform does."""
        try:
            headers = self._headers(letter, now)
        except LookupError:
            return Verdict("untrusted", "没有在有效期内的签名密钥：在 keys 里补上新的密钥")
        try:
            async with asyncio.timeout(TOTAL_S):
                return await self._posted(letter.body.encode(), headers, now)
        except TimeoutError:
            return Verdict("unreachable", f"{TOTAL_S:g} 秒内没有应答完")
        except Forbidden as wrong:
            return Verdict("forbidden", f"{self._reach.host} 指向不允许的地址：{wrong}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as wrong:
            return _trouble(wrong)

    def _headers(self, letter: Letter, now: datetime) -> dict[str, str]:
        return {
            "content-type": "application/json; charset=utf-8",
            "accept-encoding": "identity",
            "connection": "close",
            "host": _host_header(self._reach.url),
            **sign(letter.id, now, letter.body.encode(), self._door.keys),
            **attributes(
                id=letter.id,
                kind=type_of(letter.body),
                source=self._door.source,
                subject=letter.ticket,
                at=letter.created_at,
            ),
        }

    async def _posted(self, body: bytes, headers: dict[str, str], now: datetime) -> Verdict:
        """To the first of its addresses that takes a connection."""
        ways = await self._reach.ways()
        name = self._door.server_name or self._reach.host
        for left, way in zip(range(len(ways) - 1, -1, -1), ways, strict=True):
            try:
                async with self._client.stream(
                    "POST", way, content=body, headers=headers, extensions={"sni_hostname": name}
                ) as response:
                    return verdict(response, await _bounded(response), now)
            except (httpx.ConnectError, httpx.ConnectTimeout) as wrong:
                if not left or _tls_error(wrong) is not None:
                    raise
        raise OSError("no address")


def _new_client(door: Destination, parallel: int) -> httpx.AsyncClient:
    """Proxies of the environment are not asked: tickets take the stated way. A redirect is never followed:
    it would lead a signed letter where nobody wrote it should go. Each letter has a connection of its own:
    over one that is kept, an answer that comes twice or too late would be taken for the next letter's, which
    would be lost (the parser reads on where it stopped)."""
    limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=0)
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    trust = door.tls if door.tls is not None else _usual_trust(door.url)
    return httpx.AsyncClient(
        timeout=timeout, limits=limits, verify=trust, follow_redirects=False, trust_env=False
    )


def _usual_trust(url: str) -> ssl.SSLContext:
    """The system's authorities; reading them takes a while, and http:// needs none."""
    https = url.lower().startswith("https:")
    return ssl.create_default_context() if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _host_header(url: httpx.URL) -> str:
    """As written, not the address we connect to."""
    return url.netloc.decode("ascii")


async def _bounded(response: httpx.Response) -> bytes:
    """The answer's octets, nothing decoded (a kilobyte of gzip may be a gigabyte); b"" if they are too many,
    too slow, packed, or break off: the status is what counts, and that we have."""
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        return b""
    body = bytearray()
    try:
        async with asyncio.timeout(REST_S):
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    return b""
    except (TimeoutError, httpx.HTTPError):
        return b""
    return bytes(body)


def _trouble(wrong: Exception) -> Verdict:
    tls = _tls_error(wrong)
    if isinstance(tls, ssl.SSLCertVerificationError):
        text = f"对方的证书不能相信（{tls.verify_message}）；核对 tls.ca 和 tls.name"
        return Verdict("untrusted", text)
    if tls is not None:
        text = f"TLS 没有谈成（{tls.reason or type(tls).__name__}）；对方也许要我们出示证书，或不认我们的证书"
        return Verdict("untrusted", text)
    if isinstance(wrong, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError):
        # A server that wants another certificate of us often just hangs up (RFC 8446 §6: alerts may be lost).
        text = f"对方接了又断（{type(wrong).__name__}）；用 https 时也可能是不认我们的证书（tls.certificate）"
        return Verdict("unreachable", text)
    return Verdict("unreachable", f"连不上（{type(wrong).__name__}）")


def _tls_error(wrong: BaseException) -> ssl.SSLError | None:
    """httpx hides it behind its own. An end without good-bye is a broken connection, no TLS trouble."""
    found = (error for error in _causes(wrong) if isinstance(error, ssl.SSLError))
    return next((error for error in found if not isinstance(error, ssl.SSLEOFError)), None)


def _causes(wrong: BaseException | None) -> Iterator[BaseException]:
    for _ in range(16):
        if wrong is None:
            return
        yield wrong
        wrong = wrong.__cause__ or wrong.__context__

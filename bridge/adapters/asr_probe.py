"""Asks every recogniser how it is, a few times a minute: whether anybody is there, and what its /healthz
says.

A stock vosk-server has no /healthz and answers with an HTTP error; that, too, is a sign of life. Nothing
waits for a probe: what it finds goes into the farm's books.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import structlog

from bridge.adapters import metrics
from bridge.adapters.asr_farm import Farm, Figures, Server
from bridge.clock import Clock

EVERY: Final = 5.0
"""Seconds between two probes of a server."""
SECONDS: Final = 2.0
"""For an answer."""
LARGEST: Final = 64 * 1024

log = structlog.get_logger(__name__)


class AsrProbe:
    """trust: whose certificates are believed, for wss:// (None: the system's). on_back: told when one
    answers that did not answer the time before, or was never asked."""

    def __init__(
        self,
        farm: Farm,
        clock: Clock,
        trust: ssl.SSLContext | None = None,
        on_back: Callable[[], None] = lambda: None,
    ) -> None:
        self._farm, self._clock, self._on_back = farm, clock, on_back
        self._silent = {server.url for server in farm.servers}
        self._trust = trust if trust is not None else True
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to ask."""
        for server in self._farm.servers:
            metrics.ASR_SERVER_UP.labels(server.url).set(1)
        self._task = asyncio.create_task(self._watch(), name="asr probe")

    async def stop(self) -> None:
        """Ends. Harmless twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, verify=self._trust) as client:
            while True:
                await asyncio.gather(*(self._probe(client, server) for server in self._farm.servers))
                await asyncio.sleep(EVERY)

    async def _probe(self, client: httpx.AsyncClient, server: Server) -> None:
        alive, figures = await ask(client, server.url)
        change = self._farm.probed(server, self._clock.monotonic(), alive=alive, figures=figures)
        if alive and server.url in self._silent:
            self._on_back()
        (self._silent.discard if alive else self._silent.add)(server.url)
        if change is not None:
            metrics.ASR_SERVER_UP.labels(server.url).set(change)
            log.log(20 if change else 30, "asr server", url=server.url, probe="alive" if change else "silent")


async def ask(client: httpx.AsyncClient, url: str) -> tuple[bool, Figures | None]:
    """Whether anybody answers at a ws:// or wss:// URL, and the figures if it has any."""
    scheme, host, *_ = urlsplit(url)
    try:
        address = urlunsplit(("https" if scheme == "wss" else "http", host, "/healthz", "", ""))
        answer = await client.get(address)
        return True, figures_of(answer.json()) if answer.is_success and len(
            answer.content
        ) < LARGEST else None
    except httpx.RemoteProtocolError:
        return True, None  # it speaks, if not HTTP
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return False, None
    except ValueError:
        return True, None


def figures_of(body: Any) -> Figures | None:
    """What /healthz says; None for what is none of ours."""
    if not isinstance(body, dict) or type(body.get("streams")) is not int:
        return None
    found: dict[str, Any] = {}
    for name, default in (
        ("streams", 0), ("streams_most", 0), ("queue_lag", 0.0),
        ("model", ""), ("model_sha256", ""), ("software", ""), ("version", ""), ("phrases", False),
    ):  # fmt: skip
        value = body.get(name, default)
        kinds = (int, float) if isinstance(default, float) else (type(default),)
        found[name] = value if type(value) in kinds else default
    return Figures(**found)

"""The demo's telephones: each a pyVoIP phone in a process of its own (tests/peers/phone.py), led by JSON
lines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any, Final

from bridge.demo.cast import PHONE

PATIENCE: Final = 20.0
"""Seconds to wait for anything a phone is asked for: a machine under load registers in a few."""


class Phone:
    """One phone. `on_event` is told everything it says."""

    def __init__(self, name: str, argv: list[str], on_event: Callable[[str, dict[str, Any]], None]) -> None:
        self.name, self._argv, self._on_event = name, argv, on_event
        self._seen: list[dict[str, Any]] = []
        self._news = asyncio.Condition()
        self._gone = False
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready (registered, if it does)."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(PHONE), *self._argv, stdin=pipe, stdout=pipe, start_new_session=True
        )
        self._reader = asyncio.create_task(self._read())
        await self.wait("ready")

    async def stop(self) -> None:
        """Hang up and leave; harmless when repeated."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.do("quit")
        try:
            await asyncio.wait_for(process.wait(), 3.0)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader

    async def do(self, what: str, **facts: Any) -> None:
        """An order."""
        if self._process is None or self._process.stdin is None:
            raise RuntimeError(f"{self.name} is not started")
        self._process.stdin.write(json.dumps({"do": what, **facts}).encode() + b"\n")
        await self._process.stdin.drain()

    async def wait(self, event: str, *, after: int = 0, seconds: float = PATIENCE) -> dict[str, Any]:
        """The first such event from the `after`-th on. Raises TimeoutError, RuntimeError."""
        async with asyncio.timeout(seconds), self._news:
            while True:
                found = next((item for item in self._seen[after:] if item["ev"] == event), None)
                if found is not None:
                    return found
                if self._gone:
                    raise RuntimeError(f"电话 {self.name} 的进程结束了，请看上面的日志")
                await self._news.wait()

    @property
    def count(self) -> int:
        """Events so far, for `wait(after=…)`."""
        return len(self._seen)

    def saw(self, event: str) -> dict[str, Any] | None:
        """The first such event, if it has come."""
        return next((item for item in self._seen if item["ev"] == event), None)

    async def packets(self, start: float, end: float) -> list[tuple[float, bool]]:
        """Arrivals of RTP packets in this window: CLOCK_MONOTONIC seconds, marker bit."""
        count = len(self._seen)
        await self.do("packets", **{"from": start, "to": end})
        answer = await self.wait("packets", after=count)
        return [(at, marker) for at, marker in answer["packets"]]

    async def heard(self, file: str, start: float, end: float) -> tuple[float, float]:
        """How much of the recording this phone heard in the window, 0..1, and its loudest 20 ms there (root
        mean square of 16-bit samples)."""
        count = len(self._seen)
        await self.do("listen", file=file, **{"from": start, "to": end})
        answer = await self.wait("listened", after=count)
        return float(answer["match"]), float(answer["loudest"])

    async def _read(self) -> None:
        stream = self._process.stdout if self._process else None
        while stream is not None and (line := await stream.readline()):
            if not line.startswith(b"{"):
                continue
            event = json.loads(line)
            async with self._news:
                self._seen.append(event)
                self._news.notify_all()
            self._on_event(self.name, event)
        async with self._news:
            self._gone = True
            self._news.notify_all()

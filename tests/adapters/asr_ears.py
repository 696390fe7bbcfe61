"""The ears' client with what it needs in a test: a clock that stands still, a listener, servers of ours with
the hand-written engine. `conftest` hands the fixtures on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest

from asr.server import AsrServer
from asr.words import Speech
from asr.worker import Worker
from bridge.adapters import asr_client, metrics
from bridge.adapters.asr_client import AsrClient
from bridge.adapters.asr_farm import Farm
from bridge.adapters.asr_line import Lines
from tests.asr.fake_engine import FakeEngine

BEGIN = 1000.0
PIECE = 1600


class StillClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = BEGIN

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return datetime(2025, 1, 1, tzinfo=UTC)


class Listener:
    """Keeps what it is told and lets a test wait for it."""

    def __init__(self) -> None:
        self.speech: list[tuple[str, Speech, float]] = []
        self.states: list[tuple[str, str]] = []
        self.missed: list[tuple[str, float, float]] = []
        self._told = asyncio.Event()

    def on_speech(self, leg: str, speech: Speech, t0: float) -> None:
        self.speech.append((leg, speech, t0))
        self._told.set()

    def on_state(self, leg: str, state: str) -> None:
        self.states.append((leg, state))
        self._told.set()

    def on_missed(self, leg: str, since: float, until: float) -> None:
        self.missed.append((leg, round(since, 2), round(until, 2)))
        self._told.set()

    def finals(self, leg: str = "a") -> list[str]:
        return [speech.text for name, speech, _ in self.speech if name == leg and speech.kind == "final"]

    def words(self, leg: str = "a") -> list[tuple[str, float]]:
        return [
            (w.text, round(t0 + w.start, 2)) for name, s, t0 in self.speech if name == leg for w in s.words
        ]

    def shows(self, text: str) -> Callable[[], bool]:
        return lambda: any(text in speech.text for _, speech, _ in self.speech)

    def is_(self, state: str, leg: str = "a") -> Callable[[], bool]:
        return lambda: [s for name, s in self.states if name == leg][-1:] == [state]

    async def until(self, true: Callable[[], bool], seconds: float = 15.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self._told.clear()
                await self._told.wait()


def say(client: AsrClient, pcm: bytes, at: float = BEGIN, leg: str = "a") -> None:
    """As the tap does: pieces of a tenth of a second, each with its time."""
    for start in range(0, len(pcm), PIECE):
        client.feed(leg, at + start / 16_000, pcm[start : start + PIECE])


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def listener() -> Listener:
    return Listener()


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    engine = FakeEngine()
    yield engine
    engine.gate.set()


Serve = Callable[..., Awaitable[AsrServer]]


@pytest.fixture
async def serve_on(engine: FakeEngine) -> AsyncIterator[Serve]:
    """Starts our server on a port (0: any); all are stopped at the end."""
    servers: list[AsrServer] = []

    async def start(port: int, *, gated: bool = True) -> AsrServer:
        worker = Worker(engine, threads=2, streams=8, gated=gated)
        servers.append(await AsrServer(worker, "127.0.0.1", port).start())
        return servers[-1]

    yield start
    engine.gate.set()
    for server in servers:
        await server.stop()


Connect = Callable[..., Awaitable[AsrClient]]


def ears(
    listener: Listener,
    clock: StillClock,
    *urls: str,
    sample_rate: int = 8000,
    trust: ssl.SSLContext | None = None,
) -> AsrClient:
    """Not started."""
    return AsrClient(
        Lines(Farm(urls), sample_rate, clock, trust),
        on_speech=listener.on_speech,
        on_state=listener.on_state,
        on_missed=listener.on_missed,
        clock=clock,
    )


@pytest.fixture
def no_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most tests need not wait for what is still said after the end."""
    monkeypatch.setattr(asr_client, "TAIL", 0.0)


@pytest.fixture
async def connected(listener: Listener, clock: StillClock) -> AsyncIterator[Connect]:
    """A started client with leg "a" open."""
    clients: list[AsrClient] = []

    async def start(*urls: str, sample_rate: int = 8000) -> AsrClient:
        client = ears(listener, clock, *urls, sample_rate=sample_rate)
        clients.append(client)
        await client.start()
        client.open("a")
        return client

    yield start
    for client in clients:
        await client.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("asr ")]


def port_of(server: AsrServer) -> int:
    return int(server.url.rpartition(":")[2])


def dropped(why: str) -> float:
    return float(metrics.ASR_DROPPED.labels(why)._value.get())

"""How a recogniser is asked how it is: ours tells, a stock one is alive, a dead or stuck one is neither."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve

from asr.server import AsrServer
from asr.worker import Worker
from bridge.adapters import asr_probe
from bridge.adapters.asr_farm import Farm, Figures
from bridge.adapters.asr_probe import AsrProbe, ask, figures_of
from bridge.clock import SystemClock
from tests.asr.fake_engine import FakeEngine


async def _asked(url: str) -> tuple[bool, Figures | None]:
    async with httpx.AsyncClient(timeout=1.0, trust_env=False) as client:
        return await ask(client, url)


async def test_ours_tells_its_figures() -> None:
    server = await AsrServer(Worker(FakeEngine(), threads=1, streams=8), "127.0.0.1", 0).start()
    try:
        alive, figures = await _asked(server.url)
    finally:
        await server.stop()
    assert alive
    assert figures is not None
    assert (figures.streams, figures.streams_most, figures.model) == (0, 8, "fake-model")
    assert figures.model_sha256 == "f" * 64


async def test_a_stock_server_has_none_and_is_alive() -> None:
    async def nothing(_: ServerConnection) -> None: ...

    async with serve(nothing, "127.0.0.1", 0) as server:
        assert await _asked(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/") == (True, None)


async def test_nobody_there_and_one_that_never_answers_are_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as stuck:
        stuck.bind(("127.0.0.1", 0))
        port = stuck.getsockname()[1]
        assert await _asked(f"ws://127.0.0.1:{port}") == (False, None)
        stuck.listen()
        async with httpx.AsyncClient(timeout=0.1, trust_env=False) as client:
            assert await ask(client, f"ws://127.0.0.1:{port}") == (False, None)


async def test_bytes_that_are_not_http_are_a_sign_of_life() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xffhello\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        assert await _asked(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}") == (True, None)


@pytest.mark.parametrize(
    ("body", "figures"),
    [
        ({"streams": 3, "queue_lag": 1}, Figures(streams=3, queue_lag=1)),
        ({"streams": 3, "streams_most": "many", "model": 7}, Figures(streams=3)),
        ({"streams": 3, "phrases": True}, Figures(streams=3, phrases=True)),
        ({"streams": 3, "phrases": 1}, Figures(streams=3)),
        ({"streams": True, "model": "x"}, None),
        ({"status": "ok"}, None),
        ([1, 2], None),
        ("fine", None),
    ],
)
def test_only_figures_are_believed(body: Any, figures: Figures | None) -> None:
    assert figures_of(body) == figures


async def test_the_watch_shuts_a_server_that_went_and_opens_it_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asr_probe, "EVERY", 0.02)
    worker = Worker(FakeEngine(), threads=1, streams=8)
    server = await AsrServer(worker, "127.0.0.1", 0).start()
    clock, port = SystemClock(), int(server.url.rpartition(":")[2])
    made = Farm([server.url])
    back: list[float] = []
    probe = AsrProbe(made, clock, on_back=lambda: back.append(clock.monotonic()))
    await probe.start()
    try:
        async with asyncio.timeout(10):
            await _until(lambda: made.servers[0].figures is not None)
            assert len(back) == 1, "the first answer there ever was"
            await server.stop()
            await _until(lambda: made.servers[0].shut(clock.monotonic()))
            server = await AsrServer(Worker(FakeEngine(), threads=1, streams=8), "127.0.0.1", port).start()
            await _until(lambda: not made.servers[0].shut(clock.monotonic()))
        assert len(back) == 2
    finally:
        await probe.stop()
        await probe.stop()
        await server.stop()


async def _until(true: Any) -> None:
    while not true():  # noqa: ASYNC110 - the books tell nobody
        await asyncio.sleep(0.005)

"""Heard a second time: whole, with times from the first sample, after everybody else, at whichever server."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from bridge.adapters import asr_again
from bridge.adapters.asr_again import AsrAgain
from bridge.adapters.asr_farm import Farm
from bridge.adapters.asr_line import Lines
from bridge.clock import SystemClock
from bridge.errors import NobodyHears
from tests.adapters.asr_ears import Serve
from tests.adapters.stock_server import StockServer
from tests.asr.fake_engine import spoken
from tests.peers.ports import free_tcp


def again(*urls: str, calm: list[bool] | None = None) -> AsrAgain:
    clock = SystemClock()
    return AsrAgain(Lines(Farm(urls), 8000, clock), lambda: not calm or calm.pop(0), clock)


async def test_all_of_it_with_its_times(serve_on: Serve) -> None:
    heard = await again((await serve_on(0)).url).hear(spoken("一二 三四 五"))
    assert [speech.text for speech in heard] == ["一二", "三四", "五"]
    assert heard[1].words[0].start == pytest.approx(1.2)


async def test_a_stock_server_will_do() -> None:
    async with StockServer() as stock:
        assert [s.text for s in await again(stock.url).hear(spoken("一二 三"))] == ["一二", "三"]


async def test_it_waits_while_a_calls_captions_lag(serve_on: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asr_again, "RUSH", 0.01)
    lagging = [False] * 20
    heard = await again((await serve_on(0)).url, calm=lagging).hear(spoken("一"))
    assert [speech.text for speech in heard] == ["一"]
    assert lagging == [], "it looked again until nobody lagged"


async def test_a_server_that_dies_over_it_costs_a_beginning_anew(serve_on: Serve) -> None:
    async def dies(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.recv()
        socket.transport.abort()

    async with serve(dies, "127.0.0.1", 0) as server:
        mad = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        heard = await again(mad, (await serve_on(0)).url).hear(spoken("一二 三"))
    assert [speech.text for speech in heard] == ["一二", "三"]


async def test_nobody_there_is_told() -> None:
    async with asyncio.timeout(10):
        with pytest.raises(NobodyHears):
            await again(f"ws://127.0.0.1:{free_tcp()}").hear(spoken("一"))

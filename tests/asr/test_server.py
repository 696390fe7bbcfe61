"""The server as a stock client sees it, and as a bad one does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from asr.health import own_version
from asr.server import LARGEST_MESSAGE, READ_AHEAD, AsrServer
from asr.worker import Worker
from tests.asr.clients import finals, health, stock_client, told
from tests.asr.fake_engine import FakeEngine, poison, spoken

STREAMS = 3


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def server(engine: FakeEngine) -> AsyncIterator[AsrServer]:
    server = await AsrServer(Worker(engine, threads=2, streams=STREAMS), "127.0.0.1", 0).start()
    yield server
    engine.gate.set()
    await server.stop()


@pytest.fixture
async def ungated(engine: FakeEngine) -> AsyncIterator[AsrServer]:
    """As `--gate off` serves: silence is decoded like speech."""
    worker = Worker(engine, threads=2, streams=STREAMS, gated=False)
    server = await AsrServer(worker, "127.0.0.1", 0).start()
    yield server
    engine.gate.set()
    await server.stop()


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_a_stock_client(server: AsrServer, rate: int) -> None:
    answers = await stock_client(server.url, spoken("一二三 四五", rate), rate)
    assert finals(answers) == ["一 二 三", "四 五"]
    assert {"partial": "一 二"} in answers
    words = [word for answer in answers for word in answer.get("result", [])]  # type: ignore[attr-defined]
    assert [word["start"] for word in words] == pytest.approx([0.0, 0.3, 0.6, 1.5, 1.8])


async def test_the_last_words_come_with_eof(server: AsrServer) -> None:
    assert (await stock_client(server.url, spoken("九"), 8000))[-1]["text"] == "九"


async def test_partials_survive_an_engine_that_loses_them(server: AsrServer, engine: FakeEngine) -> None:
    engine.forgetful = True
    assert finals(await stock_client(server.url, spoken("一二", pause=0.0), 8000)) == ["一 二"]


async def test_one_clients_wishes_are_not_anothers(server: AsrServer, engine: FakeEngine) -> None:
    async with connect(server.url, proxy=None) as greedy, connect(server.url, proxy=None) as modest:
        for socket, config in ((greedy, {"model": "/another", "words": 0}), (modest, {"sample_rate": 8000})):
            await socket.send(json.dumps({"config": config}))
        with pytest.raises(ConnectionClosed) as ended:
            await greedy.recv()
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1008
        await modest.send(spoken("一"))
        assert json.loads(await modest.recv()) == {"partial": "一"}
    assert [options.words for options in engine.made] == [True]


@pytest.mark.parametrize("bad", ["nonsense", '{"config": {"sample_rate": 1}}', b"\0" * (LARGEST_MESSAGE + 1)])
async def test_a_bad_message_ends_only_its_own_connection(server: AsrServer, bad: str | bytes) -> None:
    async with connect(server.url, proxy=None) as good, connect(server.url, proxy=None) as evil:
        await good.send(spoken("一"))
        await evil.send(bad)
        with pytest.raises(ConnectionClosed):
            await evil.recv()
        assert json.loads(await good.recv()) == {"partial": "一"}


async def test_an_engine_that_fails_costs_one_stream(server: AsrServer) -> None:
    async with connect(server.url, proxy=None) as good, connect(server.url, proxy=None) as unlucky:
        await good.send(spoken("一"))
        await unlucky.send(poison())
        with pytest.raises(ConnectionClosed) as ended:
            await unlucky.recv()
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1011
        assert json.loads(await good.recv()) == {"partial": "一"}
    assert finals(await stock_client(server.url, spoken("二"), 8000)) == ["二"]


async def test_a_full_server_says_try_later_and_has_a_place_again_when_one_leaves(server: AsrServer) -> None:
    sockets = [await connect(server.url, proxy=None) for _ in range(STREAMS)]
    await told(server, streams=STREAMS)
    async with connect(server.url, proxy=None) as one_more:
        with pytest.raises(ConnectionClosed) as ended:
            await one_more.recv()
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1013
    for socket in sockets:
        await socket.close()
    await told(server, streams=0, refused_total=1)
    assert finals(await stock_client(server.url, spoken("一"), 8000)) == ["一"]


async def test_health_says_what_it_serves(server: AsrServer) -> None:
    await stock_client(server.url, spoken("一二三"), 8000)
    tells = await health(server)
    assert (tells["model"], tells["rate"], tells["streams_total"]) == ("fake-model", 8000, 1)
    assert tells["audio_seconds"] == pytest.approx(0.9)
    assert (tells["model_sha256"], tells["software"], tells["version"]) == ("f" * 64, "fake 1", own_version())
    assert tells["phrases"] is False
    assert (tells["threads"], tells["streams"], tells["streams_most"]) == (2, 0, STREAMS)
    assert (tells["state"], tells["partial_interval"], tells["gated"]) == ("ok", 0.0, True)
    assert 0 <= tells["queue_lag"] < 0.15


async def _send_until_stuck(socket: ClientConnection, piece: bytes) -> int:
    """Messages handed over until one cannot leave; it lies in the client's own buffer then and goes later."""
    for number in range(READ_AHEAD + 60):
        try:
            await asyncio.wait_for(socket.send(piece), 1)
        except TimeoutError:
            return number + 1
    pytest.fail("the server never held the sender back")


async def test_who_sends_faster_than_we_decode_is_held_back_and_loses_nothing(
    ungated: AsrServer, engine: FakeEngine
) -> None:
    engine.gate.clear()
    async with connect(ungated.url, proxy=None, max_queue=None) as socket:
        sent = await _send_until_stuck(socket, bytes(LARGEST_MESSAGE))
        engine.gate.set()
        async with asyncio.timeout(20):
            for _ in range(sent):
                assert [*json.loads(await socket.recv()).values()] == [""]
    assert engine.bytes == sent * LARGEST_MESSAGE


async def test_stopping_tells_clients_to_go_and_is_harmless_twice(server: AsrServer) -> None:
    async with connect(server.url, proxy=None) as socket:
        await socket.send(spoken("一"))
        await socket.recv()
        stopping = asyncio.create_task(server.stop())
        with pytest.raises(ConnectionClosed) as ended:
            await socket.recv()
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1001
        await stopping
    await server.stop()
    with pytest.raises(OSError):
        await connect(server.url, proxy=None)

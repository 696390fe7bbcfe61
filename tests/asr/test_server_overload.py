"""Too much for the machine, seen from its sockets: no place, held back, interim results thinned; finals
whole."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from asr import server as server_module
from asr.inbox import MOST_BYTES
from asr.options import Options
from asr.server import AsrServer
from asr.worker import Worker
from tests.asr.clients import LIMIT, finals, health, stock_client, told
from tests.asr.fake_engine import FakeEngine, FakeRecogniser, spoken

TENTH = 1600
SAID = "一二三四五六七八九"


class SlowEngine(FakeEngine):
    """Takes as long over a tenth of a second as two streams have time for; counts interim results."""

    partials = 0

    def recogniser(self, options: Options, at: int = 0) -> FakeRecogniser:
        return SlowRecogniser(self, options, at)


class SlowRecogniser(FakeRecogniser):
    engine: SlowEngine

    def accept(self, pcm: bytes) -> str:
        time.sleep(0.02 * len(pcm) / TENTH)
        return super().accept(pcm)

    def partial(self) -> str:
        self.engine.partials += 1
        return super().partial()


async def answers(socket: ClientConnection, count: int) -> list[dict[str, object]]:
    async with asyncio.timeout(2 * LIMIT):
        return [json.loads(await socket.recv()) for _ in range(count)]


async def pour(socket: ClientConnection, pcm: bytes) -> int:
    """All of it, as fast as it is taken, and eof; how many answers are due."""
    pieces = [pcm[at : at + TENTH] for at in range(0, len(pcm), TENTH)]
    for piece in pieces:
        await socket.send(piece)
    await socket.send('{"eof" : 1}')
    return len(pieces) + 1


async def test_interim_results_thin_out_first_and_every_final_is_whole() -> None:
    """Four streams at once, faster than one thread decodes: each message has its answer, most of them nothing
    new; the health answer says why; no word is missing or moved."""
    engine = SlowEngine()
    server = await AsrServer(Worker(engine, threads=1, streams=8), "127.0.0.1", 0).start()
    pcm = spoken(SAID)
    try:
        async with asyncio.TaskGroup() as group:
            sockets = [await connect(server.url, proxy=None, max_queue=None) for _ in range(4)]
            sent = [group.create_task(pour(socket, pcm)) for socket in sockets]
            got = [group.create_task(answers(socket, -(-len(pcm) // TENTH) + 1)) for socket in sockets]
            states = set()
            while not all(task.done() for task in got):
                now = await health(server)
                states.add((now["state"], now["partial_interval"] > 0))
        assert {task.result() for task in sent} == {len(got[0].result())}
        for task in got:
            assert finals(task.result()) == [" ".join(SAID)]
            (last,) = [each for each in task.result() if each.get("text")]
            starts = [word["start"] for word in last["result"]]  # type: ignore[attr-defined]
            assert starts == pytest.approx([0.3 * number for number in range(len(SAID))])
        assert {("thinned", True), ("behind", True)} & states
        messages = sum(len(task.result()) for task in got)
        assert engine.partials < messages / 3
        await told(server, streams=0, vanished_total=0, failed_total=0)
        for socket in sockets:
            await socket.close()
    finally:
        await server.stop()


async def _until_held(socket: ClientConnection, piece: bytes) -> int:
    """Messages until one cannot leave: the kernel's buffers of both ends are full, and nobody reads."""
    for number in range(100_000):
        try:
            await asyncio.wait_for(socket.send(piece), 1)
        except TimeoutError:
            return number + 1
    pytest.fail("never held back")


async def test_who_pours_faster_than_we_decode_is_left_unread_and_loses_nothing() -> None:
    """While the recogniser stands still, what is taken in of one stream is the inbox and little more,
    whatever lies in the sockets; another client is answered meanwhile; then all comes out."""
    engine = FakeEngine()
    server = await AsrServer(Worker(engine, threads=2, streams=8, gated=False), "127.0.0.1", 0).start()
    piece = spoken("一")[:TENTH] + bytes(160 * 1000 - TENTH)
    try:
        async with connect(server.url, proxy=None, max_queue=None) as socket:
            engine.gate.clear()
            sent = await _until_held(socket, piece)
            (inside,) = server._server.connections if server._server else ()
            frames = sum(len(frame.data) for frame in inside.recv_messages.frames.queue)
            assert frames <= 16 * len(piece), "read ahead"
            assert sent * len(piece) > frames + MOST_BYTES, "the rest waits in the kernel"
            neighbour = asyncio.create_task(stock_client(server.url, b"", 8000))
            assert await neighbour == [{"result": [], "text": ""}]
            engine.gate.set()
            heard = finals(await answers(socket, sent))
            assert heard == ["一"] * sent
        assert engine.bytes == sent * len(piece)
    finally:
        engine.gate.set()
        await server.stop()


async def test_who_is_held_back_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """His pongs lie behind his voice, in a socket that we leave unread ourselves."""
    for name in ("PING_SECONDS", "PONG_SECONDS"):
        monkeypatch.setattr(server_module, name, 0.1)
    engine = FakeEngine()
    server = await AsrServer(Worker(engine, threads=2, streams=8, gated=False), "127.0.0.1", 0).start()
    try:
        async with connect(server.url, proxy=None, max_queue=None, ping_interval=None) as socket:
            engine.gate.clear()
            sent = await _until_held(socket, bytes(160_000))  # for a second and more nothing moves
            engine.gate.set()
            assert len(await answers(socket, sent)) == sent
            await told(server, streams=1, vanished_total=0)
    finally:
        engine.gate.set()
        await server.stop()


async def test_no_place_is_refused_with_the_reason_counted_and_free_again() -> None:
    server = await AsrServer(Worker(FakeEngine(), threads=1, streams=1), "127.0.0.1", 0).start()
    try:
        async with connect(server.url, proxy=None) as first:
            await told(server, streams=1)
            for number in (1, 2):
                async with connect(server.url, proxy=None) as second:
                    with pytest.raises(ConnectionClosed) as ended:
                        await asyncio.wait_for(second.recv(), LIMIT)
                assert ended.value.rcvd is not None
                assert (ended.value.rcvd.code, "1 streams" in ended.value.rcvd.reason) == (1013, True)
                await told(server, streams=1, streams_total=1, refused_total=number, bad_total=0)
            await first.send(spoken("一"))
            assert json.loads(await first.recv()) == {"partial": "一"}
        assert finals(await stock_client(server.url, spoken("二"), 8000)) == ["二"]
    finally:
        await server.stop()

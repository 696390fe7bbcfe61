"""What a bad client sends or does: one clear close code, one count of the right name, and nobody else hears
anything of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from asr import server as server_module
from asr.server import LARGEST_MESSAGE, AsrServer
from asr.worker import Worker
from tests.asr.clients import LIMIT, Raw, finals, frame, stock_client, told
from tests.asr.fake_engine import FakeEngine, poison, spoken

CALM = {"bad_total": 0, "failed_total": 0, "vanished_total": 0, "refused_total": 0}


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def server(engine: FakeEngine) -> AsyncIterator[AsrServer]:
    server = await AsrServer(Worker(engine, threads=2, streams=8), "127.0.0.1", 0).start()
    yield server
    engine.gate.set()
    await server.stop()


@asynccontextmanager
async def beside(server: AsrServer) -> AsyncIterator[ClientConnection]:
    """A good stream that is in the middle of a sentence; at the end its words are whole, each at its time."""
    async with connect(server.url, proxy=None) as good:
        await good.send('{"config": {"sample_rate": 8000}}')
        await good.send(spoken("一二"))
        assert json.loads(await asyncio.wait_for(good.recv(), LIMIT)) == {"partial": "一 二"}
        yield good
        await good.send(spoken("三四"))
        await asyncio.wait_for(good.recv(), LIMIT)
        await good.send('{"eof" : 1}')
        last = json.loads(await asyncio.wait_for(good.recv(), LIMIT))
    assert last["text"] == "一 二 三 四"
    assert [word["start"] for word in last["result"]] == pytest.approx([0.0, 0.3, 0.6, 0.9])


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """The code and reason with which the server ends it; answers before that are read over."""
    try:
        async with asyncio.timeout(LIMIT):
            async for _ in socket:
                pass
    except ConnectionClosed:
        pass
    return socket.close_code or 0, socket.close_reason or ""


def config(**options: object) -> str:
    return json.dumps({"config": options})


WRONG = {
    "no JSON": ("{broken", "JSON"),
    "no object": ("[1]", "expected"),
    "nothing in it": ("{}", "expected"),
    "config is a text": ('{"config": "x"}', "object"),
    "config is null": ('{"config": null}', "object"),
    "rate 0": (config(sample_rate=0), "sample_rate"),
    "rate negative": (config(sample_rate=-8000), "sample_rate"),
    "rate 7999": (config(sample_rate=7999), "sample_rate"),
    "rate 1e9": (config(sample_rate=1e9), "sample_rate"),
    "rate a word": (config(sample_rate="eight"), "sample_rate"),
    "rate NaN": ('{"config": {"sample_rate": NaN}}', "sample_rate"),
    "rate endless": ('{"config": {"sample_rate": Infinity}}', "sample_rate"),
    "rate true": (config(sample_rate=True), "sample_rate"),
    "rate a list": (config(sample_rate=[8000]), "sample_rate"),
    "rate null": (config(sample_rate=None), "sample_rate"),
    "words a text": (config(words="false"), "words"),
    "words a list": (config(words=[]), "words"),
    "alternatives a word": (config(max_alternatives="many"), "max_alternatives"),
    "phrases an object": (config(phrase_list={"一": 1}), "phrase_list"),
    "phrases of numbers": (config(phrase_list=[1]), "phrase"),
    "another model": (config(model="/models/en"), "fake-model"),
}


@pytest.mark.parametrize(("message", "word"), WRONG.values(), ids=WRONG)
async def test_a_message_that_breaks_the_protocol_is_refused_with_the_reason_and_counted(
    server: AsrServer, message: str, word: str
) -> None:
    async with beside(server), connect(server.url, proxy=None) as evil:
        await evil.send(message)
        code, reason = await closed(evil)
        assert (code, word in reason) == (1008, True), reason
        await told(server, **{**CALM, "bad_total": 1}, streams=1)


async def _oversize(socket: ClientConnection) -> None:
    await socket.send(bytes(LARGEST_MESSAGE + 1))


async def _oversize_in_parts(socket: ClientConnection) -> None:
    parts: Iterable[bytes] = [bytes(LARGEST_MESSAGE // 2)] * 3
    await socket.send(parts)


async def _oversize_while_decoding(socket: ClientConnection) -> None:
    await socket.send(spoken("一"))
    await socket.send(bytes(LARGEST_MESSAGE + 1))


async def _no_utf8(socket: ClientConnection) -> None:
    await socket.send(b"\xff\xfe", text=True)


@pytest.mark.parametrize(
    ("does", "code"),
    [(_oversize, 1009), (_oversize_in_parts, 1009), (_oversize_while_decoding, 1009), (_no_utf8, 1007)],
)
async def test_what_the_websocket_library_refuses_is_bad_too_and_nobody_has_vanished(
    server: AsrServer, does, code: int
) -> None:  # type: ignore[no-untyped-def]
    async with beside(server), connect(server.url, proxy=None) as evil:
        await does(evil)
        assert (await closed(evil))[0] == code
        await told(server, **{**CALM, "bad_total": 1}, streams=1)


@pytest.mark.parametrize("bad", [frame(b"", length=LARGEST_MESSAGE + 1), b"\x82\x01\0", b"\xff" * 20])
async def test_and_so_it_is_when_the_client_never_takes_leave(server: AsrServer, bad: bytes) -> None:
    """Too long, unmasked, no frame at all; and then the line is cut instead of the closing handshake."""
    async with beside(server):
        async with Raw(server) as evil:
            await evil.send(bad)
            await asyncio.wait_for(evil.reader.readexactly(2), LIMIT)  # our close frame's head
        await told(server, **{**CALM, "bad_total": 1}, streams=1)


async def test_too_long_a_message_in_the_middle_of_a_decode(server: AsrServer, engine: FakeEngine) -> None:
    """Its answer cannot be sent any more; that is not the same as a client that has gone."""
    async with connect(server.url, proxy=None) as evil:
        engine.gate.clear()
        await evil.send(spoken("一"))
        assert await asyncio.to_thread(engine.waiting.wait, LIMIT)
        await evil.send(bytes(LARGEST_MESSAGE + 1))
        assert (await closed(evil))[0] == 1009
        await told(server, streams=0)
        engine.gate.set()
        await told(server, **{**CALM, "bad_total": 1})


async def test_a_recogniser_that_breaks_is_our_failure_and_no_other_count(server: AsrServer) -> None:
    async with beside(server), connect(server.url, proxy=None) as unlucky:
        await unlucky.send(poison())
        assert (await closed(unlucky))[0] == 1011
        await told(server, **{**CALM, "failed_total": 1}, streams=1)


async def test_half_a_sample_at_the_end_and_in_the_middle(server: AsrServer) -> None:
    """In the middle it waits for its other half, or all that follows would be noise; at the end it is no
    sound and left out. Neither is a fault."""
    pcm = spoken("一二三")
    async with connect(server.url, proxy=None) as client:
        for piece in (pcm[:1601], pcm[1601:1602], b"", pcm[1602:7777], pcm[7777:], b"\x7f"):
            await client.send(piece)
            json.loads(await asyncio.wait_for(client.recv(), LIMIT))
        await client.send('{"eof" : 1}')
        last = json.loads(await asyncio.wait_for(client.recv(), LIMIT))
        assert (await closed(client))[0] == 1000
    assert last["text"] == "一 二 三"
    assert [word["start"] for word in last["result"]] == pytest.approx([0.0, 0.3, 0.6])
    await told(server, **CALM, streams=0)


async def test_what_comes_after_eof_is_left_and_the_end_is_as_agreed(server: AsrServer) -> None:
    async with connect(server.url, proxy=None) as client:
        for message in (spoken("一"), '{"eof" : 1}', "{broken", '{"eof" : 1}', spoken("二")):
            await client.send(message)
        answers = [json.loads(await asyncio.wait_for(client.recv(), LIMIT)) for _ in range(2)]
        assert (await closed(client))[0] == 1000
    assert [answer.get("text") for answer in answers] == [None, "一"]
    await told(server, **CALM, streams=0)


async def test_voice_before_any_config_is_a_telephones(server: AsrServer) -> None:
    async with connect(server.url, proxy=None) as client:
        await client.send(spoken("五"))
        await client.recv()
        await client.send('{"eof" : 1}')
        last = json.loads(await asyncio.wait_for(client.recv(), LIMIT))
    assert (last["text"], last["result"][0]["end"]) == ("五", pytest.approx(0.2))
    await told(server, **CALM)


async def test_of_two_configs_before_the_first_voice_the_last_counts_and_after_it_none(
    server: AsrServer, engine: FakeEngine
) -> None:
    async with connect(server.url, proxy=None) as client:
        for message in (config(sample_rate=8000), config(sample_rate=16_000, words=0)):
            await client.send(message)
        await client.send(spoken("五", 16_000))
        await client.recv()
        await client.send(config(sample_rate=8000, words=1))
        await client.send('{"eof" : 1}')
        assert json.loads(await asyncio.wait_for(client.recv(), LIMIT)) == {"text": "五"}
    assert [(each.sample_rate, each.words) for each in engine.made] == [(16_000, False)]
    await told(server, **CALM)


# --- who vanishes


async def test_cut_off_in_the_middle_of_a_frame(server: AsrServer, engine: FakeEngine) -> None:
    async with beside(server):
        async with Raw(server) as client:
            await client.send(frame(spoken("九")) + frame(bytes(100), length=3200))
            await asyncio.wait_for(client.reader.readexactly(4), LIMIT)  # the first one's answer comes
        await told(server, **{**CALM, "vanished_total": 1}, streams=1)


@pytest.mark.parametrize("politely", [True, False])
async def test_gone_while_it_is_decoded_gives_the_place_back_at_once(
    server: AsrServer, engine: FakeEngine, politely: bool
) -> None:
    """Before the piece is done, that is: the thread is still at it when the place is free."""
    async with beside(server):
        engine.gate.clear()
        async with Raw(server) as client:
            await client.send(frame(spoken("九")))
            assert await asyncio.to_thread(engine.waiting.wait, LIMIT)
            if politely:
                await client.send(frame(b"\x03\xe8", opcode=8))
        await told(server, streams=1)
        engine.gate.set()
        await told(server, **{**CALM, "vanished_total": 1}, streams=1)


async def test_what_waited_for_a_thread_is_not_decoded_for_nobody(engine: FakeEngine) -> None:
    server = await AsrServer(Worker(engine, threads=1, streams=8), "127.0.0.1", 0).start()
    try:
        async with connect(server.url, proxy=None) as good:
            engine.gate.clear()
            await good.send(spoken("一"))
            assert await asyncio.to_thread(engine.waiting.wait, LIMIT)
            async with Raw(server) as client:
                await client.send(frame(spoken("九") * 60))
                await told(server, streams=2)
            await told(server, streams=1)
            engine.gate.set()
            assert json.loads(await asyncio.wait_for(good.recv(), LIMIT)) == {"partial": "一"}
            await told(server, vanished_total=1)
            assert engine.bytes == len(spoken("一"))
    finally:
        engine.gate.set()
        await server.stop()


async def test_a_line_gone_without_a_word_is_found_out(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half open: the connection stands, and nobody answers at its other end."""
    for name in ("PING_SECONDS", "PONG_SECONDS", "CLOSE_SECONDS"):
        monkeypatch.setattr(server_module, name, 0.1)
    server = await AsrServer(Worker(engine, threads=2, streams=8), "127.0.0.1", 0).start()
    try:
        async with beside(server), Raw(server) as client:
            await client.send(frame(spoken("九")))
            await told(server, streams=2)
            await told(server, **{**CALM, "vanished_total": 1}, streams=1)
    finally:
        await server.stop()


async def test_one_who_leaves_after_his_last_answer_has_not_vanished_nor_one_whom_we_send_away(
    server: AsrServer,
) -> None:
    assert finals(await stock_client(server.url, spoken("一"), 8000)) == ["一"]
    async with connect(server.url, proxy=None) as client:
        await client.send(spoken("一"))
        await client.recv()
        await server.stop()
        assert (await closed(client))[0] == 1001
    counts = server._worker.counts
    assert (counts.bad_total, counts.vanished_total, counts.failed_total) == (0, 0, 0)

"""Several recognisers: a server that dies, sticks, fills up or talks nonsense in the middle of a sentence
costs no word and doubles none, whoever made it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from asr.server import AsrServer
from bridge.adapters import asr_client, asr_line, metrics
from bridge.adapters.asr_client import AsrClient
from tests.adapters.asr_ears import Connect, Listener, Serve, StillClock, ears, say
from tests.adapters.stock_server import StockServer
from tests.asr.fake_engine import FakeEngine, spoken
from tests.peers.certificates import Authority
from tests.peers.ports import free_tcp

pytestmark = pytest.mark.usefixtures("no_tail")

WHOLE = ["九八", "一二三四五"]
TIMES = [1000.0, 1000.3, 1001.2, 1001.5, 1001.8, 1002.1, 1002.4]


def kill(server: AsrServer) -> None:
    """As a killed process: no goodbye."""
    assert server._server is not None
    server._server.server.close()
    for connection in server._server.connections:
        connection.transport.abort()


async def finish(client: AsrClient, listener: Listener) -> None:
    """The second half of the sentence, and the end."""
    say(client, spoken("四五"), at=1002.1)
    client.close("a")
    await listener.until(listener.is_("done"))
    assert listener.finals() == WHOLE, "nothing lost, nothing twice"
    assert [at for _, at in listener.words()] == pytest.approx(TIMES), "each where it was said"
    assert listener.missed == []


async def begin(client: AsrClient, listener: Listener) -> None:
    say(client, spoken("九八 一二三"))
    await listener.until(listener.shows("一二三"))


async def test_killed_in_the_middle_of_a_sentence_another_goes_on(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    first, second = await serve_on(0), await serve_on(0)
    client = await connected(first.url, second.url)
    await begin(client, listener)
    kill(first)
    await finish(client, listener)
    assert [state for _, state in listener.states] == ["up", "done"], "nobody was told to wait"
    assert second._worker.counts.streams_total == 1


async def test_from_a_stock_server_to_ours(serve_on: Serve, connected: Connect, listener: Listener) -> None:
    async with StockServer() as stock:
        client = await connected(stock.url, (ours := await serve_on(0)).url)
        await begin(client, listener)
        stock.die()
        await finish(client, listener)
        assert (stock.streams, ours._worker.counts.streams_total) == (1, 1)


async def test_from_ours_to_a_stock_server(serve_on: Serve, connected: Connect, listener: Listener) -> None:
    ours = await serve_on(0)
    async with StockServer() as stock:
        client = await connected(ours.url, stock.url)
        await begin(client, listener)
        kill(ours)
        await finish(client, listener)
        assert stock.streams == 1


async def test_one_that_sticks_is_left_sooner_when_there_is_another(
    serve_on: Serve, connected: Connect, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asr_line, "ELSEWHERE_SECONDS", 0.2)
    stuck: list[int] = []

    async def sticks(socket: ServerConnection) -> None:
        async for message in socket:
            stuck.append(len(message))

    async with serve(sticks, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = await connected(url, (await serve_on(0)).url)
        await begin(client, listener)
        assert stuck
        await finish(client, listener)


async def _nonsense(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send("<html>")


async def _number(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send("17")


async def _times(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send('{"text": "一", "result": [{"word": "一", "start": NaN, "end": 1}]}')


async def _binary(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send(message)


async def _full(socket: ServerConnection) -> None:
    await socket.close(1013, "try later")


async def _huge(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send("x" * (asr_line.LARGEST_ANSWER + 1))


async def _shape(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send('{"partial": null}')


async def _nothing(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send("{}")


async def _leaves(socket: ServerConnection) -> None:
    """At once, and politely."""
    await socket.close()


@pytest.mark.parametrize(
    "mad", [_nonsense, _number, _times, _binary, _full, _huge, _shape, _nothing, _leaves]
)
async def test_a_mad_server_costs_nothing_where_there_is_a_sane_one(
    mad: Callable[[ServerConnection], Awaitable[None]],
    serve_on: Serve,
    connected: Connect,
    listener: Listener,
    clock: StillClock,
) -> None:
    errors = {
        _nonsense: "ProtocolError", _number: "ProtocolError", _times: "ProtocolError",
        _binary: "ProtocolError", _full: "full", _huge: "ConnectionClosedError",
        _shape: "ProtocolError", _nothing: "ProtocolError", _leaves: "ConnectionClosedOK",
    }  # fmt: skip
    counted = metrics.ASR_TROUBLE.labels(errors[mad])._value
    before = counted.get()
    async with serve(mad, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = await connected(url, (await serve_on(0)).url)
        await begin(client, listener)
        assert counted.get() == before + 1
        await finish(client, listener)


HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HTML, "InvalidStatus"),
        (b"220 mail.example ESMTP\r\n\r\n", "InvalidMessage"),
        (b"\0" * 5000, "InvalidMessage"),
        (b"", "InvalidMessage"),
    ],
    ids=["a web page", "another protocol", "binary", "closes at once"],
)
async def test_who_is_no_recogniser_at_all_costs_nothing_where_there_is_one(
    answer: bytes, error: str, serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    counted = metrics.ASR_TROUBLE.labels(error)._value
    before = counted.get()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answers, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = await connected(url, (await serve_on(0)).url)
        await begin(client, listener)
        assert counted.get() == before + 1
        await finish(client, listener)


async def test_others_go_on_untouched_while_one_server_is_mad(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    """Its own leg moves; those elsewhere never notice, and no new one is brought to it after three."""
    tries: list[int] = []

    async def mad(socket: ServerConnection) -> None:
        tries.append(1)
        await _nonsense(socket)

    async with serve(mad, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = await connected(url, (await serve_on(0)).url)
        legs = [f"leg {n}" for n in range(6)]
        for leg in legs:
            client.open(leg)
            say(client, spoken("一二"), leg=leg)
            client.close(leg)
            await listener.until(listener.is_("done", leg))
            assert listener.finals(leg) == ["一二"]
        await client.stop()
    assert 1 <= len(tries) <= 3


async def test_all_of_them_dead_and_one_comes_back(
    serve_on: Serve, connected: Connect, listener: Listener, clock: StillClock
) -> None:
    ports = [free_tcp(), free_tcp()]
    client = await connected(*(f"ws://127.0.0.1:{port}" for port in ports))
    say(client, spoken("九八 一二三"))
    await listener.until(listener.is_("pending"))
    await serve_on(ports[1])
    await listener.until(listener.shows("一二三"))
    await finish(client, listener)
    assert [state for _, state in listener.states] == ["up", "pending", "up", "done"][1:]


async def test_a_full_server_is_no_dead_one(
    serve_on: Serve, connected: Connect, listener: Listener, engine: FakeEngine
) -> None:
    """All places taken (1013): the captions wait and say so, and come when there is room."""
    server = await serve_on(0)
    taken = [server._worker.stream() for _ in range(8)]
    client = await connected(server.url)
    say(client, spoken("一二"))
    await listener.until(listener.is_("pending"))
    for stream in taken:
        stream.close()
    client.close("a")
    await listener.until(listener.is_("done"))
    assert listener.finals() == ["一二"]
    assert listener.missed == []


async def test_where_one_is_full_the_next_is_taken_and_nobody_waits(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    full, other = await serve_on(0), await serve_on(0)
    taken = [full._worker.stream() for _ in range(8)]
    client = await connected(full.url, other.url)
    await begin(client, listener)
    await finish(client, listener)
    assert [state for _, state in listener.states] == ["up", "done"]
    assert (full._worker.counts.refused_total, other._worker.counts.streams_total) == (1, 1)
    for stream in taken:
        stream.close()


async def test_words_after_the_end_was_told_are_still_taken(
    serve_on: Serve, connected: Connect, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The media process hands a leg's last words out when it is told of the end, which we know before it."""
    monkeypatch.setattr(asr_client, "TAIL", 0.3)
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一"))
    client.close("a")
    say(client, spoken("二"), at=1000.3)
    await listener.until(listener.is_("done"))
    assert listener.finals() == ["一二"]


async def test_what_is_abandoned_is_told_as_missed_and_what_was_shown_stays(
    serve_on: Serve, connected: Connect, listener: Listener, engine: FakeEngine
) -> None:
    client = await connected((await serve_on(0)).url)
    say(client, spoken("九 一二"))
    await listener.until(listener.shows("一二"))
    engine.gate.clear()
    say(client, spoken("三四"), at=1001.5)
    client.close("a")
    client.abandon("a")
    client.abandon("a")
    assert listener.finals() == ["九", "一二"]
    assert listener.states[-1] == ("a", "done")
    ((_, since, until),) = listener.missed
    assert since < 1000.95
    assert until == pytest.approx(1002.1)


# --- wss://


async def test_a_tls_server_is_heard_where_its_certificate_is_vouched_for(
    tmp_path: Path, engine: FakeEngine, listener: Listener, clock: StillClock
) -> None:
    authority = Authority(tmp_path, "asr-ca")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("asr", ip="127.0.0.1"))

    async def talk(socket: ServerConnection) -> None:
        async for message in socket:
            if isinstance(message, bytes):
                await socket.send('{"partial": "一"}')
            elif "eof" in message:
                await socket.send('{"text": "一"}')
                return

    async with serve(talk, "127.0.0.1", 0, ssl=context) as server:
        url = f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        trusting = ears(listener, clock, url, trust=ssl.create_default_context(cafile=authority.ca))
        await trusting.start()
        trusting.open("a")
        say(trusting, spoken("一"))
        trusting.close("a")
        await listener.until(listener.is_("done"))
        assert listener.finals() == ["一"]
        counted = metrics.ASR_TROUBLE.labels("SSLCertVerificationError")._value
        before, stranger = counted.get(), Listener()
        doubting = ears(stranger, clock, url)
        await doubting.start()
        doubting.open("a")
        await stranger.until(stranger.is_("pending"))
        assert counted.get() > before
        await doubting.stop()
        await trusting.stop()


async def test_a_server_that_takes_the_connection_and_says_nothing(
    connected: Connect, serve_on: Serve, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No WebSocket handshake ever comes: after the time to connect the next one is tried."""
    monkeypatch.setattr(asr_line, "CONNECT_SECONDS", 0.2)
    with contextlib.closing(socket.socket()) as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        client = await connected(f"ws://127.0.0.1:{mute.getsockname()[1]}", (await serve_on(0)).url)
        await begin(client, listener)
        await finish(client, listener)

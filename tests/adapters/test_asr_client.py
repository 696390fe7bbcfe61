"""The ears' nerve against a real server (ours, with the hand-written engine), and servers dead, slow and
mad."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve

from asr.words import Speech
from bridge.adapters import asr_client, asr_line
from tests.adapters.asr_ears import (
    BEGIN,
    PIECE,
    Connect,
    Listener,
    Serve,
    StillClock,
    dropped,
    ears,
    port_of,
    say,
)
from tests.asr.fake_engine import FakeEngine, poison, spoken
from tests.peers.ports import free_tcp

pytestmark = pytest.mark.usefixtures("no_tail")

# --- all is well --------------------------------------------------------------------------------------------


async def test_words_come_with_their_time_and_the_last_ones_after_close(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一二 三"))
    client.close("a")
    await listener.until(listener.is_("done"))
    assert listener.finals() == ["一二", "三"]
    assert listener.words() == [("一", 1000.0), ("二", 1000.3), ("三", 1001.2)]
    assert [state for _, state in listener.states] == ["up", "done"]
    assert {t0 for _, _, t0 in listener.speech} == {BEGIN}


async def test_partials_come_as_it_is_said(serve_on: Serve, connected: Connect, listener: Listener) -> None:
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一二"))
    await listener.until(listener.shows("一二"))
    assert listener.finals() == []


async def test_a_finals_voice_is_at_hand_while_it_is_told_and_no_longer(
    serve_on: Serve, listener: Listener, clock: StillClock
) -> None:
    client = ears(listener, clock, (await serve_on(0)).url)
    voices: dict[str, bytes] = {}

    def on_speech(leg: str, speech: Speech, t0: float) -> None:
        said = client.just_said(leg)
        assert (said is not None) == (speech.kind == "final")
        if said is not None:
            voices[speech.text] = said.between(t0 + speech.words[0].start, t0 + speech.words[-1].end)
        listener.on_speech(leg, speech, t0)

    client._on_speech = on_speech
    await client.start()
    client.open("a")
    pcm = spoken("一二 三")
    say(client, pcm)
    await listener.until(lambda: listener.finals() == ["一二"])
    assert client.just_said("a") is None
    client.close("a")
    await listener.until(listener.is_("done"))
    assert voices == {"一二": pcm[:8000], "三": pcm[-4800:-1600]}
    assert client.just_said("nobody") is None
    await client.stop()


async def test_two_legs_are_two_streams(serve_on: Serve, connected: Connect, listener: Listener) -> None:
    server = await serve_on(0)
    client = await connected(server.url)
    client.open("b")
    client.open("b")
    say(client, spoken("一一"), leg="a")
    say(client, spoken("二二"), at=2000.0, leg="b")
    for leg in ("a", "b"):
        client.close(leg)
        await listener.until(listener.is_("done", leg))
    assert (listener.finals("a"), listener.finals("b")) == (["一一"], ["二二"])
    assert listener.words("b")[0] == ("二", 2000.0)
    assert server._worker.counts.streams_total == 2


async def test_a_pause_in_the_tap_moves_only_later_words(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一"))
    say(client, spoken("二"), at=1060.0)
    client.close("a")
    await listener.until(listener.is_("done"))
    assert listener.words() == [("一", 1000.0), ("二", 1060.0)]


async def test_legs_opened_before_start_are_served(
    serve_on: Serve, listener: Listener, clock: StillClock
) -> None:
    server = await serve_on(0)
    client = ears(listener, clock, server.url)
    client.open("a")
    say(client, spoken("一"))
    await client.start()
    client.close("a")
    await listener.until(listener.is_("done"))
    await client.stop()
    assert listener.finals() == ["一"]


async def test_a_leg_opened_again_while_closing_stays_open(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一"))
    client.close("a")
    client.open("a")
    say(client, spoken("二"), at=1010.0)
    client.close("a")
    await listener.until(listener.is_("done"))
    assert "".join(listener.finals()) == "一二"
    assert listener.words()[-1] == ("二", 1010.0)


async def test_a_leg_without_a_word_is_done_at_once(connected: Connect, listener: Listener) -> None:
    client = await connected(f"ws://127.0.0.1:{free_tcp()}")
    client.close("a")
    client.close("a")
    client.close("unknown")
    await listener.until(listener.is_("done"))


async def test_voice_of_a_leg_that_is_not_open_is_counted(connected: Connect) -> None:
    client = await connected(f"ws://127.0.0.1:{free_tcp()}")
    before = dropped("closed")
    client.feed("never opened", 1.0, bytes(16_000))
    assert dropped("closed") == before + 1.0


async def test_a_sixteen_kilohertz_farm_gets_sixteen_kilohertz(
    serve_on: Serve, connected: Connect, listener: Listener, engine: FakeEngine
) -> None:
    client = await connected((await serve_on(0, gated=False)).url, sample_rate=16_000)
    say(client, bytes(16_000))
    client.close("a")
    await listener.until(listener.is_("done"))
    assert engine.made[0].sample_rate == 16_000
    assert engine.bytes == 32_000


def test_other_rates_are_refused(listener: Listener, clock: StillClock) -> None:
    with pytest.raises(ValueError, match="44100"):
        ears(listener, clock, "ws://x", sample_rate=44100)


async def test_a_listener_that_fails_does_not_cost_the_rest(serve_on: Serve, clock: StillClock) -> None:
    done = asyncio.Event()
    heard: list[str] = []

    def on_speech(_leg: str, speech: Speech, _t0: float) -> None:
        heard.append(speech.text)
        raise RuntimeError("listener's fault")

    def on_state(_leg: str, state: str) -> None:
        if state == "done":
            done.set()
        raise RuntimeError("listener's fault")

    listener = Listener()
    listener.on_speech, listener.on_state = on_speech, on_state  # type: ignore[method-assign]
    client = ears(listener, clock, (await serve_on(0)).url)
    await client.start()
    client.open("a")
    say(client, spoken("一 二"))
    client.close("a")
    async with asyncio.timeout(10):
        await done.wait()
    await client.stop()
    assert heard[-1] == "二"


# --- and when it is not -------------------------------------------------------------------------------------


async def test_a_dead_server_costs_only_what_is_older_than_ten_seconds(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    port, before = free_tcp(), dropped("full")
    client = await connected(f"ws://127.0.0.1:{port}")
    say(client, spoken("一二三四五" * 10))  # 15 s
    await listener.until(listener.is_("pending"))
    assert dropped("full") - before == pytest.approx(5.0)
    await serve_on(port)
    client.close("a")
    await listener.until(listener.is_("done"))
    said = listener.words()
    assert "".join(listener.finals()).endswith("一二三四五" * 6)
    assert said[-1] == ("五", 1014.7)
    assert all(
        round((at - BEGIN) / 0.3) % 5 == "一二三四五".index(word) for word, at in said[1:]
    )  # each word where it was said


async def test_a_server_killed_in_the_middle_of_a_sentence(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    first = await serve_on(0)
    client = await connected(first.url)
    say(client, spoken("九八 一二三"))
    await listener.until(listener.shows("一二三"))
    assert first._server is not None
    first._server.server.close()
    for connection in first._server.connections:
        connection.transport.abort()  # as a killed process: no goodbye
    await first.stop()
    say(client, spoken("四五"), at=1002.1)
    await listener.until(listener.is_("pending"))
    await serve_on(port_of(first))
    await listener.until(listener.is_("up"))
    client.close("a")
    await listener.until(listener.is_("done"))
    assert listener.finals() == ["九八", "一二三四五"]  # nothing lost, nothing twice
    assert [at for _, at in listener.words()] == pytest.approx(
        [1000.0, 1000.3, 1001.2, 1001.5, 1001.8, 1002.1, 1002.4]
    )


async def test_a_stalled_server_holds_up_nobody_and_memory_is_bounded(
    serve_on: Serve,
    connected: Connect,
    listener: Listener,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asr_line, "ANSWER_SECONDS", 0.2)
    engine.gate.clear()
    before = dropped("full")
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一二三" * 40))  # 36 s
    stream = client._legs["a"].stream
    await listener.until(listener.is_("pending"))
    assert stream._waiting.size + stream._again.size <= 30 * 16_000
    assert dropped("full") - before == pytest.approx(26.0, abs=0.5)
    engine.gate.set()
    say(client, spoken("九"), at=1036.0)
    await listener.until(listener.is_("up"))
    client.close("a")
    await listener.until(listener.is_("done"))
    assert listener.words()[-1] == ("九", 1036.0)


async def test_captions_far_behind_the_voice_are_pending_until_they_caught_up(
    serve_on: Serve, connected: Connect, listener: Listener, clock: StillClock
) -> None:
    client = await connected((await serve_on(0)).url)
    clock.now = BEGIN + 8
    say(client, spoken("一"))
    await listener.until(listener.is_("pending"))
    say(client, spoken("二"), at=BEGIN + 7.5)
    await listener.until(listener.is_("up"))


async def test_close_with_a_dead_server_ends_after_all_patience(
    serve_on: Serve, connected: Connect, listener: Listener, clock: StillClock
) -> None:
    server = await serve_on(0)
    client = await connected(server.url)
    say(client, spoken("一二"))
    await listener.until(listener.shows("一二"))
    await server.stop()
    before = dropped("unheard")
    say(client, spoken("三"), at=1000.6)
    client.close("a")
    await listener.until(listener.is_("pending"))
    clock.now += asr_client.PATIENCE + 1
    await listener.until(listener.is_("done"))
    assert listener.finals() == ["一二"]  # the partial last shown is kept
    assert dropped("unheard") > before


async def test_voice_that_kills_the_recogniser_is_given_up_and_the_rest_is_heard(
    serve_on: Serve, connected: Connect, listener: Listener
) -> None:
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一 "))
    await listener.until(lambda: listener.finals() == ["一"])
    say(client, poison()[:PIECE], at=1001.0)
    await listener.until(listener.is_("pending"))
    before = dropped("lost")
    async with asyncio.timeout(10):
        while dropped("lost") == before:  # noqa: ASYNC110  # the figure is what an operator sees, too
            await asyncio.sleep(0.01)
    say(client, spoken("二"), at=1002.0)
    client.close("a")
    await listener.until(listener.is_("done"))
    assert listener.finals() == ["一", "二"]
    assert listener.words()[-1] == ("二", 1002.0)


Script = Callable[[ServerConnection], Awaitable[None]]


async def _nonsense(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send("<html>")


async def _binary(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send(message)


async def _slams(socket: ServerConnection) -> None:
    await socket.close(1013, "try later")


@pytest.mark.parametrize("mad", [_nonsense, _binary, _slams])
async def test_a_mad_server_is_trouble_and_nothing_else(
    mad: Script, connected: Connect, listener: Listener
) -> None:
    async with serve(mad, "127.0.0.1", 0) as server:
        client = await connected(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        say(client, spoken("一"))
        await listener.until(listener.is_("pending"))
        assert listener.speech == []
        await client.stop()


async def test_a_url_that_is_none_is_trouble_and_nothing_else(connected: Connect, listener: Listener) -> None:
    client = await connected("http://127.0.0.1/")
    say(client, spoken("一"))
    await listener.until(listener.is_("pending"))


async def _stock(socket: ServerConnection) -> None:
    """A stock server whose final comes empty although its partials were good."""
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send('{"partial" : "救 命"}')
        elif "eof" in message:
            await socket.send('{"text" : ""}')
            return
        else:
            assert json.loads(message)["config"]["sample_rate"] == 8000


async def test_a_stock_server_that_loses_its_partials(connected: Connect, listener: Listener) -> None:
    async with serve(_stock, "127.0.0.1", 0) as server:
        client = await connected(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        say(client, spoken("一"))
        client.close("a")
        await listener.until(listener.is_("done"))
    assert listener.finals() == ["救命"]


async def test_stop_ends_every_task_at_once_and_is_harmless_twice(
    serve_on: Serve, connected: Connect, listener: Listener, engine: FakeEngine
) -> None:
    engine.gate.clear()
    client = await connected((await serve_on(0)).url)
    say(client, spoken("一"))
    await asyncio.to_thread(engine.waiting.wait, 5)
    async with asyncio.timeout(5):
        await client.stop()
        await client.stop()
    client.feed("a", BEGIN, spoken("一"))
    client.close("a")

"""Asked once more among names: our own server with the real model, a stock server's protocol, a model whose
graph can't be changed, and nobody to ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from asr.audio import read_wav
from asr.offline import finals
from asr.server import AsrServer
from asr.vosk_engine import VoskEngine
from asr.words import Word
from asr.worker import Worker
from bridge.adapters import asr_names
from bridge.adapters.asr_farm import Farm, Figures
from bridge.adapters.asr_line import Lines
from bridge.adapters.asr_names import AsrNames
from bridge.adapters.asr_said import Said
from bridge.adapters.asr_stream import Piece
from bridge.adapters.place_files import SHIPPED, load
from bridge.clock import SystemClock
from bridge.errors import NobodyHears
from bridge.tickets.doubts import Choice, Doubt, doubts, meant
from bridge.tickets.near import Neighbours
from bridge.tickets.transcript import SpokenWord
from tests.peers.ports import free_tcp

ROOT = Path(__file__).parents[2]
CLIPS = ROOT / "tests" / "data" / "names"
PLACES = load(SHIPPED)
NEAR = Neighbours(PLACES)
DOUBT = Doubt(0.0, 1.0, "请 和 六", (Choice("清河路", "请和六", "清河路", 0.17),))
TAKES, STATIC = Figures(phrases=True), Figures(phrases=False)


@pytest.fixture(scope="module")
def engine() -> VoskEngine:
    return VoskEngine(ROOT / "asr" / "models" / "demo")


@pytest.fixture
async def real(engine: VoskEngine) -> AsyncIterator[str]:
    server = await AsrServer(Worker(engine, threads=1, streams=2), "127.0.0.1", 0).start()
    yield server.url
    await server.stop()


def names(
    *urls: str, figures: Sequence[Figures | None] = (), rate: int = 8000, calm: bool = True
) -> AsrNames:
    farm, clock = Farm(urls), SystemClock()
    for server, told in zip(farm.servers, figures, strict=False):
        server.figures = told
    return AsrNames(Lines(farm, rate, clock), lambda: calm, clock)


def asked(words: Sequence[Word]) -> tuple[Doubt, ...]:
    return doubts([SpokenWord(w.text, w.start, w.end, w.conf) for w in words], PLACES, NEAR)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("changed_1", "东昌府"), ("changed_2", "清河路"), ("same_sound_1", "时风路"),
        ("foreign_1", None), ("foreign_2", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("figures", [TAKES, None], ids=["ours", "as a stock server"])
async def test_a_misheard_place_is_heard_and_a_foreign_one_left(
    engine: VoskEngine, real: str, name: str, place: str | None, figures: Figures | None
) -> None:
    clip = read_wav((CLIPS / f"{name}.wav").read_bytes())
    (said,) = finals(engine, clip)
    assert place is None or place not in said.text
    (doubt,) = asked(said.words)
    pcm = Said((Piece(0.0, clip.pcm),)).between(doubt.start, doubt.end)
    heard = await names(real, figures=[figures]).hear(pcm, doubt)
    choice = meant(doubt, heard, PLACES)
    assert (choice.name if choice else None) == place


async def test_voice_is_raised_for_a_server_that_wants_16_khz(engine: VoskEngine, real: str) -> None:
    clip = read_wav((CLIPS / "changed_1.wav").read_bytes())
    (said,) = finals(engine, clip)
    (doubt,) = asked(said.words)
    pcm = Said((Piece(0.0, clip.pcm),)).between(doubt.start, doubt.end)
    assert "东昌府" in await names(real, figures=[TAKES], rate=16_000).hear(pcm, doubt)


async def test_a_stock_server_is_sent_words_it_can_look_up_before_any_voice() -> None:
    got: list[str | bytes] = []

    async def stock(socket: ServerConnection) -> None:
        async for message in socket:
            got.append(message)
            if isinstance(message, str) and "eof" in message:
                await socket.send('{"result": [], "text": "清 河 路"}')
                return
            if isinstance(message, bytes):
                await socket.send('{"partial": ""}')

    async with serve(stock, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await names(url).hear(bytes(8000), DOUBT) == "清河路"
    assert json.loads(got[0])["config"]["phrase_list"] == ["请 和 六", "清 河 路"]
    assert sum(len(each) for each in got if isinstance(each, bytes)) == 8000


@pytest.mark.parametrize(
    ("figures", "graph", "ready"),
    [
        ([TAKES, STATIC], "dynamic", True),
        ([STATIC, None], "unknown", True),
        ([STATIC, STATIC], "static", False),
        ([None, None], "unknown", True),
    ],
)
async def test_which_models_can_be_asked(figures: list[Figures | None], graph: str, ready: bool) -> None:
    ears = names("ws://127.0.0.1:9", "ws://127.0.0.1:10", figures=figures)
    assert (ears.graph, ears.ready) == (graph, ready)
    if not ready:
        with pytest.raises(NobodyHears):
            await ears.hear(bytes(8000), DOUBT)


async def test_while_captions_lag_nobody_is_asked() -> None:
    assert not names("ws://127.0.0.1:9", figures=[TAKES], calm=False).ready


async def test_one_that_says_it_takes_names_is_asked_before_one_that_does_not_say() -> None:
    farm = Farm(("ws://a", "ws://b"))
    farm.servers[1].figures = Figures(phrases=True, streams=50)
    assert farm.for_phrases(0.0) is farm.servers[1]
    farm.servers[1].figures = Figures(phrases=True, streams=50, streams_most=50)
    assert farm.for_phrases(0.0) is farm.servers[0], "the other is full"


async def test_nobody_there_and_nobody_that_answers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NobodyHears):
        await names(f"ws://127.0.0.1:{free_tcp()}").hear(bytes(8000), DOUBT)
    monkeypatch.setattr(asr_names, "SECONDS", 0.2)

    async def silent(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async def babbles(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send("{}")
        await socket.wait_closed()

    for other in (silent, babbles):
        async with serve(other, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with asyncio.timeout(10):
                with pytest.raises(NobodyHears):
                    await names(url).hear(bytes(8000), DOUBT)


def test_the_voice_between_two_moments_is_cut_by_the_clock() -> None:
    said = Said((Piece(10.0, bytes([1, 0]) * 800), Piece(10.2, bytes([2, 0]) * 800)))  # 0.1 s each, a gap
    assert said.between(10.05, 10.25) == bytes([1, 0]) * 400 + bytes([2, 0]) * 400
    assert said.between(10.1, 10.2) == b""
    assert said.between(0.0, 99.0) == bytes([1, 0]) * 800 + bytes([2, 0]) * 800
    assert said.between(10.05, 10.01) == b""

"""Ten minutes of noise, ten hours of one stream: an end, a bound, a time line exact to the sample.

Hours are fed as fast as they are heard; with the hand-written engine where the question is ours, with Vosk
and the shipped model where it is Vosk's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect

from asr.answers import read
from asr.gate import Gate
from asr.listener import LONGEST, TURN, Listener
from asr.options import Options
from asr.ports import Engine
from asr.server import AsrServer
from asr.session import Decode, Open, Recognised, Session, step
from asr.vosk_engine import VoskEngine
from asr.worker import Worker
from tests.asr.clients import health, stock_client
from tests.asr.fake_engine import FakeEngine
from tests.asr.spoken import Spoken

RATE = 8000
HOUR = 3600


@pytest.fixture(scope="module")
def vosk(demo_model: Path) -> VoskEngine:
    return VoskEngine(demo_model)


@asynccontextmanager
async def serving(engine: Engine, *, gated: bool) -> AsyncIterator[AsrServer]:
    server = await AsrServer(Worker(engine, threads=2, streams=4, gated=gated), "127.0.0.1", 0).start()
    yield server
    await server.stop()


def noise(seconds: int, decibels: float = -20.0) -> bytes:
    loud = np.random.default_rng(seconds).standard_normal(RATE * seconds) * 32768 * 10 ** (decibels / 20)
    return bytes(np.clip(loud, -32768, 32767).astype("<i2"))


def resident() -> float:
    """Memory of this process now, MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def said(answers: list[dict[str, Any]]) -> str:
    return " ".join(str(answer["text"]) for answer in answers if answer.get("text"))


# --- noise


@pytest.mark.parametrize(("gated", "seconds"), [(True, 600), (False, 40)])
async def test_noise_ends_stays_in_bounds_and_leaves_the_stream_beside_it_alone(
    vosk: VoskEngine, greeting: Spoken, gated: bool, seconds: int
) -> None:
    """Ten minutes through the gate, which lets a few seconds of them through; without it every second is
    decoded, and what ten minutes could bring is shown on the forty seconds in which Vosk has twice come to
    the end of its longest utterance (20 s) and of what it keeps."""
    piece, beside = noise(10), list[dict[str, Any]]()
    async with serving(vosk, gated=gated) as server:
        alone = await stock_client(server.url, greeting.clip.pcm, RATE)
        before = resident()
        async with connect(server.url, proxy=None) as noisy:
            for number in range(seconds // 10):
                await noisy.send(piece)
                json.loads(await asyncio.wait_for(noisy.recv(), 60))
                if number == 2:
                    beside = await stock_client(server.url, greeting.clip.pcm, RATE)
            await noisy.send('{"eof" : 1}')
            last = json.loads(await asyncio.wait_for(noisy.recv(), 60))
        told = await health(server)
    assert "text" in last
    assert said(beside) == said(alone), "word for word"
    assert greeting.heard_in(said(beside))
    assert resident() - before < 25
    assert (told["streams"], told["failed_total"], told["vanished_total"]) == (0, 0, 0)
    assert told["heard_seconds"] < (60 if gated else seconds + 20)


# --- ten hours


BLOCK = 20
"""Seconds of a piece; every thirtieth has a word in it."""


def counted(second: int) -> bytes:
    """A piece with the word of its hour, at a sample of its own, and silence around it."""
    at, word = second % 100_003, 1000 * (second // HOUR % 9 + 1)
    pcm = np.zeros(BLOCK * RATE, "<i2")
    pcm[at : at + 1600] = word * np.random.default_rng(second).choice([-1, 1], 1600)
    return pcm.tobytes()


def test_ten_hours_of_one_stream_keep_every_words_sample() -> None:
    """Session and listener as the server drives them; the words of the tenth hour are where they were said,
    to the sample, and a recogniser hears their seconds only. Hours two to nine are told to the gate and not
    fed to it: its count of samples is all that it knows of them, and they would take seconds."""
    engine, session = FakeEngine(), Session("fake-model")
    ear: Listener | None = None
    starts: list[tuple[str, int]] = []
    silence = bytes(2 * RATE * BLOCK)
    fed = [*range(0, HOUR, BLOCK), *range(9 * HOUR, 10 * HOUR, BLOCK)]
    for second in fed:
        if second == 9 * HOUR:
            assert ear is not None
            assert isinstance(ear._gate, Gate)
            assert ear._gate._samples == HOUR * RATE
            ear._gate._samples = 9 * HOUR * RATE
        session, actions = step(session, counted(second) if second % 600 == 300 else silence)
        for action in actions:
            if isinstance(action, Open):
                ear = Listener(engine, action.options, gated=True, interval=lambda: 0.0)
            elif isinstance(action, Decode):
                assert ear is not None
                answer = ear.hear(ear.listen(action.pcm))
                session, _ = step(session, Recognised(answer))
                words = read(answer).get("result", ()) if answer else ()
                starts += [(word["word"], round(word["start"] * RATE)) for word in words]
        assert len(starts) == sum(each % 600 == 300 for each in fed if each <= second), "with its own piece"
        assert session.shown == ""
    assert starts == [
        ("一二三四五六七八九一"[second // HOUR], second * RATE + second % 100_003)
        for second in fed
        if second % 600 == 300
    ]
    assert engine.given_back == len(starts)
    assert engine.bytes < 2 * RATE * 2 * len(starts)


class Endless:
    """A recogniser that never comes to an end by itself, but where `every` samples say so."""

    def __init__(self, engine: EndlessEngine, at: int) -> None:
        self.engine, self.at, self.since, self.total = engine, at, 0, 0

    def accept(self, pcm: bytes) -> str:
        self.since += len(pcm) // 2
        self.total += len(pcm) // 2
        self.engine.longest = max(self.engine.longest, self.since)
        self.engine.most = max(self.engine.most, self.total)
        return self.finish() if self.engine.every and self.since >= self.engine.every else ""

    def partial(self) -> str:
        return '{"partial": "一"}'

    def finish(self) -> str:
        begin, self.since = self.at + self.total - self.since, 0
        word = {"word": "一", "start": begin / RATE, "end": (self.at + self.total) / RATE, "conf": 1.0}
        return (
            json.dumps({"result": [word], "text": "一"}) if begin < self.at + self.total else '{"text": ""}'
        )


class EndlessEngine(FakeEngine):
    def __init__(self, every: int) -> None:
        super().__init__()
        self.every, self.longest, self.most, self.out = every, 0, 0, 0

    def recogniser(self, options: Options, at: int = 0) -> Endless:  # type: ignore[override]
        self.out += 1
        return Endless(self, at)

    def give_back(self, recogniser: object) -> None:
        self.out -= 1


@pytest.mark.parametrize("every", [0, 20 * RATE], ids=["never ends", "ends as Kaldi does"])
def test_who_talks_for_hours_without_a_pause(every: int) -> None:
    """No utterance is longer than LONGEST, no recogniser is kept longer than TURN and an utterance, and the
    words lie end to end: not a sample of the hours is missing or heard twice."""
    engine = EndlessEngine(every)
    ear = Listener(engine, Options(RATE), gated=False, interval=lambda: 9.0)
    second, edges = bytes(2 * RATE), [0.0]
    for _ in range(3 * HOUR):
        answer = ear.hear(ear.listen(second))
        for word in read(answer).get("result", ()) if '"text"' in answer else ():
            assert word["start"] == pytest.approx(edges[-1], abs=1e-9)
            edges.append(word["end"])
        assert engine.out == 1
    assert edges[-1] >= 3 * HOUR - LONGEST
    assert engine.longest <= (every or LONGEST * RATE)
    assert engine.most <= (TURN + 21) * RATE


async def test_vosk_on_minutes_of_talk_without_a_pause(vosk: VoskEngine, greeting: Spoken) -> None:
    """As fast as it goes: an utterance ends after 20 s whoever goes on talking, and of sixty seconds the
    last forty cost no memory to speak of."""
    pcm = greeting.clip.pcm
    loop = pcm[RATE // 2 : -RATE // 2 & ~1]
    talk = (loop * (20 * 2 * RATE // len(loop) + 1))[: 20 * 2 * RATE]
    ends, grown = [], []
    async with serving(vosk, gated=True) as server, connect(server.url, proxy=None) as talker:
        for _ in range(3):
            for at in range(0, len(talk), 2 * RATE):
                await talker.send(talk[at : at + 2 * RATE])
                ends.append("text" in json.loads(await asyncio.wait_for(talker.recv(), 60)))
            grown.append(resident())
    finals = [number for number, ended in enumerate(ends) if ended]
    assert max(np.diff([0, *finals, len(ends)])) <= 22
    assert grown[-1] - grown[0] < 10

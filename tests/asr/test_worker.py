"""Threads around the recogniser: order, places, and an end that waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from asr.errors import AsrError, FullError
from asr.options import Options
from asr.worker import Worker
from tests.asr.fake_engine import FakeEngine, spoken


@pytest.fixture
async def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def worker(engine: FakeEngine) -> AsyncIterator[Worker]:
    worker = Worker(engine, threads=2, streams=2)
    yield worker
    engine.gate.set()
    await worker.stop()


async def test_two_streams_are_decoded_apart_off_the_loops_thread(engine: FakeEngine, worker: Worker) -> None:
    streams = [worker.stream(), worker.stream()]
    for stream in streams:
        stream.begin(Options())
    await asyncio.gather(*(s.accept(spoken(t)) for s, t in zip(streams, ["一二", "三四"], strict=True)))
    answers = await asyncio.gather(*(stream.finish() for stream in streams))
    assert [json.loads(answer)["text"] for answer in answers] == ["一 二", "三 四"]
    assert all(name.startswith("asr") for name in engine.threads)
    assert worker.counts.audio_seconds == pytest.approx(1.2)


async def test_no_place_is_said_at_once_and_a_place_given_back_is_free(worker: Worker) -> None:
    first, _ = worker.stream(), worker.stream()
    with pytest.raises(FullError):
        worker.stream()
    first.close()
    first.close()
    worker.stream()
    assert (worker.counts.streams, worker.counts.refused_total) == (2, 1)


async def test_a_stuck_stream_leaves_the_other_thread_free(engine: FakeEngine, worker: Worker) -> None:
    stuck, free = worker.stream(), worker.stream()
    stuck.begin(Options())
    free.begin(Options())
    engine.gate.clear()
    waiting = asyncio.create_task(stuck.accept(spoken("一")))
    await asyncio.to_thread(engine.waiting.wait, 5)
    assert json.loads(await free.finish())["text"] == ""
    assert not waiting.done()
    engine.gate.set()
    assert json.loads(await waiting) == {"partial": "一"}


async def test_stopping_waits_for_the_piece_being_decoded(engine: FakeEngine, worker: Worker) -> None:
    stream = worker.stream()
    stream.begin(Options())
    engine.gate.clear()
    piece = asyncio.create_task(stream.accept(spoken("一")))
    await asyncio.to_thread(engine.waiting.wait, 5)
    ending = asyncio.create_task(worker.stop())
    await asyncio.sleep(0)
    assert not ending.done()
    engine.gate.set()
    await ending
    assert json.loads(await piece) == {"partial": "一"}
    await worker.stop()


async def test_a_stream_that_has_not_begun_is_our_own_mistake(worker: Worker) -> None:
    with pytest.raises(AsrError):
        await worker.stream().accept(b"")

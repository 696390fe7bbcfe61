"""The client with the real recogniser in a process of its own: as in a call, and with the process killed in
it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asr.words import Speech
from bridge.adapters.asr_client import AsrClient
from bridge.adapters.asr_farm import Farm
from bridge.adapters.asr_line import Lines
from bridge.clock import SystemClock
from tests.asr.spoken import Spoken, spoken

ROOT = Path(__file__).parent.parent.parent
PAUSE = bytes(2 * 12_000)
"""Silence after a sentence that ends the utterance."""


Start = Callable[[int], tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """`python -m asr serve` on a port (0: any): the process and its URL once it is ready."""
    running: list[subprocess.Popen[str]] = []

    def launch(port: int) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "asr", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready[:2] == ["asr", "ready"]
        return process, ready[2]

    yield launch
    for process in running:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


class Call:
    """One leg "a" whose voice began now; waits for what it is told."""

    def __init__(self, *urls: str, rate: int = 8000) -> None:
        self.finals: list[Speech] = []
        self.partial = ""
        self.states: list[str] = []
        self._told = asyncio.Event()
        self._clock = SystemClock()
        self.begin = self._clock.monotonic()
        self.missed: list[tuple[float, float]] = []
        self.client = AsrClient(
            Lines(Farm(urls), rate, self._clock),
            on_speech=self._speech,
            on_state=self._state,
            on_missed=lambda _leg, since, until: self.missed.append((since, until)),
            clock=self._clock,
        )

    def _speech(self, _leg: str, speech: Speech, t0: float) -> None:
        assert t0 == self.begin
        self.partial = speech.text
        if speech.kind == "final":
            self.finals.append(speech)
        self._told.set()

    def _state(self, _leg: str, state: str) -> None:
        self.states.append(state)
        self._told.set()

    def say(self, pcm: bytes, seconds: float) -> None:
        """Pieces of a tenth of a second from `seconds` after the beginning."""
        for at in range(0, len(pcm), 1600):
            self.client.feed("a", self.begin + seconds + at / 16_000, pcm[at : at + 1600])

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                self._told.clear()
                await self._told.wait()

    async def end(self) -> list[str]:
        self.client.close("a")
        await self.until(lambda: self.states[-1:] == ["done"])
        await self.client.stop()
        return [speech.text for speech in self.finals]


@pytest.fixture(scope="module")
def said() -> list[Spoken]:
    return [spoken("a_agent_1"), spoken("a_desk_1")]


@pytest.mark.parametrize("rate", [8000, 16_000])
async def test_a_call(start: Start, said: list[Spoken], rate: int) -> None:
    _, url = await asyncio.to_thread(start, 0)
    call = Call(url, rate=rate)
    await call.client.start()
    call.client.open("a")
    call.say(said[0].clip.pcm + PAUSE, 0.0)
    await call.until(lambda: said[0].heard_in("".join(speech.text for speech in call.finals)))
    call.say(said[1].clip.pcm + PAUSE, 60.0)  # a minute on hold between them, without voice
    await call.end()
    words = [word for speech in call.finals for word in speech.words]
    late = [word for word in words if word.start >= 60.0]
    assert said[1].heard_in("".join(word.text for word in late))
    assert 0 <= words[0].start < said[0].clip.seconds
    assert 60.0 <= late[0].start < late[-1].end < 60.5 + said[1].clip.seconds


async def test_the_process_is_killed_in_the_middle_of_a_sentence(start: Start, said: list[Spoken]) -> None:
    process, url = await asyncio.to_thread(start, 0)
    call = Call(url)
    await call.client.start()
    call.client.open("a")
    pcm = said[0].clip.pcm + PAUSE
    middle = len(said[0].clip.pcm) // 4 * 2
    call.say(pcm[:middle], 0.0)
    await call.until(lambda: len(call.partial) > 3 and not call.finals)
    process.kill()
    call.say(pcm[middle:], middle / 16_000)
    await call.until(lambda: "pending" in call.states)
    await asyncio.to_thread(start, int(url.rpartition(":")[2]))
    assert said[0].heard_in("".join(await call.end()))
    words = [word for speech in call.finals for word in speech.words]
    assert 0 <= words[0].start < words[-1].end < said[0].clip.seconds + 0.5


async def test_of_two_processes_one_is_killed_in_the_middle_of_a_sentence(
    start: Start, said: list[Spoken]
) -> None:
    """kill -9; the other goes on at once: the text is whole, and nothing is in it twice."""
    (first, url), (_, other) = await asyncio.gather(*(asyncio.to_thread(start, 0) for _ in range(2)))
    call, alone = Call(url, other), Call(other)
    pcm = said[0].clip.pcm + PAUSE
    for each in (call, alone):
        await each.client.start()
        each.client.open("a")
    middle = len(said[0].clip.pcm) // 4 * 2
    call.say(pcm[:middle], 0.0)
    await call.until(lambda: len(call.partial) > 3 and not call.finals)
    first.kill()
    call.say(pcm[middle:], middle / 16_000)
    alone.say(pcm, 0.0)
    assert await call.end() == await alone.end(), "as if it had been with one server all along"
    assert said[0].heard_in("".join(speech.text for speech in call.finals))
    assert call.states == ["up", "done"]
    assert call.missed == []

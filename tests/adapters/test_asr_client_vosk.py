"""The client with the real recogniser in a process of its own: as in a call, and with the process killed in
it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asr.audio import Clip, read_wav
from asr.words import Speech
from bridge.adapters.asr_client import AsrClient
from bridge.clock import SystemClock
from tests.asr.speech import at_rate, speak

ROOT = Path(__file__).parent.parent.parent
SENTENCES = ("我要报警", "有人打架")


@pytest.fixture(scope="module")
def clips(need: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """The sentences at a telephone's rate, each followed by a pause that ends the utterance."""
    folder, espeak = tmp_path_factory.mktemp("speech"), need("espeak-ng")
    files = [speak(espeak, text, folder / f"{n}.wav") for n, text in enumerate(SENTENCES)]
    spoken = [at_rate(read_wav(file.read_bytes()), 8000) for file in files]
    return [Clip(8000, clip.pcm + bytes(2 * 12_000)) for clip in spoken]


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

    def __init__(self, url: str, rate: int = 8000) -> None:
        self.finals: list[Speech] = []
        self.partial = ""
        self.states: list[str] = []
        self._told = asyncio.Event()
        self._clock = SystemClock()
        self.begin = self._clock.monotonic()
        self.client = AsrClient(
            url, sample_rate=rate, on_speech=self._speech, on_state=self._state, clock=self._clock
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


@pytest.mark.parametrize("rate", [8000, 16_000])
async def test_a_call(start: Start, clips: list[Clip], rate: int) -> None:
    _, url = await asyncio.to_thread(start, 0)
    call = Call(url, rate)
    await call.client.start()
    call.client.open("a")
    call.say(clips[0].pcm, 0.0)
    call.say(clips[1].pcm, 60.0)  # a minute on hold between them, without voice
    assert await call.end() == list(SENTENCES)
    assert 0 <= call.finals[0].words[0].start < clips[0].seconds
    assert 60.0 <= call.finals[1].words[0].start < 60.0 + clips[1].seconds


async def test_the_process_is_killed_in_the_middle_of_a_sentence(start: Start, clips: list[Clip]) -> None:
    process, url = await asyncio.to_thread(start, 0)
    call = Call(url)
    await call.client.start()
    call.client.open("a")
    call.say(clips[0].pcm, 0.0)
    await call.until(lambda: len(call.finals) == 1)
    middle = 2 * int(clips[1].seconds * 0.4 * 8000)
    call.say(clips[1].pcm[:middle], 10.0)
    await call.until(lambda: bool(call.partial) and len(call.finals) == 1 and call.partial != SENTENCES[0])
    process.kill()
    call.say(clips[1].pcm[middle:], 10.0 + middle / 16_000)
    await call.until(lambda: "pending" in call.states)
    await asyncio.to_thread(start, int(url.rpartition(":")[2]))
    assert await call.end() == list(SENTENCES)
    assert 10.0 <= call.finals[1].words[0].start < 10.0 + clips[1].seconds

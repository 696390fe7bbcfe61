"""The telephone in the page: how like what was said is what arrives, each way, how long it takes, what a
leg costs in the webrtc process.

Strategy: the bridge as it is run, Debian's Chromium whose microphone is a file, a caller that is sipp with a
voice of ours. There and back: the page sends what it hears instead of its microphone (WebAudio adds some
10 ms), and the caller looks for its own sound in what comes. Cost is the process's own CPU time with two
legs, less what it uses with none.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from stage import cpu

sys.path.insert(0, str(Path(__file__).parents[2]))

from bridge.adapters.db import Database
from tests.peers.browser import Chromium, Person
from tests.web.phone_house import (
    AGENTS,
    FLAGS,
    HOOK,
    PASSWORD,
    RATE,
    PhoneHouse,
    Sound,
    alaw,
    from_alaw,
    heard,
    likeness,
    noise,
    wav,
)
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.sipp import Sipp
from tests.wire.voice import FRAME, Voice

SECONDS: Final = 10.0
SAID, ANSWERED = noise(1), noise(2)
ECHO: Final = """async () => {
  const pc = window.connections.at(-1), sound = new AudioContext({ latencyHint: 'interactive' });
  const out = sound.createMediaStreamDestination();
  sound.createMediaStreamSource(new MediaStream([pc.getReceivers()[0].track])).connect(out);
  await pc.getSenders()[0].replaceTrack(out.stream.getAudioTracks()[0]);
  return sound.state;
}"""


def run() -> dict[str, Any]:
    """Differences (1 - correlation) in % of each half second, each way; there and back in ms; % of a core a
    leg. Raises RuntimeError where Chromium or sipp is missing."""
    programs = {name: shutil.which(name) for name in ("chromium", "sipp")}
    if not all(programs.values()):
        raise RuntimeError("needs the Debian packages chromium and sip-tester")
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as name:
        return asyncio.run(_run(Path(name), str(programs["chromium"])))


async def _run(folder: Path, chromium: str) -> dict[str, Any]:
    (folder / "house").mkdir()
    (folder / "phones").mkdir()
    (folder / "said.wav").write_bytes(wav(SAID))
    blank = Database(f"sqlite+aiosqlite:///{folder}/blank.db")
    await blank.start()
    await blank.stop()
    house = PhoneHouse(folder / "house", folder / "blank.db")
    await house.move_in()
    browser = Chromium(chromium, *FLAGS, f"--use-file-for-fake-audio-capture={folder}/said.wav")
    await browser.start()
    try:
        await asyncio.to_thread(house.start)
        with contextlib.contextmanager(phones_of)(house, _found, folder / "phones") as phones:
            return await _measure(house, browser, phones)
    finally:
        await browser.stop()
        await asyncio.to_thread(house.stop)


def _found(name: str, **_: str) -> str:
    return shutil.which(name) or name


async def _measure(house: PhoneHouse, browser: Chromium, phones: Phones) -> dict[str, Any]:
    process = house.child("webrtc")
    people = [await _agent(house, browser, login) for login, _ in AGENTS.values()]
    idle = await _cpu(process)
    callers = [
        await _call(phones, who, number) for who, number in zip(people, ("12320", "12321"), strict=True)
    ]
    cost = (await _cpu(process) - idle) / len(callers)
    person, voice = people[0], callers[0].voice
    to_caller = likeness(SAID, from_alaw(await asyncio.to_thread(_collect, voice, 6.0)))
    voice.say(alaw(ANSWERED) * 4)
    to_page = likeness(ANSWERED, await heard(person, 6.0))
    await person.page.evaluate(ECHO)
    there_and_back = [await asyncio.to_thread(_round, voice) for _ in range(5)]
    return {
        "browser_differs": [100 * (1 - each) for each in to_caller],
        "browser_hears_differs": [100 * (1 - each) for each in to_page],
        "browser_round": there_and_back,
        "browser_cpu": [cost],
    }


async def _agent(house: PhoneHouse, browser: Chromium, login: str) -> Person:
    person = await browser.person(house.url, permissions=["microphone"])
    await person.context.add_init_script(HOOK)
    await person.open("/")
    await person.run("localStorage.setItem('bridge-phone', JSON.stringify({ plain: true }))")
    await person.open("/agent")
    await person.page.wait_for_selector("#enter-form")
    await person.log_in(login, PASSWORD)
    await person.page.click("#phone-ready:not([disabled])")
    await person.until("document.querySelector('#phone-ready.on')")
    return person


async def _call(phones: Phones, person: Person, number: str) -> Sipp:
    caller = await asyncio.to_thread(phones.calling, phones.caller().connects().released(), number)
    await person.until("document.querySelector('.phone-call.ringing')")
    await person.page.keyboard.press("Alt+KeyA")
    await person.until("document.querySelector('.phone-call.talking')")
    await asyncio.to_thread(speak, caller)
    return caller


async def _cpu(pid: int) -> float:
    """% of a core over some seconds."""
    before, began = cpu(pid), time.monotonic()
    await asyncio.sleep(SECONDS)
    return 100 * (cpu(pid) - before) / (time.monotonic() - began)


def _collect(voice: Voice, seconds: float, take: Callable[[float, bytes], None] | None = None) -> bytes:
    """What comes to a telephone; take: told of each packet's arrival as well."""
    voice.heard()
    got, end = b"", time.monotonic() + seconds
    voice.socket.settimeout(1.0)
    try:
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError, socket.timeout):
                body = voice.socket.recv(2048)[12:]
                if len(body) == FRAME:
                    got += body
                    if take is not None:
                        take(time.monotonic(), body)
    finally:
        voice.socket.settimeout(None)
    return got


def _round(voice: Voice) -> float:
    """Milliseconds from a sound's first sample to its coming back."""
    burst = noise(int(time.monotonic() * 1000) % 10_000, 1.0)
    arrivals: list[float] = []
    voice.say(alaw(burst))
    got = from_alaw(_collect(voice, 2.0, lambda at, body: arrivals.append(at)))
    at, alike = _where(burst[: RATE // 2], got)
    if alike < 0.5:
        return float("inf")
    return 1000 * (arrivals[at // FRAME] + (at % FRAME) / RATE - voice.began)


def _where(sound: Sound, got: Sound) -> tuple[int, float]:
    """The sample at which `sound` begins in what arrived, and how like it is there."""
    size = len(got) + len(sound)
    match = np.fft.irfft(np.fft.rfft(got, size) * np.conj(np.fft.rfft(sound, size)), size)[
        : len(got) - len(sound)
    ]
    power = np.convolve(got**2, np.ones(len(sound)), "valid")[: len(match)] * float(np.sum(sound**2))
    alike = match / np.sqrt(power + 1e-12)
    best = int(np.argmax(alike))
    return best, float(alike[best])

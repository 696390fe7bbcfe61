"""The bridge with telephones in the page, what a page's microphone says, and how alike two sounds are."""

from __future__ import annotations

import base64
import io
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from bridge.access.users import User
from bridge.adapters.argon2_hash import Argon2
from bridge.adapters.db import Database
from bridge.adapters.db_users import UserTable
from bridge.media import g711
from tests.peers.browser import Person
from tests.web.house import PASSWORD, WebHouse

Sound = NDArray[np.float64]
RATE: Final = 8000
SECONDS: Final = 4
AGENTS: Final = {"8020": ("mei", "梅话务"), "8021": ("lan", "兰话务")}
NEAR: Final = "127.0.0.2"
"""Offered to browsers: aioice leaves 127.0.0.1 out."""
_AGENT: Final = '  "{number}": {{name: {name}, platform: "12345", browser: true}}\n'
ROUTES: Final = """\
  - {name: 网页, number: "12320", from: [carrier], platform: "12345", to: [{agent: "8020"}]}
  - name: 网页二
    number: "12321"
    from: [carrier]
    platform: "12345"
    to: [{agent: "8021"}, {agent: "8001"}]
webrtc: {addresses: [127.0.0.2], return_seconds: 60}
"""
FLAGS: Final = (
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
HOOK: Final = """
  const Real = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...all) { super(...all); window.connections.push(this); }
  };
"""
"""So that a test can listen to what a page hears."""
_RECORD: Final = """(seconds) => new Promise((done) => {
  const track = window.connections.at(-1).getReceivers()[0].track;
  const tape = new MediaRecorder(new MediaStream([track]), { mimeType: "audio/webm;codecs=pcm" });
  const parts = [];
  tape.ondataavailable = ({ data }) => parts.push(data);
  tape.onstop = async () => {
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    done(btoa(bytes.reduce((text, one) => text + String.fromCharCode(one), "")));
  };
  tape.start();
  setTimeout(() => tape.stop(), seconds * 1000);
})"""


class PhoneHouse(WebHouse):
    """`WebHouse` with AGENTS, who have their telephones in the page."""

    def __init__(self, folder: Path, blank: Path, more: str = "") -> None:
        super().__init__(folder, blank, more=ROUTES + more)

    async def move_in(self) -> None:
        """Everybody, and AGENTS."""
        await super().move_in()
        database, hasher = Database(f"sqlite+aiosqlite:///{self.folder}/bridge.db"), Argon2()
        await database.start()
        try:
            hashed = await hasher.hash(PASSWORD)
            for number, (login, name) in AGENTS.items():
                user = User(
                    login, name, "agent", "12345", datetime.now(UTC), extension=number, password=hashed
                )
                await UserTable(database).save_user(user)
        finally:
            await hasher.stop()
            await database.stop()

    def _write(self, asr: bool, more: str, door: str) -> None:
        super()._write(asr, more, door)
        path = self.folder / "bridge.yaml"
        own = "".join(_AGENT.format(number=number, name=name) for number, (_, name) in AGENTS.items())
        path.write_text(path.read_text().replace("\nagents:\n", f"\nagents:\n{own}"))


def noise(seed: int, seconds: float = SECONDS) -> Sound:
    """Something like speech in its band and its pauses, that is like nothing else, not even itself a moment
    later: -1..1 at 8 kHz."""
    dice, length = np.random.default_rng(seed), int(seconds * RATE)
    spectrum = np.fft.rfft(dice.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3000)] = 0
    sound = np.fft.irfft(spectrum, length)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * np.arange(length) / RATE)
    made: Sound = sound * swell
    return 0.3 * made / np.abs(made).max()


def wav(sound: Sound) -> bytes:
    """As Chromium's fake microphone wants it: 48 kHz, mono, 16 bits."""
    spectrum = np.fft.rfft(sound)
    up = np.fft.irfft(np.concatenate([spectrum, np.zeros(5 * len(sound) // 2)]), 6 * len(sound)) * 6
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(6 * RATE)
        file.writeframes((np.clip(up, -1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def alaw(sound: Sound) -> bytes:
    """As a telephone sends it."""
    return g711.encode("PCMA", (sound * 32767).astype(np.int16))


def from_alaw(octets: bytes) -> Sound:
    """As it arrived."""
    return np.asarray(g711.decode("PCMA", octets), dtype=np.float64) / 32768


async def heard(person: Person, seconds: float) -> Sound:
    """What the page hears, from now on for so long, at 8 kHz."""
    body = base64.b64decode(await person.page.evaluate(_RECORD, seconds))
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    parts: list[Any] = []
    with av.open(io.BytesIO(body)) as file:
        for frame in file.decode(audio=0):
            parts += [each.to_ndarray()[0] for each in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.float64)


def likeness(said: Sound, got: Sound, window: float = 0.5) -> list[float]:
    """Of each window of what arrived: its correlation with the place in what was said (which goes round and
    round) that it is most like; -1..1."""
    round_ = np.concatenate([said, said])
    size = int(window * RATE)
    found = []
    energy = np.convolve(round_**2, np.ones(size), "valid")
    for at in range(0, len(got) - size + 1, size):
        piece = got[at : at + size]
        power = float(np.sum(piece**2))
        if power < 1e-6 * size:  # silence is like nothing
            continue
        match = np.correlate(round_, piece, "valid") if size < 2000 else _correlate(round_, piece)
        found.append(float(np.max(match / np.sqrt(energy * power + 1e-12))))
    return found


def _correlate(long: Sound, short: Sound) -> Sound:
    """np.correlate by FFT."""
    size = len(long) + len(short)
    made = np.fft.irfft(np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size)), size)
    return made[: len(long) - len(short) + 1]

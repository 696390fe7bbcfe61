"""What is loaded at the start: shipped prompts, the administrator's over them, music, cadence, sequences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.media import g711
from bridge.media.relay_sounds import Own, load_sounds
from bridge.media.tones import Cadence
from tests.media.test_wav import made


def put(folder: Path, name: str, level: int, seconds: float = 0.1, rate: int = 8000) -> Path:
    folder.mkdir(exist_ok=True)
    body = np.full(int(rate * seconds), level, dtype="<i2").tobytes()
    (folder / name).write_bytes(made(1, 16, rate, body))
    return folder / name


def level(frames: np.ndarray) -> float:
    return float(np.median(frames))


def test_the_administrators_go_over_the_shipped(tmp_path: Path) -> None:
    put(tmp_path / "ours", "a.wav", 1000)
    put(tmp_path / "ours", "b.wav", 2000)
    put(tmp_path / "own", "b.wav", 3000, rate=48000)
    put(tmp_path / "own", "c.wav", 4000)
    sounds = load_sounds(tmp_path / "ours", Own(tmp_path / "own"))
    found = {name: sounds.get(f"prompt:{name}") for name in "abcd"}
    assert [sound and round(level(sound.frames), -1) for sound in found.values()] == [1000, 3000, 4000, None]


def test_a_broken_file_leaves_the_shipped_one(tmp_path: Path) -> None:
    put(tmp_path / "ours", "a.wav", 1000)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.wav").write_bytes(b"no sound")
    sound = load_sounds(tmp_path / "ours", Own(tmp_path / "own")).get("prompt:a")
    assert sound is not None
    assert level(sound.frames) == 1000


def test_music_is_one_loop_of_all_files(tmp_path: Path) -> None:
    files = (put(tmp_path, "one.wav", 1000, 0.2), put(tmp_path, "two.wav", 2000, 0.2))
    music = load_sounds(tmp_path, Own(hold=files)).get("hold")
    assert music is not None
    assert music.loops
    assert [level(music.frames[:10]), level(music.frames[10:])] == [1000, 2000]


def test_missing_music_leaves_the_shipped_tone(tmp_path: Path) -> None:
    music = load_sounds(tmp_path, Own(hold=(tmp_path / "none.wav",))).get("hold")
    shipped = load_sounds(tmp_path).get("hold")
    assert music is not None
    assert shipped is not None
    assert np.array_equal(music.frames, shipped.frames)


def test_another_countrys_ringback(tmp_path: Path) -> None:
    sound = load_sounds(tmp_path, Own(ringback=Cadence(425.0, 1.5, 3.0))).get("ringback")
    assert sound is not None
    samples = sound.frames.ravel()
    assert samples.size == 36000
    assert not samples[12000:].any()
    spectrum = np.abs(np.fft.rfft(samples[:12000].astype(float)))
    assert abs(np.argmax(spectrum) * 8000 / 12000 - 425) <= 1


@pytest.mark.parametrize(
    ("name", "levels"),
    [("prompts:a+b+a", [1000, 2000, 1000]), ("prompts:a", [1000]), ("prompts:a+x+b", [1000, 2000])],
)
def test_prompts_in_a_row_are_one_sound(tmp_path: Path, name: str, levels: list[int]) -> None:
    put(tmp_path, "a.wav", 1000)
    put(tmp_path, "b.wav", 2000)
    sound = load_sounds(tmp_path).get(name)
    assert sound is not None
    assert not sound.loops
    assert [level(part) for part in sound.frames.reshape(len(levels), -1)] == levels
    for law in ("PCMA", "PCMU"):
        whole = b"".join(sound.octets[law])
        assert np.array_equal(
            g711.encode(law, sound.frames.ravel()), np.frombuffer(whole, np.uint8).tobytes()
        )


def test_a_row_of_unknown_prompts_is_no_sound(tmp_path: Path) -> None:
    sounds = load_sounds(tmp_path)
    assert sounds.get("prompts:x+y") is None
    assert "prompts:" not in sounds

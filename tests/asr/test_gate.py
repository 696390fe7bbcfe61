"""What the gate lets through: every voice whole, no silence, no noise for long, no tone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from asr.errors import AsrError
from asr.gate import HANG_OVER, PRE_ROLL, Always, Begin, End, Event, Gate, Voice
from asr.samples import through_alaw, to_int16
from tests.asr.fake_engine import spoken
from tests.asr.spoken import SPEECH
from tests.asr.spoken import spoken as recorded

Sound = NDArray[np.floating[Any]]
SECONDS = 20
TIME = np.arange(8000 * SECONDS) / 8000
CHANCE = np.random.default_rng(20231)
WAVS = sorted(path.stem for path in SPEECH.glob("*.wav"))


def fed(gate: Gate | Always, pcm: bytes, chunk: int = 1600) -> list[Event]:
    events: list[Event] = []
    for at in range(0, len(pcm), chunk):
        events += gate.feed(pcm[at : at + chunk])
    return events + gate.finish()


def heard(events: list[Event]) -> float:
    """Seconds let through."""
    return sum(len(event.pcm) for event in events if isinstance(event, Voice)) / 16_000


def line(sound: Sound) -> bytes:
    """As it comes out of an A-law line; float samples, 1 is full scale."""
    return to_int16(through_alaw(sound.astype(np.float32))).tobytes()


def tone(*hertz: float, level: float = 0.2, on: float = 1.0, off: float = 4.0) -> Sound:
    sounding = level * (TIME % (on + off) < on)
    sound: Sound = sum(np.sin(2 * np.pi * each * TIME) for each in hertz) * sounding
    return sound


def noise(level: float) -> Sound:
    return CHANCE.normal(size=len(TIME)) * level


NOTHING: dict[str, Sound] = {
    "digital silence": np.zeros(len(TIME)),
    "comfort noise, -58 dB": noise(10**-3.1),
    "ringback, 450 Hz": tone(450),
    "busy, 450 Hz": tone(450, on=0.35, off=0.35),
    "ringback and comfort noise": tone(450) + noise(0.0005),
    "a tone that never ends": tone(450, on=SECONDS, off=0),
    "440 + 480 Hz": tone(440, 480, on=2),
    "DTMF 5, 50 ms": tone(770, 1336, on=0.05, off=0.05),
    "DTMF 1, 100 ms, faint": tone(697, 1209, level=0.05, on=0.1, off=0.1),
    "DTMF #, 200 ms": tone(941, 1477, on=0.2, off=0.3),
    "fax, 1100 Hz": tone(1100, on=0.5, off=3),
    "hum, 50 Hz": tone(50, level=0.03, on=SECONDS, off=0),
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("chunk", [320, 1600, 6400])
def test_what_nobody_says_is_not_heard(name: str, chunk: int) -> None:
    assert fed(Gate(8000), line(NOTHING[name]), chunk) == []


def test_a_noise_that_stays_is_taken_for_the_lines_own_in_seconds() -> None:
    for level in (0.003, 0.03, 0.3):
        assert heard(fed(Gate(8000), line(noise(level)))) < 5.5


def test_a_voice_is_heard_in_a_noise_the_gate_has_learned() -> None:
    voice = np.frombuffer(recorded("a_agent_1").clip.pcm, "<i2") / 32768
    sound = noise(0.006)
    at = 8000 * 12
    sound[at : at + len(voice)] += voice
    events = fed(Gate(8000), line(sound))
    begins = [event.at for event in events if isinstance(event, Begin) and event.at > 8000 * 8]
    assert begins[0] <= at
    assert heard(events) < 5.5 + len(voice) / 8000 + 1


@pytest.mark.parametrize("name", WAVS)
def test_a_recording_is_heard_from_before_its_first_sound_to_after_its_last(name: str) -> None:
    clip = recorded(name).clip
    pcm = bytes(2 * 8000) + clip.pcm + bytes(2 * 8000)
    events = fed(Gate(8000), pcm)
    assert events[0] == Begin(events[0].at) if isinstance(events[0], Begin) else None
    samples = np.abs(np.frombuffer(pcm, "<i2"))
    loud = np.flatnonzero(samples > 300)
    first, last = spans(events)[0][0], spans(events)[-1][1]
    assert first <= loud[0] - 8000 * 0.1
    assert last >= min(loud[-1] + 8000 * 0.2, len(samples) - 8000)
    assert heard(events) > 0.9 * clip.seconds


def spans(events: list[Event]) -> list[tuple[int, int]]:
    """From and to which sample each utterance is heard."""
    found: list[tuple[int, int]] = []
    for event in events:
        if isinstance(event, Begin):
            found.append((event.at, event.at))
        elif isinstance(event, Voice):
            found[-1] = (found[-1][0], found[-1][1] + len(event.pcm) // 2)
    return found


PARTS = st.lists(
    st.tuples(st.sampled_from("123456789"), st.floats(0.1, 0.6), st.floats(0.06, 2.0)), min_size=1, max_size=6
)


def mixed(parts: list[tuple[str, float, float]]) -> bytes:
    """Words with gaps."""
    digits = "零一二三四五六七八九"
    return b"".join(
        spoken(digits[int(word)], word=length, pause=0.0) + bytes(2 * round(8000 * gap))
        for word, length, gap in parts
    )


@settings(max_examples=30, deadline=None)
@given(parts=PARTS, cuts=st.lists(st.integers(80, 4000), min_size=1, max_size=8))
def test_however_it_is_cut_what_is_heard_are_whole_stretches_of_what_was_said(
    parts: list[tuple[str, float, float]], cuts: list[int]
) -> None:
    pcm, gate, events, at = mixed(parts), Gate(8000), [], 0
    while at < len(pcm):
        size = 2 * cuts[at % len(cuts)]
        events += gate.feed(pcm[at : at + size])
        at += size
    events += gate.finish()
    _alternate(events)
    voice = [event for event in events if isinstance(event, Voice)]
    joined = b"".join(event.pcm for event in voice)
    assert joined == b"".join(pcm[2 * begin : 2 * end] for begin, end in spans(events))
    ends = [0, *(end for _, end in spans(events))]
    assert all(begin >= before for (begin, _), before in zip(spans(events), ends, strict=False))
    loud = np.flatnonzero(np.frombuffer(pcm, "<i2"))
    inside = np.zeros(len(pcm) // 2, bool)
    for begin, end in spans(events):
        inside[begin:end] = True
    assert inside[loud].all()


def _alternate(events: list[Event]) -> None:
    """Begin, Voice..., End, and so on."""
    open_ = False
    for event in events:
        assert isinstance(event, Begin) != open_
        open_ = not isinstance(event, End)
    assert not open_


def test_it_closes_a_hang_over_after_the_last_sound_and_opens_a_pre_roll_before_the_first() -> None:
    pcm = bytes(2 * 16_000) + spoken("五", word=0.3, pause=0.0) + bytes(2 * 16_000)
    ((begin, end),) = spans(fed(Gate(8000), pcm))
    assert begin / 8000 == pytest.approx(2.0 - PRE_ROLL, abs=0.1)
    assert end / 8000 == pytest.approx(2.3 + HANG_OVER, abs=0.05)


def test_a_voice_cut_off_at_its_very_beginning_is_heard() -> None:
    assert heard(fed(Gate(8000), bytes(8000) + spoken("一", word=0.05, pause=0.0))) > 0.05


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 48_000])
def test_at_any_rate(rate: int) -> None:
    events = fed(Gate(rate), bytes(2 * rate) + spoken("一", rate, pause=1.5), 2 * (rate // 10))
    ((begin, end),) = spans(events)
    assert begin <= rate
    assert rate * 1.2 <= end <= rate * 2


def test_no_rate_of_speech() -> None:
    with pytest.raises(AsrError):
        Gate(4000)


@pytest.mark.parametrize("make", [lambda: Gate(8000), Always])
def test_nothing_at_all(make: Callable[[], Gate | Always]) -> None:
    gate = make()
    assert gate.finish() == []
    assert heard(gate.feed(b"")) == 0


def test_the_gate_that_is_never_shut() -> None:
    gate = Always()
    assert gate.feed(b"\0\0") == [Begin(0), Voice(b"\0\0")]
    assert gate.feed(b"\1\0") == [Voice(b"\1\0")]
    assert gate.finish() == [End()]
    assert gate.feed(b"\2\0")[0] == Begin(2)

"""The telephone's ear: what was said is found in what was heard, however late and however coded; other words
are not."""

from __future__ import annotations

import importlib
import wave
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.conftest import Need

SPEECH = Path(__file__).parents[1] / "data" / "speech"


@pytest.fixture(scope="module")
def phone(need: Need) -> ModuleType:
    need("pyVoIP", pypi="pyVoIP")
    return importlib.import_module("tests.peers.phone")


def said(name: str) -> np.ndarray:
    with wave.open(str(SPEECH / f"{name}.wav")) as clip:
        return np.frombuffer(clip.readframes(clip.getnframes()), "<i2").astype(float)


def test_the_same_words_later_and_softer(phone: ModuleType) -> None:
    words = said("a_desk_1")
    heard = np.concatenate((np.zeros(12345), words * 0.5, np.zeros(3000)))
    assert phone.likeness(words, heard) > 0.99
    noisy = heard + np.random.default_rng(1).normal(0, 100, len(heard))
    assert phone.likeness(words, noisy) > 0.9


def test_other_words_of_the_same_voice_and_silence(phone: ModuleType) -> None:
    words = said("a_desk_1")
    for name in ("a_desk_2", "a_agent_1", "a_caller_1"):
        assert phone.likeness(words, said(name)) < 0.5
    assert phone.likeness(words, np.zeros(60000)) == 0
    assert phone.likeness(words, words[:100]) == 0


def test_a_lost_frame_here_and_there_is_no_other_speech(phone: ModuleType) -> None:
    words = said("a_desk_1")
    frames = [words[at : at + 160] for at in range(0, len(words), 160)]
    heard = np.concatenate([frame for n, frame in enumerate(frames) if n % 40])
    assert phone.likeness(words, heard) > 0.7


def test_the_loudest_frame(phone: ModuleType) -> None:
    assert phone.loudest(np.zeros(0)) == 0
    assert phone.loudest(np.concatenate((np.zeros(800), np.full(160, 1000.0)))) == 1000

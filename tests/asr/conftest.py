"""Real speech and the real model for the recogniser's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asr.speech import Say, speak


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The model built by `make model` and shipped with the sources."""
    return Path(__file__).parent.parent.parent / "asr" / "models" / "demo"


@pytest.fixture(scope="session")
def say(need: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Say:
    """Mandarin spoken by espeak-ng, as a 22 050 Hz WAV file."""
    espeak = need("espeak-ng")
    folder = tmp_path_factory.mktemp("speech")
    return lambda text: speak(espeak, text, folder / f"{len(list(folder.iterdir()))}.wav")

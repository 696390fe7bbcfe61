"""The shipped model and recordings for the recogniser's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asr.spoken import Spoken, spoken


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The model built by `make model` and shipped with the sources."""
    return Path(__file__).parent.parent.parent / "asr" / "models" / "demo"


@pytest.fixture(scope="session")
def greeting() -> Spoken:
    """A 12345 agent's greeting."""
    return spoken("a_agent_1")


@pytest.fixture(scope="session")
def question() -> Spoken:
    """A 110 desk's question."""
    return spoken("a_desk_1")

"""What fuzzing kept, once more: every input that ever reached something new, or broke something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, seeds

INPUTS = [
    pytest.param(name, path, id=f"{name}-{path.name}")
    for name in TARGETS
    for folder in seeds(name)
    for path in sorted(folder.iterdir())
]


@pytest.mark.parametrize(("name", "path"), INPUTS)
def test_replay(name: str, path: Path) -> None:
    TARGETS[name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_a_corpus(name: str) -> None:
    assert list((seeds(name)[0]).iterdir())


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 64, b"\r\n" * 100])
def test_nothing_much(name: str, data: bytes) -> None:
    TARGETS[name](data)

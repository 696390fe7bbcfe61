"""The recogniser's process takes jemalloc where there is one, stays itself, and leaves an operator's choice
alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asr import allocator

ROOT = Path(__file__).parent.parent.parent
TELLS = (
    "import asr.allocator as a, os; a.begin_again(); "
    "print(os.getpid(), a.allocator(), os.environ.get('LD_PRELOAD'))"
)


def told(environment: dict[str, str]) -> tuple[int, list[str]]:
    """The pid it was started with, and what it says at its end."""
    plain = {key: value for key, value in os.environ.items() if key != allocator.PRELOAD}
    started = subprocess.Popen(
        [sys.executable, "-c", TELLS], cwd=ROOT, env=plain | environment, stdout=subprocess.PIPE, text=True
    )
    out, _ = started.communicate(timeout=30)
    assert started.returncode == 0
    return started.pid, out.split()


def test_begins_again_with_jemalloc_as_the_same_process() -> None:
    library = allocator.found()
    if library is None:
        pytest.skip("needs the Debian package libjemalloc2")
    pid, said = told({})
    assert said == [str(pid), "jemalloc", str(library)]


def test_who_has_chosen_is_left_alone() -> None:
    pid, said = told({allocator.PRELOAD: ""})
    assert said == [str(pid), "libc"]  # and LD_PRELOAD as it was: nothing


def test_nothing_happens_without_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(allocator.PRELOAD, raising=False)
    monkeypatch.setattr(allocator, "FOLDERS", (f"{tmp_path}/*/", f"{tmp_path}/"))
    assert allocator.found() is None
    allocator.begin_again()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / allocator.NAME).touch()
    assert allocator.found() == tmp_path / "deep" / allocator.NAME

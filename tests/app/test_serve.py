"""What `bridge serve` makes ready before it starts a process."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.app.serve import FILES, allow_files, plan
from bridge.services.switchboard import MAX_CALLS
from bridge.settings import Settings


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_shells_limit_of_open_files_is_raised_and_a_higher_one_left(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    assert allow_files() == most
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, hard)
    assert allow_files() == most


def test_all_calls_have_their_sockets() -> None:
    assert FILES > 4 * MAX_CALLS


def test_the_process_for_browsers_is_there_only_where_browsers_call() -> None:
    def names(settings: Settings) -> list[str]:
        return [command.name for command in plan(Path("bridge.yaml"), settings, Path("folder"))]

    quiet = {"asr": {"enabled": False}}
    assert names(Settings.model_validate(quiet)) == ["media", "control"]
    told = Settings.model_validate({**quiet, "webrtc": {}})
    assert names(told) == ["media", "webrtc", "control"], "media first: browsers are its peers"
    assert "--webrtc" in plan(Path("bridge.yaml"), told, Path("folder"))[-1].argv

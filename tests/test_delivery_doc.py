"""docs/delivery.md names every type of letter, every state and every reason there is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from bridge.__main__ import app
from bridge.api.problems import SIGNATURES
from bridge.handling.letters import PAPERS, SEEN, TYPES
from bridge.post.batches import Batch, pack
from bridge.post.delivery import DeliveryState
from bridge.post.envelope import PREFIX, SUFFIX
from bridge.post.signing import VERSIONS, Key
from tests.test_readme import description

TEXT = (Path(__file__).parent.parent / "docs" / "delivery.md").read_text()


@pytest.mark.parametrize(
    "name", [*TYPES.values(), *PAPERS, SEEN, *get_args(DeliveryState), *VERSIONS.values()]
)
def test_every_type_and_state_is_told(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_no_type_is_told_that_there_is_not() -> None:
    told = set(re.findall(r"`(ticket\.[a-z]+)`", TEXT))
    assert told == {*TYPES.values(), *PAPERS, SEEN}
    assert f"{PREFIX}ticket.accepted{SUFFIX}" in TEXT


def test_reasons_of_refused_signatures_are_the_codes() -> None:
    reasons = re.search(r"`why` 说错在哪里：(.*?)。计入", TEXT, re.DOTALL)
    assert reasons
    assert set(re.findall(r"`([a-z0-9-]+)`", reasons[1])) <= SIGNATURES.keys()


def test_commands_and_doors_exist() -> None:
    groups: Any = typer.main.get_command(app)
    for group, command in re.findall(r"\bbridge (outbox|batch|keys) (\w+)", TEXT):
        assert command in groups.commands[group].commands, (group, command)
    paths = {re.sub(r"\{.*?\}", "{}", path) for path in description()["paths"]}
    for path in re.findall(r"`(?:GET|POST) (/api/[^`?]*)", TEXT):
        assert re.sub(r"\{.*?\}", "{}", path) in paths, path


def test_a_batch_looks_as_it_is_told() -> None:
    made = pack(Batch("12345", "110", 42, 0, datetime.now(UTC), ()), (Key(b"k" * 32),)).splitlines()
    for line in made:
        for key in re.findall(r'"([a-z_0-9-]+)":', line.decode()):
            assert f"`{key}`" in TEXT, key

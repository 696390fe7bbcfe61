"""docs/live.md names every message of the live feed and every field of a call, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from bridge.access.principal import LOOPBACK
from bridge.api.lens import Lens
from bridge.calls.call import Transfer
from bridge.services.views import call_view, transfer_view
from tests.api.conftest import House

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "live.md").read_text()
NAMED = set(re.findall(r"`([a-z_-]+)(?:\[\])?`", DOC))
TABLES = DOC[DOC.index("## 消息") : DOC.index("### 一通电话")]
ROWS = set(re.findall(r"^\| `([a-z-]+)` \| ", TABLES, re.MULTILINE)) - {"type"}
SENDERS = (
    *sorted((ROOT / "bridge/services").glob("*.py")),
    *sorted((ROOT / "bridge/api").glob("live*.py")),
    ROOT / "bridge/app/partners.py",
)
SAID = {"auth"}
"""What a listener says."""


def kinds(file: Path) -> Iterator[str]:
    """The types of all messages that are made in a module."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant):
                    yield str(value.value)


def test_every_message_is_there_and_no_other() -> None:
    made = {kind for file in SENDERS for kind in kinds(file)}
    assert {"call", "handling", "papers", "wall", "resumed", "ping"} <= made, "the modules are looked through"
    assert made - SAID == ROWS
    assert NAMED | set(re.findall(r'"type": "(\w+)"', DOC)) >= SAID


def test_every_field_of_a_call_and_a_key_is_there() -> None:
    house = House()
    call = house.talking()
    house.switchboard.press_call(call, "110", house.clock.now)
    record = house.records.get(call)
    assert record is not None
    view = Lens(house.records, SimpleNamespace(), fillers=True).call(call_view(record), LOOPBACK)  # type: ignore[arg-type]
    fields = set(view) | {name for party in view["parties"] for name in party}
    transfer = record.call.transfer
    assert isinstance(transfer, Transfer)
    assert (fields | set(transfer_view(transfer))) - NAMED == set()

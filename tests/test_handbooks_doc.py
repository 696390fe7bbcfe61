"""docs/*.zh.md name nothing that is not there: commands, settings, figures, addresses of the interface."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from bridge.__main__ import app
from bridge.api.rights import Rights
from bridge.handling.words import DEED_NAMES

ROOT = Path(__file__).parent.parent
BOOKS = sorted((ROOT / "docs").glob("*.zh.md"))
CONFIG = (ROOT / "config" / "bridge.yaml").read_text()


def test_there_are_four() -> None:
    assert [path.name.partition(".")[0] for path in BOOKS] == ["admin", "agent", "partner", "supervisor"]


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.name)
def test_what_is_typed_exists(book: Path) -> None:
    text = book.read_text()
    top: Any = typer.main.get_command(app)
    for command, sub in re.findall(r"\bbridge ([a-z-]+)(?: ([a-z-]+)(?=[\s`（]|$))?", text):
        found = top.commands.get(command)
        assert found is not None, command
        if sub and hasattr(found, "commands"):
            assert sub in found.commands, (command, sub)
    for row in re.findall(r"`(?:GET|POST|PUT) (/[^`?]*)`", text):
        assert Rights().of("GET", row) or Rights().of("POST", row), row
    for deed in re.findall(r"/exchange/v1/tickets/\$TICKET/([a-z]+)", text):
        assert deed in (*DEED_NAMES, "log"), deed
    for name in re.findall(r"`((?:api|asr|recording|media)\.[a-z_]+)`", text):
        assert re.search(rf"^ *(?:# )*{name.partition('.')[2]}:", CONFIG, re.MULTILINE), name
    for figure in re.findall(r"`(bridge_[a-z_]+)", text):
        assert figure.removesuffix("_total") in _sources(), figure


def _sources() -> str:
    return "".join(path.read_text() for path in (ROOT / "bridge" / "adapters").glob("*.py"))

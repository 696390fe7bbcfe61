"""README's picture: every character on its own cells, as on a terminal, and nothing fetched to show it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text

from bridge.demo.picture import CELL, keep

NAMESPACE = "{http://www.w3.org/2000/svg}"


def pieces(path: Path) -> list[tuple[float, float, str]]:
    """Where each piece begins, how wide it is, and what it says; in cells."""
    found = [item for item in ET.parse(path).iter(f"{NAMESPACE}text") if item.get("textLength")]
    return [
        (float(item.get("x", 0)) / CELL, float(item.get("textLength", 0)) / CELL, unescape(item.text or ""))
        for item in found
    ]


@pytest.mark.parametrize("said", ["诉求人", "110 接警员", "按键 → INVITE 发出", "a<b>&c", "，110。"])
def test_each_piece_stands_on_its_cells(said: str, tmp_path: Path) -> None:
    keep(Text(said), tmp_path / "it.svg")
    at = 0.0
    for start, width, text in pieces(tmp_path / "it.svg"):
        assert start == pytest.approx(at, abs=0.01)
        assert width == pytest.approx(cell_len(text), abs=0.01)
        at += cell_len(text)
    assert "".join(text for *_, text in pieces(tmp_path / "it.svg")).replace("\xa0", " ") == said


def test_wide_and_narrow_letters_are_apart(tmp_path: Path) -> None:
    keep(Text("按 110 键"), tmp_path / "it.svg")
    assert all(len({cell_len(letter) for letter in text}) == 1 for *_, text in pieces(tmp_path / "it.svg"))


def test_nothing_is_fetched(tmp_path: Path) -> None:
    keep(Text("x"), tmp_path / "it.svg")
    assert not re.search(r"url\((?!#)|@font-face|href", (tmp_path / "it.svg").read_text())

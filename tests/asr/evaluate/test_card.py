"""The card's tables: written between marks, of the model that is there, with figures that come out again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asr.errors import CorpusError
from asr.evaluate import card
from asr.evaluate.corpus import load
from asr.evaluate.report import groups
from asr.evaluate.run import Way, evaluate
from asr.vosk_engine import VoskEngine

ROOT = Path(__file__).parents[3]
CARD = ROOT / "asr" / "models" / "demo" / "MODEL_CARD.md"
SETS = {
    "held-out": ROOT / "tests" / "data" / "held-out" / "held-out.tsv",
    "speech": ROOT / "tests" / "data" / "speech",
}
CELL = re.compile(r"(\d+\.\d\d)% \((\d+)\)(?: \[\d+\.\d–\d+\.\d\])?")


def rows(name: str) -> list[list[str]]:
    text = card.section_of(CARD.read_text(encoding="utf-8"), name)
    return [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in text.splitlines()
        if row.startswith("|")
    ]


@pytest.mark.parametrize("name", ["held-out-large", *SETS])
def test_a_table_has_a_column_for_each_line_and_figures_that_agree(name: str) -> None:
    head, _, *body = rows(name)
    assert head[2:] == list(card.LINES)
    assert body
    for group, characters, *cells in body:
        assert len(cells) == len(card.LINES)
        for cell in cells:
            if "nobody" in group:
                assert cell.isdigit()
            else:
                rate, errors = CELL.fullmatch(cell).groups()  # type: ignore[union-attr]
                assert float(rate) == pytest.approx(100 * int(errors) / int(characters), abs=0.006)


@pytest.mark.parametrize("name", ["held-out-large", *SETS])
def test_the_tables_are_of_the_committed_model(name: str, demo_model: Path) -> None:
    section = card.section_of(CARD.read_text(encoding="utf-8"), name)
    assert f"am/final.mdl {VoskEngine(demo_model).sha256[:16]}" in section
    assert f"python -m asr evaluate {name} --card" in section


def test_the_figures_come_out_again(demo_model: Path) -> None:
    """Of one set through one line, within two characters: other machines may round in another way."""
    name, column = "held-out", "A-law, 20 dB"
    results = evaluate(VoskEngine(demo_model), load(SETS[name]), Way(card.LINES[column], jobs=2))
    head, _, *body = rows(name)
    told = {row[0]: row for row in body}
    for group, members in groups(results).items():
        row = told[group or "全部 all"]
        errors = int(CELL.fullmatch(row[head.index(column)])[2])  # type: ignore[index]
        assert int(row[1]) == sum(member.counts.characters for member in members)
        assert abs(errors - sum(member.counts.errors for member in members)) <= 2


def test_only_the_sets_own_section_is_replaced() -> None:
    text = "甲\n<!-- evaluate a -->\n旧\n<!-- /evaluate -->\n乙\n<!-- evaluate b -->\n<!-- /evaluate -->\n"
    once = card.with_section(text, "b", "新")
    assert card.section_of(once, "b") == "新\n"
    assert card.section_of(once, "a") == "旧\n"
    assert card.with_section(once, "b", "新") == once


def test_a_card_without_marks_is_told_how_to_get_them() -> None:
    with pytest.raises(CorpusError, match="<!-- evaluate b -->"):
        card.with_section("甲", "b", "新")


def test_the_small_set_is_small() -> None:
    assert sum(path.stat().st_size for path in SETS["held-out"].parent.iterdir()) < 1_000_000

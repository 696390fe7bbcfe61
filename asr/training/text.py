"""Text as it is written in the data files, said by espeak-ng, and compared with what was recognised.

Pure but for `data_lines`. Sentences in data files carry punctuation (pauses) and blanks (word borders);
what a recogniser writes has neither.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
"""Vocabulary, sentences and scenes."""

_UNSPOKEN: Final = re.compile(r"[^\u3400-\u9fff]")


def data_lines(path: Path) -> list[str]:
    """The file's lines without comments (#) and empty lines."""
    rows = (row.strip() for row in path.read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row and not row.startswith("#")]


def written(text: str) -> str:
    """Only the ideographs: what a perfect recogniser would write for this sentence."""
    return _UNSPOKEN.sub("", text)


def edit_distance(reference: str, hypothesis: str) -> int:
    """Characters to insert, delete or replace to turn one text into the other."""
    row = list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, found in enumerate(hypothesis, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (expected != found))
    return row[-1]

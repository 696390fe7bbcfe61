"""Text as it is written in the data files and said by espeak-ng.

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

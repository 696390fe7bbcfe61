"""A character's readings in toneless pinyin, out of pypinyin's dictionary of single characters."""

from __future__ import annotations

import os
from functools import lru_cache


def readings(char: str) -> tuple[str, ...]:
    """Every toneless reading of one Hanzi, ü written v, the most common first; () of anything else."""
    return _readings(char)


@lru_cache(maxsize=16384)
def _readings(char: str) -> tuple[str, ...]:
    # Its dictionary of phrases takes 45 MB and 0.2 s, and names are read character by character here.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import Style, pinyin  # noqa: PLC0415  where no place is named, it is not needed

    found = pinyin(char, style=Style.NORMAL, heteronym=True, errors="ignore", strict=False)
    return tuple(found[0]) if found else ()

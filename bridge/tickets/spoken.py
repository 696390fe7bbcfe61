"""Words as a telephone recogniser writes them: Hanzi digits, no punctuation, a pause between utterances.

Pure. The common ground of the element rules (people, phones, times, places): one normal form of what was
said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

PAUSE: Final = "，"
"""Stands between utterances and for every punctuation mark a recogniser may write."""

_FULL_WIDTH: Final = {ord("０") + n: str(n) for n in range(10)}
_CJK: Final = "\u3400-\u9fff"
_BLANKS: Final = re.compile(rf"(?<=[{_CJK}0-9])\s+(?=[{_CJK}0-9])")
_MARKS: Final = re.compile(rf"\s*[,.;:!?、。；：！？…—()（）“”\"'{PAUSE}\n]+\s*")


def normal(texts: Iterable[str]) -> str:
    """Utterances as one text: full-width digits folded, blanks between Hanzi gone, each pause one PAUSE."""
    whole = PAUSE.join(text.translate(_FULL_WIDTH) for text in texts)
    return _MARKS.sub(PAUSE, _BLANKS.sub("", whole)).strip(PAUSE + " ")

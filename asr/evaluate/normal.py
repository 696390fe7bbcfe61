"""Two ways of writing the same words made one, so that only what was misheard counts as an error.

Full-width forms, case, punctuation, blanks and marks for sounds ([噪音], <unk>) never count; numbers are
compared as digits (`numbers`); Traditional characters as Simplified ones. The last by OpenCC, because a model
trained on other data writes 電話 for 电话 and would look a third worse than it hears, and because a table of
our own would be a poor copy of that library's. What sounds alike but is another word (他/她, 的/地) stays
different: somebody reads it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from opencc import OpenCC

from asr.evaluate.numbers import with_digits

_MARKS: Final = re.compile(r"\[[^\[\]]{0,20}\]|<[^<>]{0,20}>|【[^【】]{0,20}】")
_PER_CENT: Final = re.compile(r"(\d+(?:[.,]\d+)*)\s*([%‰])")
_POINT: Final = re.compile(r"(?<=\d)[.:点](?=\d)")
_PARTS: Final = {"%": "百分之", "‰": "千分之"}
_FILLERS: Final = str.maketrans("", "", "嗯呃唔哦噢喔啊哎唉诶欸")
"""Sounds that are no words. 那个, 就是 and the like stay: they are words elsewhere."""


def comparable(text: str, *, fillers: bool = True) -> str:
    """What of a text is compared: letters, ideographs and digits; without fillers (嗯, 呃 ...) if asked."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _simplified().convert(_MARKS.sub("", text))
    text = _PER_CENT.sub(lambda match: _PARTS[match[2]] + match[1], text)
    # 3.5 and 8:30 are both spoken with 点; which of the two was meant does not matter here.
    text = _POINT.sub("点", text.replace("○", "零"))
    text = "".join(char for char in text if unicodedata.category(char)[0] in "LN")
    return with_digits(text if fillers else text.translate(_FILLERS))


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")

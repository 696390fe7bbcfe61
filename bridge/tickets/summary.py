"""诉求内容: what a dispatcher reads at a glance, the caller's own words without what says nothing.

Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bridge.tickets.people import without_name
from bridge.tickets.phones import without_numbers
from bridge.tickets.spoken import PAUSE

MAX_WHAT: Final = 200
"""Characters of 诉求内容; the whole story is in the transcript."""

_GREETING: Final = re.compile(
    r"(?:^|(?<=，))(?:(?:喂|您好|你好|哎|唉|嗯|哦|啊|那个|就是说|同志|警察同志|师傅|谢谢|麻烦|好的|行|可以|对|是的|"
    r"一二三四五吗?|幺幺零吗?|热线吗?|是我|那什么|怎么说呢)(?:[您你]们?)?了?啊?，?)+"
)
_EMPTY_WORDS: Final = re.compile(
    r"(?:嗯|哦|啊|喂|好|好的|好吧|是|是的|对|对对|行|可以|谢谢|没有|没了|知道了|明白|再见|不用|谢谢您|谢谢你|麻烦了|"
    r"麻烦您了|没错|就这些|就这个事|没别的了?|能打通|就行|不对|说错了|拜拜|辛苦了|那好|好嘞)+"
)
_MIN_CONTENT: Final = 3


@lru_cache(maxsize=256)
def summary(text: str, answers: tuple[tuple[int, int], ...] = ()) -> str:
    """The story's words without greeting, name and number, up to MAX_WHAT characters. answers: where answers
    to questions for name and telephone stand; what is nothing but such an answer is left out."""
    kept_text = _without(text, answers)
    words = without_numbers(without_name(kept_text))
    sentences = [_GREETING.sub("", sentence) for sentence in words.split(PAUSE)]
    kept = [item for item in sentences if len(item) >= _MIN_CONTENT and not _EMPTY_WORDS.fullmatch(item)]
    return PAUSE.join(kept)[:MAX_WHAT]


def _without(text: str, answers: tuple[tuple[int, int], ...]) -> str:
    """The text without short answers: 王建国, 幺三八…; a long one tells more than was asked."""
    kept, at = [], 0
    for start, end in sorted(answers):
        if end - start <= _SHORT and start >= at:
            kept.append(text[at:start])
            at = end
    return PAUSE.join((*kept, text[at:])) if kept else text


_SHORT: Final = 6
"""Characters of an answer that is nothing but a name."""

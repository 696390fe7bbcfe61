"""Words that fill a pause and say nothing: 嗯, 啊, 那个, 就是说. Pure.

Only where they can be nothing else: 啊 at the end of a sentence is its tone, 那个 before a noun points at
something, 额 is an amount's.
"""

from __future__ import annotations

import re
from typing import Final

_EDGE: Final = r"(?:^|(?<=[，。？！；、\s]))"
_SOUNDS: Final = r"[嗯呃唔]+"
_RULES: Final = (
    re.compile(_SOUNDS),
    # By itself at the beginning of a clause.
    re.compile(rf"{_EDGE}(?:啊+|哦+|噢+|额+)(?=[，。？！；、\s]|$)"),
    re.compile(rf"{_EDGE}(?:啊|哦|噢)+(?=[我你您他她这那对是])"),
    # Said twice, or before a pause, or followed by a sound that was a filler too.
    re.compile(r"(?:那个){2,}|(?:这个){2,}|(?:就是){2,}"),
    re.compile(rf"{_EDGE}(?:那个|这个|就是|然后)(?=[，。])"),
    re.compile(rf"{_EDGE}(?:那个|这个|就是)(?=[我你您他她它])"),
    re.compile(r"就是说(?!明|服)"),
)
_DOUBLED: Final = re.compile(r"([，。？！；、])[，。；、\s]+")
_LEADING: Final = re.compile(r"^[，。；、\s]+")


def without_fillers(text: str) -> str:
    """The text without them. Of an utterance that is nothing else one stays: somebody did answer."""
    thinner = text
    for rule in _RULES:
        thinner = rule.sub("", thinner)
    thinner = _LEADING.sub("", _DOUBLED.sub(r"\1", thinner))
    if thinner == text:
        return text
    return without_fillers(thinner) if thinner.strip("，。？！；、 ") else _one(text)


def _one(text: str) -> str:
    sound = re.search(r"[嗯呃唔啊哦噢额]", text)
    return sound.group() if sound else text

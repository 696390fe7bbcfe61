"""How sure an element is: how plainly the words say it, how well they were heard, and whether the caller
agreed when an agent read it back.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bridge.tickets.elements import ElementName
from bridge.tickets.story import Story

HAND: Final = 1.0
"""An agent typed it."""

HIGHEST: Final = 0.98
"""What rules can be sure of at most."""

_AGREED: Final = 0.35
"""What is left of the doubt once the caller said 对."""

_DENIED: Final = 0.4
"""What is left of the confidence once he said 不对."""

Agreement = bool | None
"""The caller's last answer to an agent who read the element back: yes, no; None where nobody did."""

ASKED_FOR: Final[dict[ElementName, re.Pattern[str]]] = {
    "contact": re.compile("电话|手机|号码|联系方式|怎么联系|联系您"),
    "when": re.compile("什么时候|几点|什么时间|多久|多长时间|哪天|哪一天|几号|时间是|何时|几天"),
}
"""An agent's questions; for a name and a place see people.py and places.py."""


def agreement(told: Story, reads: Callable[[str], bool]) -> Agreement:
    """What the caller last said to an agent's turn that `reads` the element back."""
    answers = [agrees for asked, _, agrees in told.read_back() if reads(asked.text)]
    return answers[-1] if answers else None


def sure(strength: float, heard: float, agreed: Agreement) -> float:
    """0..1, two decimals. strength: how plainly the words say it; heard: the recogniser's mean confidence in
    them."""
    confidence = strength * heard
    if agreed is True:
        confidence = 1 - (1 - confidence) * _AGREED
    elif agreed is False:
        confidence *= _DENIED
    return round(min(HIGHEST, max(0.0, confidence)), 2)

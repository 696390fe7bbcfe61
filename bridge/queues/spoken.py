"""How many are ahead, said in prompts: 您前面还有 三 位. Pure; prompts by the names of their files, as an
administrator's own recordings have them."""

from __future__ import annotations

from typing import Final

MOST: Final = 99
"""Nobody is helped by a longer number; beyond it is 很多位."""


def position(ahead: int) -> tuple[str, ...]:
    """The prompts for so many callers ahead, 0 or more."""
    if ahead <= 0:
        return ("queue-next",)
    if ahead > MOST:
        return ("queue-many",)
    return ("queue-ahead", *_number(ahead), "queue-people")


def _number(value: int) -> tuple[str, ...]:
    """1..99 as it is counted in front of 位: 两位, but 十二位 and 二十位."""
    if value == 2:
        return ("number-two",)
    tens, ones = divmod(value, 10)
    head = () if tens == 0 else ("number-10",) if tens == 1 else (f"number-{tens}", "number-10")
    return (*head, f"number-{ones}") if ones else head

"""How long somebody has, as an administrator writes it: `2 工作小时`, `5 工作日`, `30 分钟`, `15 天`.

Pure. What such a time comes to on a calendar is `working_time`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["minutes", "hours", "days", "workminutes", "workhours", "workdays"]

_WORDS: Final[dict[str, Unit]] = {
    "分钟": "minutes",
    "小时": "hours",
    "天": "days",
    "工作分钟": "workminutes",
    "工作小时": "workhours",
    "工作日": "workdays",
}
UNIT_NAMES: Final[dict[Unit, str]] = {unit: word for word, unit in _WORDS.items()}
UNIT_SECONDS: Final[dict[Unit, int]] = {"minutes": 60, "hours": 3600, "workminutes": 60, "workhours": 3600}
"""Units that are a number of seconds; a day ends when the office closes, whenever it began."""
MOST: Final[dict[Unit, int]] = {
    "minutes": 10_000,
    "hours": 9_000,
    "days": 366,
    "workminutes": 10_000,
    "workhours": 2_500,
    "workdays": 260,
}
"""About a year of each: more is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Amount:
    """count: 1 to MOST of its unit."""

    count: int
    unit: Unit

    @property
    def working(self) -> bool:
        """Whether it passes in working hours only."""
        return self.unit.startswith("work")

    @property
    def seconds(self) -> int | None:
        """None: it is counted in days."""
        size = UNIT_SECONDS.get(self.unit)
        return None if size is None else size * self.count

    def __str__(self) -> str:
        return f"{self.count} {'个' if self.unit == 'workdays' else ''}{UNIT_NAMES[self.unit]}"


def read_amount(text: str) -> Amount:
    """Raises ValueError saying, in Chinese, what to write."""
    found = re.fullmatch(r"\s*([0-9]{1,5})\s*个?\s*([^\s0-9]+)\s*", text)
    unit = _WORDS.get(found[2]) if found else None
    if found is None or unit is None:
        raise ValueError(f"“{text}”不是时限，应像 2 工作小时、5 工作日；单位可以写：{'、'.join(_WORDS)}")
    count = int(found[1])
    if not 1 <= count <= MOST[unit]:
        raise ValueError(f"时限“{text}”不对，{UNIT_NAMES[unit]}应在 1 到 {MOST[unit]} 之间")
    return Amount(count, unit)

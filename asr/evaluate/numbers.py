"""Numbers as digits, however they were written: 一百零五, １０５ and 105 are the same words spoken.

Pure. Works on text without blanks and punctuation, and on any text alike: what stands for a digit becomes one
everywhere, also in words (一起 -> 1起), for both sides of a comparison go through it. So it only has to give
the same answer for the same words, never a nice one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_DIGITS: Final = str.maketrans("零〇○一幺二两三四五六七八九", "00011223456789")
_UNITS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_LARGE: Final = 10**4
_LONGEST: Final = 60
"""Characters; a longer run is no number anybody says, and is read digit by digit."""
_HANZI: Final = "零〇○一幺二两三四五六七八九"

_RUN: Final = re.compile(rf"[0-9{_HANZI}十][0-9{_HANZI}十百千万亿]*")
_TOKEN: Final = re.compile(rf"[0-9]+|[{_HANZI}]+|[十百千万亿]")


def with_digits(text: str) -> str:
    """The text with every number in digits: with units by value, else digit by digit (幺幺零 -> 110).

    一百一 is 110 and 三千五 is 3500, as they are spoken. Two numbers said in one breath (三四百) stay two
    (3400), on both sides alike.
    """
    return _RUN.sub(lambda match: _number(match.group()), text)


def _number(run: str) -> str:
    if len(run) > _LONGEST or not any(unit in run for unit in _UNITS):
        return run.translate(_DIGITS)
    reading = _Reading()
    for token in _TOKEN.findall(run):
        if token in _UNITS:
            reading.unit(_UNITS[token])
        else:
            reading.digits(token.translate(_DIGITS), hanzi=not token.isdecimal())
    return reading.end()


@dataclass(slots=True)
class _Reading:
    """A run of digits and units, read from left to right. `out`: numbers that are complete; `parts`: value so
    far by 亿, 万 and the rest; `last`: the unit just read, 0 before the first."""

    out: str = ""
    parts: dict[int, int] = field(default_factory=dict)
    last: int = 0
    waiting: str = ""
    hanzi: bool = False

    def digits(self, digits: str, *, hanzi: bool) -> None:
        self.waiting += digits
        self.hanzi = hanzi

    def unit(self, unit: int) -> None:
        if self.hanzi and len(self.waiting.lstrip("0")) > 1:  # 三四百: three, and four hundred
            self._start_anew(keep=1)
        elif self._too_big(unit):  # 一百二百: a hundred, two hundred
            self._start_anew(keep=len(self.waiting))
        if unit < _LARGE:
            self._add(1, (int(self.waiting or 0) or 1) * unit)
        else:
            below = [self.parts.pop(part, 0) for part in (1, _LARGE) if part < unit]
            self._add(unit, (sum(below) + int(self.waiting or 0) or 1) * unit)
        self.last, self.waiting = unit, ""

    def _too_big(self, unit: int) -> bool:
        """Whether the unit cannot belong to the number being read."""
        if unit >= _LARGE:
            return unit in self.parts
        return self.last < _LARGE and 0 < self.last <= unit

    def _add(self, part: int, value: int) -> None:
        self.parts[part] = self.parts.get(part, 0) + value

    def _start_anew(self, keep: int) -> None:
        cut = len(self.waiting) - keep
        kept, self.waiting = self.waiting[cut:], self.waiting[:cut]
        self.out, self.parts, self.last, self.waiting = self.end(), {}, 0, kept

    def end(self) -> str:
        """All that was read; the last digits are ones, or of the next unit below (一百一)."""
        if not self.last:
            return self.out + self.waiting
        value, rest = sum(self.parts.values()), self.waiting
        if self.hanzi and rest and rest[0] != "0":  # 十五六: the six is one more number
            of = self.last // 10 if self.last >= 100 else 1
            return f"{self.out}{value + int(rest[0]) * of}{rest[1:]}"
        if rest and int(rest) < self.last:
            return f"{self.out}{value + int(rest)}"
        return f"{self.out}{value}{rest}"

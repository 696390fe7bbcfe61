"""Dialled numbers and the patterns that match them, in the notation every Asterisk administrator knows.

`X` is 0-9, `Z` 1-9, `N` 2-9, `[13-5]` one of these, a final `.` one or more further signs; everything else
stands for itself. No leading underscore: no dialled number holds X, Z or N.

Pure. Knows nothing of routes; says whether a pattern matches a number and whether it covers another pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

SIGNS: Final = frozenset("0123456789*#+")
"""What a telephone number may be made of here: the keypad, and + before a country code (RFC 3966 §5.1.4)."""

LONGEST: Final = 32
"""Signs in a number or pattern: E.164 ends at 15, prefixes need some room, flooding none."""

_CLASSES: Final = {
    "X": frozenset("0123456789"),
    "Z": frozenset("123456789"),
    "N": frozenset("23456789"),
}
_VISUAL: Final = str.maketrans("", "", "-.()")


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern: `text` as written, the signs allowed at each place, and whether more may follow."""

    text: str
    places: tuple[frozenset[str], ...]
    open_ended: bool = False

    def matches(self, number: str) -> bool:
        """Whether `number` (see `normalise`) is one this pattern stands for."""
        if self.literal is not None:
            return number == self.literal
        if not self._right_length(len(number)):
            return False
        return all(sign in place for sign, place in zip(number, self.places, strict=False)) and all(
            sign in SIGNS for sign in number[len(self.places) :]
        )

    def covers(self, other: Pattern) -> bool:
        """Whether every number `other` matches is also matched by this pattern."""
        if not self.open_ended and (other.open_ended or len(other.places) != len(self.places)):
            return False
        if self.open_ended and other._shortest < self._shortest:
            return False
        theirs = other.places + (SIGNS,) * (len(self.places) - len(other.places))
        return all(mine >= their for mine, their in zip(self.places, theirs, strict=False))

    @cached_property
    def literal(self) -> str | None:
        """The one number this pattern stands for, or None if there are several."""
        if self.open_ended or any(len(place) != 1 for place in self.places):
            return None
        return "".join(next(iter(place)) for place in self.places)

    @property
    def _shortest(self) -> int:
        return len(self.places) + self.open_ended

    def _right_length(self, length: int) -> bool:
        if self.open_ended:
            return len(self.places) < length <= LONGEST
        return length == len(self.places)


def normalise(number: str) -> str:
    """`number` without the signs that are only there for the eye (RFC 3966 §5.1.1: - . and parentheses)."""
    return number.translate(_VISUAL)


def parse(text: str) -> Pattern:
    """The pattern in `text`. Raises ValueError saying, in Chinese, what to write instead."""
    if not text:
        raise ValueError("号码不能为空")
    open_ended = text.endswith(".")
    places = tuple(_places(text.removesuffix(".")))
    if len(places) > LONGEST:
        raise ValueError(f"号码“{text[:LONGEST]}…”太长，最多 {LONGEST} 位")
    return Pattern(text, places, open_ended)


def _places(text: str) -> list[frozenset[str]]:
    places, rest = [], text
    while rest:
        head, rest = rest[0], rest[1:]
        if head == "[":
            inside, closed, rest = rest.partition("]")
            if not closed:
                raise ValueError(f"号码“{text}”里的 [ 没有配对的 ]")
            places.append(_choice(inside, text))
        else:
            places.append(_sign(head, text))
    return places


def _sign(sign: str, text: str) -> frozenset[str]:
    if sign in _CLASSES:
        return _CLASSES[sign]
    if sign in SIGNS:
        return frozenset(sign)
    if sign.upper() in _CLASSES:
        raise ValueError(f"号码“{text}”里的通配符要大写，写成“{text.upper()}”")
    if sign == "_":
        raise ValueError(f"号码“{text}”不要下划线，写成“{text.replace('_', '')}”")
    raise ValueError(
        f"号码“{text}”里有不认识的“{sign}”：可用 0-9 * # +，通配 X Z N [1-9]，末尾的 . 表示后面还有任意位"
    )


def _choice(inside: str, text: str) -> frozenset[str]:
    """The signs of a bracket: single ones and ranges of digits, e.g. `13-5` is 1, 3, 4, 5."""
    signs, rest = set[str](), inside
    while rest:
        if len(rest) >= 3 and rest[1] == "-":
            first, last, rest = rest[0], rest[2], rest[3:]
            if not (first in _CLASSES["X"] and last in _CLASSES["X"] and first <= last):
                raise ValueError(f"号码“{text}”里的范围“{first}-{last}”不对，应像 3-9，从小到大")
            signs.update(str(digit) for digit in range(int(first), int(last) + 1))
        else:
            if rest[0] not in SIGNS:
                raise ValueError(f"号码“{text}”的 [ ] 里只能是 0-9 * # + 和 3-9 这样的范围")
            signs.add(rest[0])
            rest = rest[1:]
    if not signs:
        raise ValueError(f"号码“{text}”里的 [ ] 是空的")
    return frozenset(signs)

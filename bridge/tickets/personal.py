"""Which runs of digits are somebody's own: identity card, bank card, telephone. Pure checks over Arabic
digits.

The shapes are those of GB 11643 (18 characters, the last one a check by ISO 7064 MOD 11-2), ISO/IEC 7812
(16 to 19 digits, Luhn) and China's numbering plan. What is shown of each when it is covered stands beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["id-card", "bank-card", "telephone", "number"]
"""number: too long to be a street's or a house's, whatever it is: a digit that was misheard breaks every
check."""

LEAST: Final = 7
"""Digits in a row from which a run is covered: the shortest telephone number has seven."""

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_BORN: Final = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_MOBILE: Final = re.compile(r"(?:86)?1[3-9]\d{9}")
_LANDLINE: Final = re.compile(r"0\d{2,3}[2-9]\d{6,7}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a run of digits is; head, tail: how many of its first and last may be shown."""

    kind: Kind
    head: int = 0
    tail: int = 0


def is_id_card(number: str) -> bool:
    """18 characters with a possible date of birth and the right check."""
    if not _BORN.fullmatch(number):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11] == number[-1]


def is_bank_card(number: str) -> bool:
    """16 to 19 digits that pass Luhn's check and are not all the same."""
    if not (16 <= len(number) <= 19 and number.isdecimal() and len(set(number)) > 1):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


def is_telephone(number: str) -> bool:
    """A mobile (86 before it or not) or a landline with its area code."""
    return bool(_MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number))


def known(run: str) -> Found | None:
    """What a run of digits (and X) is; None for one that is too short to be covered. Of a run that is no
    whole number nothing may be shown: who knows where in it the number begins."""
    if len(run) < LEAST:
        return None
    if is_id_card(run):
        return Found("id-card", head=3)
    if is_bank_card(run):
        return Found("bank-card", tail=4)
    if is_telephone(run):
        return Found("telephone", head=3, tail=2 if run[0] == "0" else 4)
    return Found("number")

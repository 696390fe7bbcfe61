"""Words to search by: the same for what is filed and for what is asked, in any database.

Pure. Chinese has no blanks between words, so a run of Hanzi is filed as its pairs of neighbours (人民路:
人民, 民路), and each of its characters once besides, for whoever asks for one alone. Latin words are filed in
lower case, numbers in Arabic digits whichever way they were written or said, telephone numbers without
blanks, dashes and country code, and by their last four digits. Every token is letters and digits only, so it
needs no quoting anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from bridge.tickets.readable_digits import in_digits

MOST_ASKED: Final = 100
"""Characters of a question that are looked at."""
MOST_FILED: Final = 16_000
"""Tokens in order of one text, an hour's talk."""
MOST_PLACES: Final = 16_383
"""How far PostgreSQL counts places; what comes later has no order."""
TAIL: Final = 4
"""Last digits of a number it is known by."""
PERSONAL: Final = 5
"""Digits from which a number may be somebody's: as many as are covered for those without the right."""

Phrase = tuple[str, ...]
"""Tokens one after the other."""

_HANZI: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"(?P<hanzi>(?:(?=\w)[{_HANZI}])+)|(?P<number>[0-9]+)|(?P<word>[^\W\d_{_HANZI}]+)")
_SPACED: Final = re.compile(r"(?<!\d)(?:\+ ?)?\d(?:[ \-]?\d){6,}(?!\d)")
_MOBILE: Final = re.compile(r"(?:\+|00)?86(1\d{10})$")
_LONGEST: Final = 60
"""Characters of one word: longer ones are no words."""


def filed(text: str, *labels: str) -> Phrase:
    """All tokens of a text, in order; then its characters, and what it is labelled with."""
    runs = list(_runs(text))
    tokens = [token for _, phrase in runs for token in phrase]
    single = dict.fromkeys(sign for run, _ in runs if _is_hanzi(run) and len(run) > 1 for sign in run)
    tails = dict.fromkeys(f"t{run[-TAIL:]}" for run, _ in runs if run.isdecimal() and len(run) > 6)
    return (*tokens[:MOST_FILED], *single, *tails, *labels)


def asked(text: str) -> tuple[Phrase, ...]:
    """What must all be there: a phrase for each run of characters. Empty: nothing to search by."""
    return tuple(phrase for _, phrase in _runs(text[:MOST_ASKED]))


def asked_number(text: str) -> tuple[Phrase, ...]:
    """A telephone number that must be there; four digits: one that ends so."""
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isdecimal())
    if len(digits) == TAIL:
        return ((f"t{digits}",),)
    return asked(text)


def label(kind: str, value: str) -> str:
    """A property as a token no text has: to search within a platform or category."""
    return f"z{kind}{value.encode().hex()}"[:_LONGEST]


def personal(phrases: Iterable[Phrase]) -> bool:
    """Whether somebody's number is asked for."""
    return any(token[0] == "n" and token[1:].isdecimal() for phrase in phrases for token in phrase)


def _runs(text: str) -> Iterable[tuple[str, Phrase]]:
    for match in _RUN.finditer(_normal(text)):
        run = match.group()
        if match.lastgroup == "hanzi":
            yield run, tuple(map("".join, pairwise(run))) or (run,)
        elif match.lastgroup == "number":
            yield run, ((f"n{run[:_LONGEST]}" if len(run) >= PERSONAL else f"d{run}"),)
        else:
            yield run, (f"w{run[:_LONGEST]}",)


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    return _SPACED.sub(_together, in_digits(plain))


def _together(match: re.Match[str]) -> str:
    """A number in groups, as one; its blanks around it stay so that it stays by itself."""
    digits = re.sub(r"[ \-+]", "", match.group())
    mobile = _MOBILE.match(digits)
    return f" {mobile.group(1) if mobile else digits} "


def _is_hanzi(run: str) -> bool:
    return not run.isdecimal() and not run.isascii() and bool(re.match(f"[{_HANZI}]", run))

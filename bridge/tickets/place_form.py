"""An address in its normal form: official names, Arabic digits, no filler:
东昌府区柳园南路26号3号楼2单元501室门口.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from bridge.tickets.numerals import whole
from bridge.tickets.place_marks import Marked
from bridge.tickets.place_words import COUNTIES, NUMBER, PARTS
from bridge.tickets.spoken import PAUSE

Part = tuple[str, int, int]
"""Its kind, and where it stands in the text."""

_NUMBERS: Final = re.compile(NUMBER)
_AND: Final = re.compile(
    "(?<=[路街道巷])(?:[和跟同与]|(?=[^和跟同与路街道巷东西南北中段口]))(?=.*[路街道巷])"
)
_FILLER: Final = re.compile(f"{PAUSE}|的|[那这]个")
_ROOM: Final = re.compile(r"(单元|楼|层|栋|幢|座)(\d{3,4})$")


def official(text: str, parts: Sequence[Part], names: Marked) -> str:
    """The parts in the order of an address; the county that a town, road or compound lies in is put before it
    where the gazetteer knows and nobody said."""
    inside = {hit.place.county for _, start, end in parts for hit in names.within(start, end)} - {""}
    written = [(kind, _written(kind, start, end, text, names)) for kind, start, end in parts]
    if written[-1] == ("side", "上") and written[-2:-1] and written[-2][1].endswith(("路", "街")):
        del written[-1]  # 柳园路上 is on it, not above it
    if len(inside) == 1 and not any(kind == "county" for kind, _ in written):
        written.append(("county", inside.pop()))
    if any(kind == "county" for kind, _ in written):
        written = [part for part in written if part[0] != "city"]
    return "".join(words for kind in PARTS for each, words in written if each == kind)


def _written(kind: str, start: int, end: int, text: str, names: Marked) -> str:
    words = _named(text, start, end, names)
    return _FORMS.get(kind, _plain)(_FILLER.sub("", words))


def _named(text: str, start: int, end: int, names: Marked) -> str:
    """The part's words with official names in the place of what was said."""
    kept, at = "", start
    for hit in names.within(start, end):
        kept += text[at : hit.start] + hit.place.name
        at = hit.end
    return kept + text[at:end]


def _plain(words: str) -> str:
    return words


def _county(words: str) -> str:
    return COUNTIES.get(words, words)


def _road(words: str) -> str:
    return _AND.sub("与", words)


def _house(words: str) -> str:
    """Numbers in digits; a room after its unit is 室."""
    return _ROOM.sub(r"\1\2室", _NUMBERS.sub(_digits, words))


def _digits(match: re.Match[str]) -> str:
    value = whole(match.group().replace("幺", "一"))
    return match.group() if value < 0 else str(value)


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "city": lambda _words: "聊城市", "county": _county, "road": _road, "number": _house, "building": _house,
    "side": _house,
    "town": lambda words: words.removesuffix("办事处").replace("街道办", "街道"),
}  # fmt: skip

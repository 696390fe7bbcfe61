"""A place as it is counted: without house, building and room, so that neighbours' requests meet. Pure."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 60
"""Characters."""
_NUMBER: Final = "[零〇一二三四五六七八九十百两甲乙丙丁]"
_HOUSE: Final = re.compile(
    rf"[0-9A-Za-z０-９]|{_NUMBER}+(?:号|栋|幢|座|单元|楼|室|层|弄|组|户|排)|[，,。；;（(、]"
)


def spot(place: str) -> str:
    """Up to the first number that tells houses apart; "" where nothing is left."""
    found = _HOUSE.search(place)
    return (place if found is None else place[: found.start()]).strip(" 第附近的")[:LONGEST]

"""Whether there is room for recordings: the disk's free space and the administrator's limit.

Nothing is ever deleted to make room. Recording stops while there is too little, and goes on when there is
clearly enough again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from bridge.media.takes import Why

AGAIN: Final = 1.1
"""Free space must be above the least by this factor before recording goes on, lest it flutter."""
COUNT_EVERY: Final = 60.0
"""Seconds between two countings of the folder: a hundred calls fill 100 MB in it."""
REFUSED_FOR: Final = 10.0
"""Seconds for which a disk that refused a write counts as full, whatever it says of its free space."""


class Space:
    """folder: the recordings'; least: octets of the disk to be left free; quota: octets of recordings at
    most, None for no limit."""

    def __init__(self, folder: Path, least: int, quota: int | None) -> None:
        self._folder, self._least, self._quota = folder, least, quota
        self._full = False
        self._used, self._counted, self._refused = 0, -COUNT_EVERY, -REFUSED_FOR

    def wrote(self, octets: int) -> None:
        """So much more is used."""
        self._used += octets

    def refused(self, now: float) -> None:
        """The disk took no more (ENOSPC, EDQUOT)."""
        self._refused = now

    def trouble(self, now: float) -> Why | None:
        """What keeps us from recording. now: CLOCK_MONOTONIC seconds."""
        free = self._free()
        short = free < self._least * (AGAIN if self._full else 1)
        self._full = short or now - self._refused < REFUSED_FOR
        if self._full:
            return "disk-full"
        if self._quota is None:
            return None
        if now - self._counted >= COUNT_EVERY:
            self._used, self._counted = _used(self._folder), now
        return "quota" if self._used >= self._quota else None

    def describe(self) -> str:
        """For the alarm: in Chinese, without any name."""
        return f"剩余 {self._free() >> 20} MB，要求至少 {self._least >> 20} MB"

    def _free(self) -> int:
        try:
            found = os.statvfs(self._folder)
        except OSError:
            return 0
        return found.f_bavail * found.f_frsize


def _used(folder: Path) -> int:
    """Octets of all files below."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(f"{place}/{name}").st_size
            except OSError:  # moved while we looked
                continue
    return total

"""How much room a folder's disk has. May block as long as the disk does."""

from __future__ import annotations

import os
from pathlib import Path


def room(folder: Path) -> tuple[int, int] | None:
    """Octets free for us, and in all; None: the folder can't be asked."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize

"""Which malloc this process decodes with: jemalloc where the machine has it.

Kaldi makes and drops a hundred thousand small things a second, and lets go of large ones between them. The C
library's malloc then goes through all its free lists again and again, and scatters what belongs together.
Measured with the shipped model's look-ahead graph, decoding alone, one recogniser, no server around it: 12 ms
of CPU a second of voice instead of 25. How much of that is left in a busy server could not be told from the
machine's noise. A malloc can only be changed as a process begins, so the process begins again, before it has
loaded anything, with the same command line and the same pid.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

PRELOAD: Final = "LD_PRELOAD"
"""Whoever sets it, even to nothing, has chosen for himself."""
NAME: Final = "libjemalloc.so.2"
FOLDERS: Final = ("/usr/lib/*-linux-*/", "/usr/lib64/", "/usr/lib/", "/usr/local/lib/")
"""Debian's libjemalloc2 is in the first, Fedora's in the second, Alpine's and Arch's in the third."""


def begin_again() -> None:
    """Does not return where jemalloc is there and nobody has chosen; elsewhere nothing happens."""
    library = None if PRELOAD in os.environ else found()
    if library:
        os.execve(sys.executable, sys.orig_argv, os.environ | {PRELOAD: str(library)})  # noqa: S606


def found() -> Path | None:
    """jemalloc's file."""
    fitting = (path for folder in FOLDERS for path in sorted(Path("/").glob(folder[1:] + NAME)))
    return next(fitting, None)


def allocator() -> str:
    """What this process really runs with, for whoever wonders why a server is slow: jemalloc or libc."""
    try:
        return "jemalloc" if "jemalloc" in Path("/proc/self/maps").read_text() else "libc"
    except OSError:
        return "libc"

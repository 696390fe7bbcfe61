"""How much voice the acoustic model takes at a time: the model's own setting says it, and another may.

Kaldi computes nothing until `frames-per-chunk` are there (0.3 s in the shipped model, 0.2 to 0.5 s in
others), so an interim result is late by half of that before anything else. Smaller chunks cost CPU: the
weights are gone through once for each. What is computed is the same. Vosk reads the setting from the folder
and nowhere else, so a model with another one is a folder of links beside a conf/model.conf of its own, needed
only while Vosk loads it. The stock server has no such thing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FRAME: Final = 0.01
"""Seconds from one of Kaldi's frames to the next."""
STEP: Final = 3
"""Frames that make one of the decoder's, in every model Vosk can use."""
DEFAULT: Final = 0.18
"""Seconds: with the shipped model interim results come in little more than half of the time of 0.3 s, for
some 7 % more CPU; 0.12 s would make it less than half, for 14 %."""


@contextmanager
def chunked(model: Path, seconds: float | None) -> Iterator[Path]:
    """The model's folder with another chunk (None: as it is), for as long as the block lasts.

    A flat folder of the old layout has no conf/model.conf and stays as it is. Raises OSError where no
    temporary folder can be made.
    """
    settings = model / "conf" / "model.conf"
    if not seconds or not settings.is_file():
        yield model
        return
    with tempfile.TemporaryDirectory(prefix="asr-model-") as made:
        folder = Path(made)
        (folder / "conf").mkdir()
        _link(model, folder, "conf")
        _link(model / "conf", folder / "conf", "model.conf")
        own = settings.read_text(encoding="utf-8", errors="surrogateescape")
        text = f"{own.rstrip()}\n--frames-per-chunk={frames(seconds)}\n"  # of two, Kaldi takes the last
        (folder / "conf" / "model.conf").write_text(text, encoding="utf-8", errors="surrogateescape")
        yield folder


def frames(seconds: float) -> int:
    """Kaldi's frames nearest to so many seconds, in whole steps of the decoder; one at least."""
    return max(1, round(seconds / FRAME / STEP)) * STEP


def _link(source: Path, target: Path, but: str) -> None:
    for each in source.iterdir():
        if each.name != but:
            (target / each.name).symlink_to(each.resolve())

"""A model's folder as Vosk is to see it: links to the model's files, some other than in the folder itself.

Vosk reads what it wants from a folder and nowhere else, so another setting, or another graph, is a folder of
links, needed only while Vosk loads it. Two things can be other. The chunk (`asr.chunk`). And the graph: a
model may keep a static graph in `graph/static/` beside its look-ahead one. A static graph is one for all
streams, so a stream keeps nothing of its own and need not put it together; but it takes no phrase lists, and
Vosk, finding both in `graph/`, would never take the other. Where it is, a stock server finds only the
look-ahead graph and serves phrase lists as ever; ours shows Vosk the one or the other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from asr.chunk import with_chunk
from asr.folder import STATIC

_GRAPHS = ("HCLr.fst", "Gr.fst", STATIC.parts[0])
"""What a static graph stands for, in `graph/`."""


@contextmanager
def view(model: Path, chunk: float | None = None, *, static: bool = False) -> Iterator[Path]:
    """The model's folder with another chunk (seconds; None: as it is), and with its static graph in place of
    the look-ahead one, for as long as the block lasts.

    A flat folder of the old layout has no conf/model.conf and keeps its chunk. Raises OSError where no
    temporary folder can be made.
    """
    settings = model / "conf" / "model.conf"
    chunk = chunk if settings.is_file() else None
    if not chunk and not static:
        yield model
        return
    with tempfile.TemporaryDirectory(prefix="asr-model-") as made:
        folder = Path(made)
        own = [name for name, other in (("conf", chunk), ("graph", static)) if other]
        _link(model, folder, own)
        if chunk:
            _link(model / "conf", folder / "conf", ["model.conf"])
            text = settings.read_text(encoding="utf-8", errors="surrogateescape")
            chunked = with_chunk(text, chunk)
            (folder / "conf" / "model.conf").write_text(chunked, encoding="utf-8", errors="surrogateescape")
        if static:
            _link(model / "graph", folder / "graph", _GRAPHS)
            (folder / "graph" / STATIC.name).symlink_to((model / "graph" / STATIC).resolve())
        yield folder


def _link(source: Path, target: Path, but: Collection[str]) -> None:
    target.mkdir(exist_ok=True)
    for each in source.iterdir():
        if each.name not in but:
            (target / each.name).symlink_to(each.resolve())

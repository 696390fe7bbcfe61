"""What is in a Vosk model's folder, found out before Vosk sees it.

Vosk answers a bad folder with an English line on stderr, a bare "Failed to create a model" or, when a file
inside is not what it seems, by ending the process. So the files are looked at first, and what is missing is
told in Chinese with what to do. Knows both layouts of Vosk models (`am/ conf/ graph/` and the old flat one);
never loads anything.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from asr.errors import ModelError
from asr.fst import Fst
from asr.whole import (
    AGAIN,
    acoustic_file,
    boundary_file,
    graph_file,
    numbers_file,
    settings_file,
    words_file,
)

Graph = Literal["lookahead", "static", "both"]
"""What Vosk can decode with here: "both" is a look-ahead graph for phrase lists and a static one for the
rest."""

STATIC: Final = Path("static", "HCLG.fst")
"""Where under graph/ a model with both has the static one: in graph/ itself Vosk would always take it."""

SMALL_CN: Final = "vosk-model-small-cn-0.22"
SMALL_CN_BYTES: Final = 15_901_896
SMALL_CN_SHA256: Final = "91eda2c04c4f599361cb92b0e5298ccdf6b3c7a1fa52bfcefcd2c4e07aa1c131"
"""am/final.mdl of the one downloadable model our README recommends."""

DEFAULT_RATE: Final = 16_000
"""Kaldi's --sample-frequency when conf/mfcc.conf does not name one."""

_HINT: Final = "请给出解压后的 Vosk 模型目录(里面有 am/final.mdl、conf/、graph/)"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that has every file Vosk will ask for; `rate` in Hz, `size` in bytes, `phrases`: phrase
    lists work."""

    path: Path
    rate: int
    graph: Graph
    size: int

    @property
    def name(self) -> str:
        """The folder's own name: what a client may call the model."""
        return self.path.name

    @property
    def phrases(self) -> bool:
        """Whether a client's phrase list has an effect: Vosk rebuilds only look-ahead graphs."""
        return self.graph != "static"


def inspect(path: Path) -> ModelFolder:
    """Looks at a model folder's files. Raises ModelError naming the file that is missing, cut short or may
    not be read, and what to do."""
    try:
        return _inspect(path.resolve())
    except OSError as error:
        raise ModelError(f"{error.filename or path}:读不了({error.strerror});请检查文件和它的权限") from error


def _inspect(path: Path) -> ModelFolder:
    if not path.is_dir():
        raise ModelError(f"{path}:{'不是目录' if path.exists() else '目录不存在'};{_HINT}")
    am, conf, graph = _layout(path)
    acoustic_file(am / "final.mdl")
    kind = _check_graph(graph)
    boundary = graph / "phones" / "word_boundary.int"
    if boundary.is_file():
        boundary_file(boundary, am / "final.mdl")
    if am != path:
        _check_settings(conf / "model.conf")
    rate = _rate(conf / "mfcc.conf")
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return ModelFolder(path, rate, kind, size)


def _check_settings(settings: Path) -> None:
    if not settings.is_file():
        raise ModelError(f"{settings.parent.parent}:缺少 conf/model.conf;模型不完整,{AGAIN}")
    settings_file(settings, b"--endpoint.silence-phones=")


def sha256(folder: ModelFolder) -> str:
    """The acoustic model's SHA-256 in hex: with the folder's name, which model it was (evidence, health)."""
    model, _, _ = _layout(folder.path)
    return _sha256(model / "final.mdl")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum(folder: ModelFolder) -> bool | None:
    """Whether a folder that looks like vosk-model-small-cn-0.22 is it unharmed; None if it looks like
    another model."""
    model = folder.path / "am" / "final.mdl"
    if not model.is_file() or (SMALL_CN not in folder.name and model.stat().st_size != SMALL_CN_BYTES):
        return None
    return _sha256(model) == SMALL_CN_SHA256


def _layout(path: Path) -> tuple[Path, Path, Path]:
    """Where acoustic model, settings and graph are: Vosk decides by am/final.mdl, and so do we."""
    if (path / "am" / "final.mdl").is_file():
        return path / "am", path / "conf", path / "graph"
    if (path / "final.mdl").is_file():
        return path, path, path
    inner = [child.name for child in sorted(path.iterdir()) if (child / "am" / "final.mdl").is_file()]
    if inner:
        raise ModelError(f"{path}:这里没有 am/final.mdl,但下一层有;请改用 {path / inner[0]}")
    raise ModelError(f"{path}:缺少 am/final.mdl,不是 Vosk 模型;{_HINT}")


def _check_graph(graph: Path) -> Graph:
    """The kind of graph, by the files Vosk will open; HCLG.fst wins when both kinds are there, as in Vosk.
    Where it lies apart (STATIC), `asr.view` shows it to Vosk."""
    static = graph / "HCLG.fst"
    kind: Graph = "static" if static.exists() else "lookahead"
    files = [static] if kind == "static" else [graph / "HCLr.fst", graph / "Gr.fst"]
    missing = [file.name for file in files if not file.is_file()]
    if kind == "lookahead" and not (graph / "disambig_tid.int").is_file():
        missing.append("disambig_tid.int")
    if missing:
        raise ModelError(
            f"{graph}:缺少 {'、'.join(missing)}(需要 HCLG.fst,或 HCLr.fst + Gr.fst + disambig_tid.int)"
        )
    _check_words(graph, [graph_file(file) for file in files][-1])
    if kind == "lookahead":
        numbers_file(graph / "disambig_tid.int")
        if (graph / STATIC).exists():
            _check_words(graph, graph_file(graph / STATIC))
            return "both"
    return kind


def _check_words(graph: Path, last: Fst) -> None:
    """The graph's own words or words.txt; Vosk takes the file where the graph has none."""
    words = graph / "words.txt"
    if last.has_words:
        return
    if not words.is_file():
        raise ModelError(f"{graph}:缺少 words.txt,解码图里也没有词表;{AGAIN}")
    words_file(words, last.largest)


def _rate(mfcc: Path) -> int:
    """The sample rate a model was trained at, from its feature settings (absent file: Kaldi's default)."""
    if not mfcc.is_file():
        raise ModelError(f"{mfcc}:文件缺失,无法得知模型采样率;{AGAIN}")
    found = re.search(rb"^\s*--sample-frequency=(\d+)", settings_file(mfcc), re.MULTILINE)
    return int(found[1]) if found else DEFAULT_RATE

"""What is in a Vosk model's folder, found out before Vosk sees it.

Vosk answers a bad folder with an English line on stderr, a bare "Failed to create a model" or, when a file
inside is not what it seems, by ending the process. So the files are looked at first, and what is missing is
told in Chinese with what to do. Knows both layouts of Vosk models (`am/ conf/ graph/` and the old flat one);
never loads anything.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from asr.errors import ModelError

Graph = Literal["lookahead", "static"]

SMALL_CN: Final = "vosk-model-small-cn-0.22"
SMALL_CN_BYTES: Final = 15_901_896
SMALL_CN_SHA256: Final = "91eda2c04c4f599361cb92b0e5298ccdf6b3c7a1fa52bfcefcd2c4e07aa1c131"
"""am/final.mdl of the one downloadable model our README recommends."""

DEFAULT_RATE: Final = 16_000
"""Kaldi's --sample-frequency when conf/mfcc.conf does not name one."""

_FST_MAGIC: Final = 2125659606
_FST_HAS_OUTPUT_SYMBOLS: Final = 0x2
_LFS: Final = b"version https://git-lfs"
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
        return self.graph == "lookahead"


def inspect(path: Path) -> ModelFolder:
    """Looks at a model folder's files. Raises ModelError naming what is missing and what to do."""
    path = path.resolve()
    if not path.is_dir():
        raise ModelError(f"{path}:{'不是目录' if path.exists() else '目录不存在'};{_HINT}")
    am, conf, graph = _layout(path)
    _check_acoustic(am / "final.mdl")
    kind = _check_graph(graph)
    if am != path and not (conf / "model.conf").is_file():
        raise ModelError(f"{path}:缺少 conf/model.conf;模型不完整,请重新下载并完整解压")
    rate = _rate(conf / "mfcc.conf")
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return ModelFolder(path, rate, kind, size)


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


def _check_acoustic(model: Path) -> None:
    with model.open("rb") as file:
        head = file.read(32)
    if not head.startswith((b"\0B", b"<TransitionModel>")):
        raise ModelError(f"{model}:{_why_not(head)}")


def _check_graph(graph: Path) -> Graph:
    """The kind of graph, by the files Vosk will open; HCLG.fst wins when both kinds are there, as in Vosk."""
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
    named = [_fst_has_words(file) for file in files]
    if not named[-1] and not (graph / "words.txt").is_file():
        raise ModelError(f"{graph}:缺少 words.txt,解码图里也没有词表;请重新下载并完整解压")
    return kind


def _fst_has_words(path: Path) -> bool:
    """Whether a binary OpenFst file carries its words; its header is magic, two texts, version, flags
    (fst.h)."""
    with path.open("rb") as file:
        head = file.read(256)
    try:
        (magic,) = struct.unpack_from("<i", head)
        at = 4
        for _ in ("fst type", "arc type"):
            at += 4 + int(struct.unpack_from("<i", head, at)[0])
        _, flags = struct.unpack_from("<ii", head, at)
    except struct.error:
        magic, flags = 0, 0
    if magic != _FST_MAGIC:
        raise ModelError(f"{path}:{_why_not(head)}")
    return bool(flags & _FST_HAS_OUTPUT_SYMBOLS)


def _rate(mfcc: Path) -> int:
    """The sample rate a model was trained at, from its feature settings (absent file: Kaldi's default)."""
    if not mfcc.is_file():
        raise ModelError(f"{mfcc}:文件缺失,无法得知模型采样率;请重新下载并完整解压")
    found = re.search(rb"^\s*--sample-frequency=(\d+)", mfcc.read_bytes(), re.MULTILINE)
    return int(found[1]) if found else DEFAULT_RATE


def _why_not(head: bytes) -> str:
    if not head:
        return "文件是空的,下载没有完成;请重新下载"
    if head.startswith(_LFS):
        return "这是 Git LFS 的占位文件,不是模型本身;请先运行 git lfs pull"
    return "文件内容不对,可能下载损坏;请重新下载"

"""Whether the files of a model's folder are whole, each by what another says of it or by its own layout.

Vosk loads some models that were cut short: it leaves out the words that are missing, decodes nonsense with
half a look-ahead graph, and ends the process in the middle of a call where a phone is missing. Here that is
an error before anything is loaded, which names the file. What only loading shows is `asr.trial`'s.
"""

from __future__ import annotations

import mmap
import re
import struct
from pathlib import Path
from typing import Final

from asr.errors import ModelError
from asr.fst import CutShortError, Fst, is_fst, look

AGAIN: Final = "请重新下载并完整解压"
_LFS: Final = b"version https://git-lfs"
_OPTION: Final = re.compile(rb"--[\w.-]*\w(=\S+)?")
_BOUNDARY: Final = re.compile(rb"(\d+) (nonword|begin|end|internal|singleton)")
_TOPOLOGY: Final = b"\0B<TransitionModel> <Topology> "


def graph_file(path: Path) -> Fst:
    """What a graph's file holds. Raises ModelError when it is none, or not all of one."""
    head = _head(path, 256)
    if not is_fst(head):
        raise ModelError(f"{path}:{why_not(head)}")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        data = memoryview(mapped)
        try:
            return look(data)
        except CutShortError:
            raise cut(path) from None
        finally:
            data.release()


def acoustic_file(path: Path) -> None:
    """Raises ModelError when it does not begin like an acoustic model."""
    head = _head(path, 32)
    if not head.startswith((b"\0B", b"<TransitionModel>")):
        raise ModelError(f"{path}:{why_not(head)}")


def settings_file(path: Path, needs: bytes = b"") -> bytes:
    """Kaldi's settings, an option a line; `needs`: the name of one without which Kaldi ends the process.
    Raises ModelError."""
    text = path.read_bytes()
    lines = [line.partition(b"#")[0].strip() for line in text.splitlines()]
    if wrong := [line for line in lines if line and not _OPTION.fullmatch(line)]:
        raise ModelError(f"{path}:有一行不是完整的设置({wrong[0][:40].decode(errors='replace')});{AGAIN}")
    if not any(line.startswith(needs) for line in lines if line):
        raise cut(path, f"缺少 {needs.decode()}" if needs and any(lines) else "文件是空的")
    return text


def words_file(path: Path, largest: int | None) -> None:
    """`word number` a line, up to the graph's largest number. Raises ModelError."""
    rows = [line.rsplit(None, 1) for line in path.read_bytes().splitlines()]
    numbers = [int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()]
    if len(numbers) < len(rows) or max(numbers, default=-1) < (largest or 0):
        raise cut(path)


def numbers_file(path: Path) -> None:
    """A whole number a line, one at least, the last line ended like the others. Raises ModelError."""
    text = path.read_bytes()
    if not text.endswith(b"\n") or not text.split() or not all(line.isdigit() for line in text.split()):
        raise cut(path)


def boundary_file(path: Path, acoustic: Path) -> None:
    """Where in a word each of the acoustic model's phones may stand. Raises ModelError."""
    rows = [_BOUNDARY.fullmatch(line.strip()) for line in path.read_bytes().splitlines()]
    known = {int(row[1]) for row in rows if row}
    if not rows or not all(rows) or phones(acoustic) - known:
        raise cut(path)


def phones(acoustic: Path) -> set[int]:
    """The acoustic model's phones, by the topology at its beginning; empty where it is written otherwise."""
    with acoustic.open("rb") as file:
        head = file.read(len(_TOPOLOGY) + 5)
        if not head.startswith(_TOPOLOGY) or len(head) < len(_TOPOLOGY) + 5:
            return set()
        width, count = struct.unpack_from("<bi", head, len(_TOPOLOGY))
        body = file.read(4 * count) if width == 4 and 0 <= count <= 100_000 else b""
    return {number for (number,) in struct.iter_unpack("<i", body[: len(body) & ~3])}


def cut(path: Path, what: str = "文件不完整") -> ModelError:
    """A file that ends too early."""
    return ModelError(f"{path}:{what},下载或复制没有完成;{AGAIN}")


def why_not(head: bytes) -> str:
    """What a file that begins so is instead of what it should be."""
    if not head:
        return "文件是空的,下载没有完成;请重新下载"
    if head.startswith(_LFS):
        return "这是 Git LFS 的占位文件,不是模型本身;请先运行 git lfs pull"
    return "文件内容不对,可能下载损坏;请重新下载"


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)

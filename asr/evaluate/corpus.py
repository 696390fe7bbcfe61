"""Recordings and what is said in them, found and checked before the first one is decoded.

A list (TSV: file, tab, text, and if wanted a tab and a group; files relative to the list) or a folder with a
.txt beside each .wav. Every problem of the whole list is told at once, with its line. Reads files; knows
nothing of recognisers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asr.audio import Channel, Clip, read_wav, wav_shape
from asr.errors import AudioFileError, CorpusError

LONGEST_SECONDS: Final = 1800.0
"""A recording with one text; hours are cut into sentences first, for memory and because nobody finds an error
in an hour of text."""
_HEAD: Final = 65_536
"""Bytes in which a WAV file says what it is, with room for a recorder's notes before the sound."""
_MOST_TOLD: Final = 20
"""Problems named one by one; a list with more of them has one cause."""
_BOMS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording: its name in the list, the file, the text said in it ("": nobody speaks), its group, and
    its length in seconds."""

    name: str
    path: Path
    text: str
    group: str
    seconds: float
    channel: Channel = "mix"

    def clip(self) -> Clip:
        """The sound. Raises AudioFileError or OSError when the file changed since it was looked at."""
        return read_wav(self.path.read_bytes(), self.channel)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the list, not yet looked at; `where` begins what is said of it."""

    where: str
    name: str
    path: Path
    text: str
    group: str = ""


def load(path: Path, channel: Channel | None = None) -> list[Entry]:
    """The recordings of a list or folder, in its order; `channel` says which of a stereo recording to hear.

    Raises CorpusError with every problem: what is missing, unreadable, too long, twice there, or stereo with
    no channel chosen.
    """
    problems: list[str] = []
    try:
        rows = list((_of_folder if path.is_dir() else _of_list)(path, problems.append))
    except OSError as error:
        raise CorpusError((f"{path}：读不了：{error.strerror}",)) from error
    entries = [entry for row in rows if (entry := _looked_at(row, channel, problems.append))]
    problems += _twice(rows)
    if not rows and not problems:
        problems.append(f"{path}：里面没有一段录音；{_SHAPES}")
    if problems:
        more = len(problems) - _MOST_TOLD
        raise CorpusError((*problems[:_MOST_TOLD], *([f"……还有 {more} 处"] if more > 0 else [])))
    return entries


_SHAPES: Final = (
    "清单每行写：文件名、制表符、文字（文件名相对于清单）；或给一个文件夹，每个 .wav 旁边有同名的 .txt"
)


def _of_list(path: Path, problem: Callable[[str], None]) -> Iterator[_Row]:
    for number, line in enumerate(_decoded(path, problem).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        where, columns = f"{path}:{number}", [column.strip() for column in line.split("\t")]
        if len(columns) not in {2, 3}:
            problem(
                f"{where}：这一行有 {len(columns)} 列，应为 2 列（文件名、制表符、文字）或 3 列（再加分组）"
            )
        elif not columns[0]:
            problem(f"{where}：没有文件名")
        else:
            yield _Row(where, columns[0], path.parent / columns[0], *columns[1:])


def _of_folder(path: Path, problem: Callable[[str], None]) -> Iterator[_Row]:
    for file in sorted(path.rglob("*.wav")):
        name, text = str(file.relative_to(path)), file.with_suffix(".txt")
        if text.is_file():
            yield _Row(str(file), name, file, " ".join(_decoded(text, problem).split()))
        else:
            problem(f"{file}：旁边没有 {text.name}（说了什么）")


def _decoded(path: Path, problem: Callable[[str], None]) -> str:
    """A text file, which must be UTF-8; else "", and the problem is told."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        name = _BOMS.get(data[:2], "GB18030")
        problem(f"{path}:{line}：不是 UTF-8（看来是 {name}）；请先转换：iconv -f {name} -t UTF-8")
        return ""


def _looked_at(row: _Row, channel: Channel | None, problem: Callable[[str], None]) -> Entry | None:
    try:
        with row.path.open("rb") as file:
            shape = wav_shape(file.read(_HEAD), row.path.stat().st_size)
    except FileNotFoundError:
        problem(f"{row.where}：没有这个文件：{row.path}")
    except OSError as error:
        problem(f"{row.where}：读不了 {row.path}：{error.strerror}")
    except AudioFileError as error:
        problem(f"{row.where}：{row.path}：{error}")
    else:
        wrong = _unfit(shape.channels, shape.seconds, channel)
        if not wrong:
            return Entry(row.name, row.path, row.text, row.group, shape.seconds, channel or "mix")
        problem(f"{row.where}：{row.path}：{wrong}")
    return None


def _unfit(channels: int, seconds: float, channel: Channel | None) -> str:
    if seconds == 0:
        return "没有声音（0 秒）"
    if seconds > LONGEST_SECONDS:
        return f"长 {seconds / 60:.0f} 分钟，一段最长 {LONGEST_SECONDS / 60:.0f} 分钟；请连同文字切成句子"
    if channels == 2 and channel is None:
        return (
            "是双声道；用 --channel 选 left（左，本系统录的是诉求人）、right（右，其他人）或 mix（合在一起）"
        )
    return ""


def _twice(rows: list[_Row]) -> Iterator[str]:
    seen: dict[Path, str] = {}
    for row in rows:
        first = seen.setdefault(row.path.resolve(), row.where)
        if first is not row.where:
            yield f"{row.where}：{row.name} 已经在 {first} 里"

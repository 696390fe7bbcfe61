"""What was measured, as values for programs and as lines for people (Chinese).

Pure: results in, values and text out. `compare` reads `Report` back from what `as_dict` wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from asr.evaluate.cer import Counts, Interval, interval, total
from asr.evaluate.run import Result


@dataclass(frozen=True, slots=True)
class Load:
    """The model: folder, name, rate in Hz, bytes on disk, seconds of CPU to load, bytes of memory it took,
    and the most memory the whole process took."""

    path: str
    name: str
    rate: int
    size: int
    load_seconds: float
    memory: int
    peak: int


@dataclass(frozen=True, slots=True)
class Report:
    """A model on a set of recordings. `data` and `line` name them for people."""

    model: Load
    data: str
    line: str
    results: tuple[Result, ...]

    @property
    def spoken(self) -> list[Result]:
        """Those in which something is said: the ones with a rate."""
        return [result for result in self.results if result.reference]

    @property
    def silent(self) -> list[Result]:
        """Those in which nobody speaks: every character heard there is made up."""
        return [result for result in self.results if not result.reference]

    @property
    def counts(self) -> Counts:
        """Of all that was said."""
        return total([result.counts for result in self.results])

    @property
    def interval(self) -> Interval | None:
        """95 % bounds of the rate."""
        return interval([result.counts for result in self.results])

    @property
    def seconds(self) -> float:
        """Of sound."""
        return sum(result.seconds for result in self.results)

    @property
    def real_time_factor(self) -> float:
        """Seconds of CPU for a second of sound."""
        return sum(result.cpu for result in self.results) / self.seconds if self.seconds else 0.0

    def delay(self, share: float) -> float | None:
        """Seconds from the end of an utterance's last word to its final, of which `share` (0..1) are shorter;
        None when the recogniser ended none by itself."""
        delays = [delay for result in self.results for delay in result.delays]
        return float(np.quantile(delays, share)) if delays else None


def as_dict(report: Report) -> dict[str, Any]:
    """For --json; `items` are all recordings."""
    bounds, counts = report.interval, report.counts
    return {
        "model": asdict(report.model),
        "data": report.data,
        "line": report.line,
        "files": len(report.results),
        "cer": counts.rate,
        "cer_low": bounds and bounds.low,
        "cer_high": bounds and bounds.high,
        **asdict(counts),
        "errors": counts.errors,
        "right": sum(not result.counts.errors for result in report.spoken),
        "nobody_speaks": {
            "files": len(report.silent),
            "insertions": sum(result.counts.insertions for result in report.silent),
        },
        "audio_seconds": report.seconds,
        "rtf": report.real_time_factor,
        "final_delay_median": report.delay(0.5),
        "final_delay_p95": report.delay(0.95),
        "items": [asdict(result) for result in report.results],
    }


def from_dict(body: dict[str, Any]) -> Report:
    """What as_dict wrote. Raises KeyError or TypeError on anything else."""
    items = []
    for item in body["items"]:
        counts, delays = Counts(**item["counts"]), tuple(item["delays"])
        items.append(Result(**{**item, "counts": counts, "delays": delays}))
    return Report(Load(**body["model"]), body["data"], body["line"], tuple(items))


def lines(report: Report) -> Iterator[str]:
    """For people."""
    model, counts = report.model, report.counts
    yield f"模型：{model.name}（{model.path}，{model.rate} Hz）"
    length = f"{len(report.results)} 段，{report.seconds / 60:.1f} 分钟，{counts.characters} 字"
    yield f"录音：{report.data}，{length}"
    yield f"线路：{report.line}"
    yield f"字错率：{rate_with_bounds(counts, report.interval)}"
    yield (
        f"　　　　替换 {counts.substitutions}，漏字 {counts.deletions}，多字 {counts.insertions}；"
        f"完全听对 {sum(not result.counts.errors for result in report.spoken)} / {len(report.spoken)} 段"
    )
    if len(groups(report.results)) > 1:
        for name, members in groups(report.results).items():
            yield f"　　　　{name or '（没有分组）'}：{_told([member.counts for member in members])}"
    if report.silent:
        made_up = sum(result.counts.insertions for result in report.silent)
        yield f"无人说话：{len(report.silent)} 段，听出 {made_up} 个不存在的字（不算进字错率）"
    yield f"实时率：{report.real_time_factor:.4f}（每秒录音用的 CPU 秒数）"
    yield f"定稿延迟：{delay_told(report)}"
    yield (
        f"内存：载入模型 {model.memory / 1e6:.0f} MB，进程最多时 {model.peak / 1e6:.0f} MB；"
        f"载入用 CPU {model.load_seconds:.2f} 秒，磁盘上 {model.size / 1e6:.1f} MB"
    )


def groups(results: Sequence[Result]) -> dict[str, list[Result]]:
    """The recordings in which something is said, by their group, in order of first appearance."""
    found: dict[str, list[Result]] = {}
    for result in results:
        if result.reference:
            found.setdefault(result.group, []).append(result)
    return found


def rate_with_bounds(counts: Counts, bounds: Interval | None) -> str:
    """1.16% (4/345)，95% 区间 0.30%–2.40%."""
    if counts.rate is None:
        return "—（没有一段有参考文字，无从说起）"
    if bounds is None:
        return f"{counts}（只有一段，给不出区间）"
    return f"{counts}，95% 区间 {bounds.low:.2%}–{bounds.high:.2%}"


def delay_told(report: Report) -> str:
    """Median and 95th percentile in seconds."""
    median, late = report.delay(0.5), report.delay(0.95)
    if median is None or late is None:
        return "—（没有一句是自己断开的）"
    return f"中位 {median:.2f} 秒，p95 {late:.2f} 秒（最后一个字说完到出定稿）"


def line_of(result: Result) -> str:
    """One recording, for --verbose; both texts where they differ."""
    counts = result.counts
    if not counts.errors:
        return f"{result.name}\t全对\t{result.reference or '（无人说话）'}"
    head = f"替换 {counts.substitutions}，漏字 {counts.deletions}，多字 {counts.insertions}"
    return f"{result.name}\t{counts}\t{head}\n　　说的：{result.reference}\n　　听的：{result.hypothesis}"


def _told(counts: Sequence[Counts]) -> str:
    return rate_with_bounds(total(counts), interval(counts))

"""Two models on the same recordings: which one hears better, and is that more than chance.

Each model is measured by `python -m asr evaluate` in a process of its own: memory is then the model's own,
and a damaged model that takes its process down takes nothing else with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from asr.errors import AsrError
from asr.evaluate.cer import Difference, difference
from asr.evaluate.report import Report, from_dict, rate_with_bounds
from asr.evaluate.report import as_dict as report_as_dict

_WIDTH: Final = 118
"""Columns: room for two rates with their bounds, whatever reads the output."""


class FailedError(AsrError):
    """A measurement that gave no result; `code` as in `asr.command`."""

    id = "asr-compare"

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Comparison:
    """A is what is in use, B the candidate."""

    a: Report
    b: Report
    difference: Difference

    @property
    def worse(self) -> bool:
        """Whether B makes more errors than A, beyond chance."""
        return self.difference.significant and self.difference.delta > 0

    @property
    def verdict(self) -> str:
        """In a word, for programs: better, worse or same (as far as these recordings can tell)."""
        if not self.difference.significant:
            return "same"
        return "worse" if self.worse else "better"


def compare(a: Path, b: Path, data: Path, options: Sequence[str]) -> Comparison:
    """Measures both; `options` go to `asr evaluate` as they are. Raises FailedError."""
    one, other = _measured("A", a, data, options), _measured("B", b, data, options)
    counts = [[result.counts for result in report.results] for report in (one, other)]
    return Comparison(one, other, difference(*counts))


def _measured(name: str, model: Path, data: Path, options: Sequence[str]) -> Report:
    argv = [sys.executable, "-m", "asr", "evaluate", str(data), "--model", str(model), "--json", *options]
    print(f"正在测模型 {name}：{model}", file=sys.stderr, flush=True)
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)  # noqa: S603
    if done.returncode < 0:
        raise FailedError(
            f"模型 {name}（{model}）：识别进程被信号 {-done.returncode} 终止；"
            "模型文件可能不完整或损坏，请重新下载并完整解压",
            2,
        )
    try:
        body = json.loads(done.stdout)
        if done.returncode:
            raise FailedError(f"模型 {name}（{model}）：{body['error']}", done.returncode)
        return from_dict(body)
    except (ValueError, KeyError, TypeError) as error:
        raise FailedError(f"模型 {name}（{model}）：没有得到结果（退出码 {done.returncode}）", 1) from error


def as_dict(result: Comparison) -> dict[str, Any]:
    """For --json."""
    found = result.difference
    return {
        "a": report_as_dict(result.a),
        "b": report_as_dict(result.b),
        "difference": {
            "cer": found.delta,
            "low": found.interval and found.interval.low,
            "high": found.interval and found.interval.high,
            "p": found.p,
            "significant": found.significant,
        },
        "verdict": result.verdict,
    }


def told(result: Comparison) -> str:
    """For people: the table and what it comes to."""
    console = Console(width=_WIDTH)
    with console.capture() as captured:
        console.print(table(result))
    return captured.get() + "\n".join(lines(result))


def table(result: Comparison) -> Table:
    """For people: a row for each figure, a column for each model."""
    a, b = result.a, result.b
    made = Table(
        title=f"{a.data}，{len(a.results)} 段，{a.seconds / 60:.1f} 分钟；线路：{a.line}",
        title_justify="left",
    )
    for head in ("", f"A {a.model.name}", f"B {b.model.name}"):
        made.add_column(head)
    for name, tell in _ROWS.items():
        made.add_row(name, tell(a), tell(b))
    return made


def lines(result: Comparison) -> Iterator[str]:
    """What the table comes to."""
    found = result.difference
    if found.interval is None or found.p is None:
        yield "只有一段有参考文字的录音，说不出差别是不是偶然；请多给几段"
        return
    bounds = f"{_points(found.interval.low)} 到 {_points(found.interval.high)}"
    yield f"字错率之差（B − A）：{_points(found.delta)} 个百分点，95% 区间 {bounds}"
    yield f"p = {found.p:.3f}（成对自助法：两个模型听的是同样的录音）"
    yield {
        "better": "结论：B 更好，不是偶然（p < 0.05）",
        "worse": "结论：B 更差，不是偶然（p < 0.05）；退出码 3",
        "same": "结论：这些录音分不出高下（p ≥ 0.05）",
    }[result.verdict]


def _points(rate: float) -> str:
    return f"{100 * rate:+.2f}"


def _seconds(report: Report, share: float) -> str:
    delay = report.delay(share)
    return "—" if delay is None else f"{delay:.2f} 秒"


_ROWS: Final[dict[str, Callable[[Report], str]]] = {
    "字错率": lambda report: rate_with_bounds(report.counts, report.interval),
    "替换 / 漏字 / 多字": lambda report: " / ".join(
        map(str, (report.counts.substitutions, report.counts.deletions, report.counts.insertions))
    ),
    "无人说话时听出的字": lambda report: (
        f"{sum(r.counts.insertions for r in report.silent)}（{len(report.silent)} 段）"
        if report.silent
        else "—"
    ),
    "实时率（CPU）": lambda report: f"{report.real_time_factor:.4f}",
    "定稿延迟，中位": lambda report: _seconds(report, 0.5),
    "定稿延迟，p95": lambda report: _seconds(report, 0.95),
    "载入用 CPU": lambda report: f"{report.model.load_seconds:.2f} 秒",
    "模型占内存": lambda report: f"{report.model.memory / 1e6:.0f} MB",
    "进程最多占内存": lambda report: f"{report.model.peak / 1e6:.0f} MB",
    "磁盘上": lambda report: f"{report.model.size / 1e6:.1f} MB",
    "采样率": lambda report: f"{report.model.rate} Hz",
}

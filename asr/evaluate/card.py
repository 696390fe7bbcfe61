"""The table of errors in a model's card: made by measuring, put between two marks, never typed.

A card has, for each set of recordings, `<!-- evaluate NAME -->` and `<!-- /evaluate -->` with NAME the list's
name without .tsv, or the folder's. Between them stands what this module wrote: each group of recordings
through each line, and the checksum of the model that was measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from asr.errors import CorpusError
from asr.evaluate.cer import Counts, interval, total
from asr.evaluate.corpus import Entry
from asr.evaluate.line import Line
from asr.evaluate.report import groups
from asr.evaluate.run import Result, Way, evaluate
from asr.ports import Engine

LINES: Final[dict[str, Line]] = {
    "原音 as recorded": Line(),
    "电话 A-law": Line("phone"),
    "电话 µ-law": Line("phone", codec="ulaw"),
    "A-law, 20 dB": Line("phone", snr_db=20.0),
    "A-law, 10 dB": Line("phone", snr_db=10.0),
    "A-law, 20 dB, 3% loss": Line("phone", snr_db=20.0, loss=0.03),
}
"""The columns; noise is pink, losses come in bursts of three packets."""


def table(
    engine: Engine,
    entries: Sequence[Entry],
    jobs: int,
    done: Callable[[Result], None] = lambda _result: None,
) -> str:
    """The Markdown table of a set of recordings: rows are groups, and what was heard where nobody speaks."""
    columns = {name: evaluate(engine, entries, Way(line, jobs=jobs), done) for name, line in LINES.items()}
    rows = [f"| 录音 recordings | 字 chars | {' | '.join(columns)} |", "|---" * (2 + len(columns)) + "|"]
    for group in groups(next(iter(columns.values()))):
        counts = {name: [one.counts for one in groups(results)[group]] for name, results in columns.items()}
        characters = total(next(iter(counts.values()))).characters
        cells = " | ".join(_cell(column) for column in counts.values())
        rows.append(f"| {group or '全部 all'} | {characters} | {cells} |")
    if silent := [entry for entry in entries if not entry.text]:
        cells = " | ".join(str(_made_up(results)) for results in columns.values())
        rows.append(
            f"| 无人说话，{len(silent)} 段：听出的字 / nobody speaks: characters heard | 0 | {cells} |"
        )
    return "\n".join(rows)


def section(name: str, engine: Engine, body: str) -> str:
    """What stands between the marks; the checksum says which model was measured."""
    return (
        f"{body}\n\n`python -m asr evaluate {name} --card MODEL_CARD.md`，am/final.mdl {engine.sha256[:16]}"
    )


def with_section(card: str, name: str, body: str) -> str:
    """The card with a set's section replaced. Raises CorpusError when the card has no marks for it."""
    begin, end = f"<!-- evaluate {name} -->", "<!-- /evaluate -->"
    found = re.search(re.escape(begin) + r"\n(.*?)" + re.escape(end), card, re.DOTALL)
    if not found:
        raise CorpusError((f"说明卡里没有 {begin} 和 {end}；请先把这两行写在要放表的地方",))
    return card[: found.start(1)] + body + "\n" + card[found.end(1) :]


def section_of(card: str, name: str) -> str:
    """A set's section as it stands in the card; "" when there is none."""
    found = re.search(rf"<!-- evaluate {re.escape(name)} -->\n(.*?)<!-- /evaluate -->", card, re.DOTALL)
    return found[1] if found else ""


def name_of(data: Path) -> str:
    """The set's name in the card."""
    return data.resolve().name.removesuffix(".tsv")


def _cell(counts: Sequence[Counts]) -> str:
    """2.86% (97) 2.1–3.5: rate, errors, 95 % bounds in per cent."""
    whole, bounds = total(counts), interval(counts)
    told = f"{whole.rate or 0.0:.2%} ({whole.errors})"
    return f"{told} [{100 * bounds.low:.1f}–{100 * bounds.high:.1f}]" if bounds else told


def _made_up(results: Sequence[Result]) -> int:
    return sum(result.counts.insertions for result in results if not result.reference)

"""The figures of the house: runs the benches one after the other and prints what is promised beside what was
measured.

    python tests/bench [press|audio|console|browser|relay|calls|memory|asr|scope|names|search|analysis …]
        [--json FILE]

Figures of a machine that does something else too are that machine's; the load average is printed with them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from stage import load

Figures = dict[str, Any]

CHECKOUT: Final = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Promise:
    """One figure and its limits. of: "median", "p95", "max" -> limit; None: told, not promised. without: a
    figure that must be 0 throughout for this one to be met: who turns work away does the rest cheaply."""

    figure: str
    words: str
    unit: str
    of: dict[str, float] | None = None
    without: str = ""


@dataclass(frozen=True)
class Row:
    """A figure as measured."""

    figure: str
    words: str
    unit: str
    limits: dict[str, float]
    count: int
    median: float
    p95: float
    max: float
    met: bool | None


def _found(figure: str, words: str) -> tuple[Promise, ...]:
    """How many utterances of a set, and how much of what was to be suggested was wrong or missed."""
    limits: dict[str, dict[str, float]] = {
        "class_wrong": {"median": 5.0}, "class_missed": {"median": 10.0},
    }  # fmt: skip
    return (
        Promise(figure, words, ""),
        *(
            Promise(f"{figure}_{what}_{how}", f"  {what} {said}", "%", limits.get(f"{what}_{how}"))
            for what in ("class", "direction", "alert")
            for how, said in (("wrong", "given wrongly"), ("missed", "missed"))
        ),
    )


def _asked(database: str, name: str) -> tuple[Promise, ...]:
    """How long each statistic takes, and a day's counting."""
    questions = {
        "totals": "all together", "day": "by day", "category": "by class", "county": "by county",
        "platform": "by platform", "hourly": "by hour", "calls": "callers", "on_time": "on time",
        "returns": "returns and why", "negotiated": "negotiated", "frequent": "asked for most",
        "places": "hot places",
    }  # fmt: skip
    return (
        Promise(f"stats_{database}_count_ms", f"{name}: a day counted anew", "ms"),
        *(
            Promise(f"stats_{database}_{key}_s", f"  {words}", "s", {"max": 2.0})
            for key, words in questions.items()
        ),
    )


_KEY: Final[dict[str, float]] = {"median": 2.0, "p95": 10.0}
_TICKET: Final = {"p95": 300.0}
_CALL: Final = {"median": 1.5}
PROMISES: Final[dict[str, tuple[Promise, ...]]] = {
    "press": (
        Promise("refer_to_invite_ms", "press (REFER) → INVITE at the desk", "ms", _KEY),
        Promise("dtmf_to_invite_ms", "press (DTMF, end of the last key) → INVITE", "ms", _KEY),
        Promise("api_to_invite_ms", "press (HTTP request) → INVITE", "ms", _KEY),
        Promise("refer_to_invite_busy_ms", "press (REFER) → INVITE, recogniser busy, page open", "ms", _KEY),
        Promise("refer_to_invite_crowded_ms", "press (REFER) → INVITE, 50 other calls/s", "ms", _KEY),
        Promise("press_to_ticket_ms", "press → ticket acknowledged", "ms", _TICKET),
        Promise("press_to_ticket_busy_ms", "press → ticket acknowledged, recogniser busy", "ms", _TICKET),
        Promise("press_to_ticket_crowded_ms", "press → ticket acknowledged, 50 other calls/s", "ms", _TICKET),
    ),
    "audio": (
        Promise("answer_to_audio_ms", "answer → two-way audio at both ends", "ms", {"p95": 60.0}),
        Promise("answer_to_caller_ms", "  the desk's voice at the caller", "ms"),
        Promise("answer_to_desk_ms", "  the caller's voice at the desk", "ms"),
        Promise("caller_gap_ms", "caller's longest audio gap over a transfer", "ms", {"max": 60.0}),
        Promise("own_lateness_ms", "  the bench's own latest packet", "ms"),
    ),
    "console": (
        Promise("console_painted_ms", "caption event → painted, 30 live calls", "ms", {"p95": 100.0}),
        Promise("console_first_ms", "agent's page → call and captions painted", "ms", {"max": 1000.0}),
        Promise("console_heap_growth", "heap after 8 h of captions, against after 1 h", "%", {"max": 20.0}),
        Promise("console_heap_mb", "  heap then", "MB"),
    ),
    "browser": (
        Promise("browser_differs", "caller hears the page: 1 - correlation", "%", {"median": 2.0}),
        Promise("browser_hears_differs", "page hears the caller: 1 - correlation", "%", {"median": 2.0}),
        Promise("browser_round", "there and back through the browser", "ms", {"median": 150.0}),
        Promise("browser_cpu", "webrtc process, a browser's leg", "% core", {"median": 1.0}),
    ),
    "relay": (
        Promise("relay_cpu", "relay, 100 two-way calls", "% core", {"median": 10.0}),
        Promise("relay_p50", "  added latency, median", "µs", {"median": 200.0}),
        Promise("relay_p95", "  added latency, 95th percentile", "µs"),
        Promise("relay_p99", "  added latency, 99th percentile", "µs", {"median": 5000.0}),
        Promise("relay_lost", "  packets lost", "", {"median": 0.0}),
        Promise("asyncio_cpu", "  the same on stock asyncio", "% core"),
    ),
    "record": (
        Promise("record_cpu", "the same, both sides captioned and recorded", "% core", {"median": 25.0}),
        Promise("record_media_cpu", "  of it the media process", "% core"),
        Promise("record_recorder_cpu", "  of it the recorder", "% core"),
        Promise("record_sealed_cpu", "  both, recordings sealed", "% core"),
    ),
    "conference": (Promise("conference_cpu", "a three-way conversation", "% core", {"median": 1.0}),),
    "media": (
        Promise("ours_cpu", "relay, 100 two-way calls, beside rtpengine", "% core"),
        Promise("rtpengine_cpu", "  the same by rtpengine (userspace)", "% core"),
        Promise("of_rtpengine", "  ours as a part of rtpengine's", "", {"median": 0.8}),
        Promise("p99_normal", "added latency with taps, 99th percentile", "µs"),
        Promise("p99_frozen_ratio", "  the same with control and recogniser frozen", "×", {"median": 1.1}),
    ),
    "calls": (
        Promise("control_ms_per_call", "basic call in control, 300 calls/s", "ms CPU", _CALL, "failed"),
        Promise("media_ms_per_call", "  its ports and plans in media", "ms CPU"),
        Promise("failed", "  calls failed", "", {"max": 0.0}),
        Promise("retransmissions", "  messages sipp sent again", ""),
    ),
    "asr": (
        Promise("asr_of_stock_streams", "streams a core recognises, as a part of stock's", "×", None),
        Promise("asr_ours_streams", "  ours, steady talk", ""),
        Promise("asr_ours_streams_half", "  ours, talk that is half silence", ""),
        Promise("asr_of_stock_streams_half", "  as a part of stock's", "×"),
        Promise("asr_ours_cpu", "a stream's CPU for a second of steady talk", "ms"),
        Promise("asr_of_stock_cpu", "  as a part of stock's", "×"),
        Promise("asr_of_stock_cpu_equal", "  stock sent 0.1 s messages too", "×"),
        Promise("asr_of_stock_cpu_half", "  talk that is half silence", "×"),
        Promise("asr_ours_interim_10", "word said → interim, 10 streams", "ms"),
        Promise("asr_of_stock_interim_10", "  as a part of stock's", "×", {"median": 0.6}),
        Promise("asr_of_stock_interim_50", "  the same, 50 streams", "×", {"median": 0.6}),
        Promise("asr_ours_final_10", "last word said → final, 10 streams", "ms"),
        Promise("asr_of_stock_final_10", "  as a part of stock's", "×", {"median": 0.7}),
        Promise("asr_of_stock_final_50", "  the same, 50 streams", "×", {"median": 0.7}),
        Promise("asr_mb_per_stream", "a stream beyond the model, 50 streams", "MB", {"median": 1.0}),
        Promise("asr_stock_mb_per_stream", "  of the stock server", "MB"),
        Promise("asr_growth", "1,000 calls leave behind in the recogniser", "%", {"median": 5.0}),
    ),
    "caption": (
        Promise("caption_ms", "word said → on the event socket", "ms", {"median": 700.0}),
        Promise("caption_final_ms", "  last word said → the sentence's final there", "ms"),
        Promise("caption_unseen", "  words never shown", "%"),
        Promise("alert_ms", "danger word said → alert there", "ms", {"max": 1000.0}),
    ),
    "slots": (
        Promise("slots_worked", "elements right, dialogues the rules were made with", "%"),
        Promise("slots_held_out", "  dialogues written after the rules, since looked at", "%"),
        Promise("slots_held_out_2", "  a second such set, since looked at", "%"),
        Promise("slots_demo", "  the demo's spoken calls through the recogniser", "%"),
        Promise("draft_ms", "a draft of a long story", "ms CPU"),
        Promise("draft_again_ms", "  the same, one sentence later", "ms CPU"),
    ),
    "names": (
        Promise("names_written", "places the recogniser writes as they are", "%"),
        Promise("names_by_sound", "  right in the element, by sound alone", "%"),
        Promise("names_heard_again", "  right in it, heard a second time", "%"),
        Promise("names_made_worse", "  made worse by it", "", {"max": 0.0}),
        Promise("names_foreign", "places in no list", ""),
        Promise("names_foreign_taken", "  that became one of the list", "", {"max": 0.0}),
        Promise("names_questions", "questions asked", ""),
        Promise("names_written_noise", "at 25 dB of noise: written as they are", "%"),
        Promise("names_by_sound_noise", "  right by sound alone", "%"),
        Promise("names_heard_again_noise", "  right, heard a second time", "%"),
        Promise("names_made_worse_noise", "  made worse by it", ""),
        Promise("names_foreign_taken_noise", "  foreign ones that became one of the list", ""),
        Promise("names_look_ms", "a final looked at for doubts (control)", "ms CPU"),
        Promise("names_ask_ms", "a question (recogniser)", "ms CPU"),
    ),
    "search": (
        Promise("search_tickets", "tickets searched (SEARCH_BENCH_TICKETS)", ""),
        Promise("search_sqlite_p50", "SQLite, half of the questions", "ms"),
        Promise("search_sqlite_p95", "SQLite, 95 of 100", "ms", {"max": 150.0}),
        Promise("search_postgresql_p50", "PostgreSQL, half of the questions", "ms"),
        Promise("search_postgresql_p95", "PostgreSQL, 95 of 100", "ms", {"max": 150.0}),
    ),
    "analysis": (
        Promise("stats_tickets", "tickets of a year (ANALYSIS_BENCH_TICKETS)", ""),
        *_asked("sqlite", "SQLite"),
        *_asked("postgresql", "PostgreSQL"),
    ),
    "scope": (
        *_found("scope_tuned", "utterances the words were tuned on"),
        *_found("scope_held_out", "utterances written after the words"),
        Promise("scope_final_us", "categories and direction after a final", "µs CPU"),
        Promise("scope_interim_us", "words of danger looked for in an interim", "µs CPU"),
    ),
    "exchange": (
        Promise("storm_kills", "kills of the bridge, 30 % of the partner's answers failing", ""),
        Promise("storm_letters", "  deeds and papers that were safe", ""),
        Promise("storm_posts", "  posts that reached the partner", ""),
        Promise("storm_lost", "  lost", "", {"max": 0.0}),
        Promise("storm_doubled", "  counted twice, there or here", "", {"max": 0.0}),
        Promise("storm_overtaken", "  a deed before its ticket", "", {"max": 0.0}),
    ),
    "accept": (
        Promise("accept_sqlite_per_s", "tickets taken in a second, SQLite", "/s"),
        Promise(
            "accept_sqlite_ms", "  time for each", "ms", {"median": 2.0}, without="accept_sqlite_refused"
        ),
        Promise("accept_sqlite_cpu_ms", "  of it control's CPU", "ms"),
        Promise("accept_sqlite_refused", "  refused", ""),
        Promise("accept_postgresql_per_s", "tickets taken in a second, PostgreSQL", "/s"),
        Promise(
            "accept_postgresql_ms", "  time for each", "ms", {"median": 1.0},
            without="accept_postgresql_refused",
        ),
        Promise("accept_postgresql_cpu_ms", "  of it control's CPU", "ms"),
        Promise("accept_postgresql_refused", "  refused", ""),
    ),
    "orders": (
        Promise("orders", "orders of events walked", ""),
        Promise("violations", "  a caller alone, a leg forgotten, no end", "", {"max": 0.0}),
    ),
    "memory": (
        Promise("memory_kb_per_call", "a call that lasts, control and media", "KB", {"median": 200.0}),
        Promise("memory_growth", "10,000 calls leave behind", "%", {"median": 5.0}),
    ),
}  # fmt: skip


def main() -> int:
    """0: every promise that was measured is kept; 1: one is not."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="bench", help=" ".join(PROMISES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value measured")
    wanted = parser.parse_args()
    unknown = set(wanted.benches) - set(PROMISES)
    if unknown:
        parser.error(f"no such bench: {' '.join(sorted(unknown))}")
    # So that it runs in a checkout that is not installed, and so do the processes it starts.
    sys.path.append(CHECKOUT)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (CHECKOUT, os.environ.get("PYTHONPATH"))))
    measured = {name: _measure(name) for name in wanted.benches or PROMISES}
    rows = [
        _row(promise, of["figures"])
        for name, of in measured.items()
        for promise in PROMISES[name]
        if promise.figure in of["figures"]
    ]
    _show(rows)
    for name, of in measured.items():
        print(f"{name}: {of['seconds']:.0f} s, load average {of['load'][0]:.1f} → {of['load'][1]:.1f}")
    if wanted.json:
        told = {"rows": [asdict(row) for row in rows], "benches": measured}
        wanted.json.write_text(json.dumps(told, indent=1, ensure_ascii=False))
    return int(any(row.met is False for row in rows))


def _measure(name: str) -> dict[str, Any]:
    print(f"{name} …", file=sys.stderr, flush=True)
    before, began = load(), time.monotonic()
    figures: Figures = importlib.import_module(f"{name}_bench").run()
    return {
        "figures": figures,
        "seconds": time.monotonic() - began,
        "load": (round(before, 2), round(load(), 2)),
    }


def _row(promise: Promise, figures: Figures) -> Row:
    """One value, or many of them, against the promise."""
    values = _values(figures, promise.figure)
    seen = {
        "median": statistics.median(values),
        "p95": values[min(len(values) - 1, -(-len(values) * 95 // 100) - 1)],  # nearest rank
        "max": values[-1],
    }
    limits = promise.of or {}
    met = all(seen[what] <= limit for what, limit in limits.items()) if limits else None
    if met and promise.without:
        met = not any(_values(figures, promise.without))
    return Row(promise.figure, promise.words, promise.unit, limits, len(values), **seen, met=met)


def _values(figures: Figures, figure: str) -> list[float]:
    """In order of size."""
    found = figures[figure]
    return sorted(found) if isinstance(found, list) else [float(found)]


def _show(rows: list[Row]) -> None:
    table = Table(box=None, header_style="bold")
    for heading in ("figure", "unit", "target", "median", "p95", "max", "n", "met?"):
        table.add_column(heading, justify="left" if heading in {"figure", "unit", "target"} else "right")
    for row in rows:
        many = row.count > 1
        table.add_row(
            row.words,
            row.unit,
            _target(row),
            f"{row.median:.2f}",
            f"{row.p95:.2f}" if many else "",
            f"{row.max:.2f}" if many else "",
            str(row.count) if many else "",
            "" if row.met is None else "[green]yes[/]" if row.met else "[bold red]NO[/]",
        )
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def _target(row: Row) -> str:
    many = row.count > 1
    return ", ".join(f"{what + ' ' if many else ''}≤ {limit:g}" for what, limit in row.limits.items())


if __name__ == "__main__":
    sys.exit(main())

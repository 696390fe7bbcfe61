"""Recordings through the line and the recogniser: what was heard, what it cost.

Several recordings at once (Vosk releases the GIL), each on one thread whose CPU time is counted, so that
figures mean the same on a busy machine. Knows nothing of the command line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from asr.audio import Clip
from asr.errors import AsrError, CorpusError
from asr.evaluate.cer import Counts, count
from asr.evaluate.corpus import Entry
from asr.evaluate.line import Line, carry
from asr.evaluate.normal import comparable
from asr.offline import Heard, heard
from asr.options import HIGHEST_RATE, LOWEST_RATE
from asr.ports import Engine
from asr.samples import to_float, to_int16, to_rate
from asr.words import join_chinese

AFTER_SECONDS: Final = 1.5
"""Silence after each recording, as on a line where nobody speaks any more: the recogniser ends the utterance
by itself, and its delay can be told. Longer than any model's end-of-utterance rule waits."""


@dataclass(frozen=True, slots=True)
class Result:
    """One recording: texts as compared, the recogniser's own words, the counts, seconds of sound and of CPU,
    and the delay of each final that the recogniser ended by itself (end of the last word to the answer, in
    s)."""

    name: str
    group: str
    reference: str
    hypothesis: str
    text: str
    counts: Counts
    seconds: float
    cpu: float
    delays: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How to measure: the line, whether fillers count, recordings at once."""

    line: Line = field(default_factory=Line)
    fillers: bool = True
    jobs: int = 1


def evaluate(
    engine: Engine,
    entries: Sequence[Entry],
    way: Way,
    done: Callable[[Result], None] = lambda _result: None,
) -> list[Result]:
    """All recordings, in their order; `done` hears of each as it comes in order. Raises CorpusError when a
    file went bad since it was looked at."""
    pool = ThreadPoolExecutor(way.jobs, thread_name_prefix="evaluate")
    results = []
    try:
        for result in pool.map(lambda entry: _of_entry(engine, entry, way), entries):
            results.append(result)
            done(result)
    finally:
        pool.shutdown(cancel_futures=True)
    return results


def _of_entry(engine: Engine, entry: Entry, way: Way) -> Result:
    try:
        clip = entry.clip()
    except (OSError, AsrError) as error:
        raise CorpusError((f"{entry.path}：读不了：{error}",)) from error
    return measure(engine, clip, entry.text, way, name=entry.name, group=entry.group)


def measure(engine: Engine, clip: Clip, text: str, way: Way, *, name: str = "", group: str = "") -> Result:
    """One recording in which `text` is said ("": nobody speaks)."""
    arrived = _carried(clip, way.line, name)
    began = time.thread_time()
    results = list(heard(engine, arrived))
    cpu = time.thread_time() - began
    said = join_chinese(" ".join(result.speech.text for result in results))
    reference = comparable(text, fillers=way.fillers)
    hypothesis = comparable(said, fillers=way.fillers)
    return Result(
        name,
        group,
        reference,
        hypothesis,
        said,
        count(reference, hypothesis),
        arrived.seconds,
        cpu,
        tuple(_delays(results)),
    )


def _carried(clip: Clip, line: Line, name: str) -> Clip:
    after = bytes(2 * round(AFTER_SECONDS * clip.rate))
    samples = to_float(np.frombuffer(clip.pcm + after, "<i2"))
    samples, rate = carry(line, samples, clip.rate, name)
    fitting = min(max(rate, LOWEST_RATE), HIGHEST_RATE)
    samples, rate = to_rate(samples, rate, fitting), fitting
    return Clip(rate, to_int16(samples).astype("<i2").tobytes())


def _delays(results: list[Heard]) -> Iterator[float]:
    for result in results:
        if result.speech.words and not result.at_end:
            yield result.fed - result.speech.words[-1].end + result.cpu


def memory() -> tuple[int, int]:
    """Bytes this process holds in memory now, and the most it ever held (Linux)."""
    rows = (row.split() for row in Path("/proc/self/status").read_text().splitlines())
    told = {row[0]: row[1] for row in rows if len(row) > 2}
    return 1024 * int(told["VmRSS:"]), 1024 * int(told["VmHWM:"])

"""Recordings through a recogniser: scripted ones for the figures, the shipped model for the words."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from asr.audio import Clip, wav_bytes
from asr.errors import CorpusError
from asr.evaluate.cer import Counts
from asr.evaluate.corpus import Entry, load
from asr.evaluate.line import Line
from asr.evaluate.report import Load, Report, as_dict, from_dict, line_of, lines
from asr.evaluate.run import Way, evaluate, measure, memory
from asr.options import Options
from asr.ports import Recogniser

ONE_SECOND = Clip(8000, bytes(16_000))


class Scripted:
    """A recogniser that says `text`, its last word ending at `end`, after `after` seconds of sound."""

    def __init__(self, text: str, after: float = 1.0, end: float = 0.5) -> None:
        self.name, self.rate, self.sha256, self.software = "scripted", 8000, "0" * 64, "none"
        self.text, self.after, self.end, self.phrases = text, after, end, False
        self.threads: set[int] = set()

    def recogniser(self, options: Options, at: int = 0) -> Recogniser:
        return _Stream(self, options.sample_rate)

    def give_back(self, recogniser: Recogniser) -> None:
        pass


class _Stream:
    def __init__(self, engine: Scripted, rate: int) -> None:
        self.engine, self.rate, self.fed, self.said = engine, rate, 0.0, False

    def accept(self, pcm: bytes) -> str:
        self.engine.threads.add(threading.get_ident())
        self.fed += len(pcm) / 2 / self.rate
        if self.fed < self.engine.after or self.said:
            return ""
        return self.finish()

    def partial(self) -> str:
        return '{"partial": ""}'

    def finish(self) -> str:
        text, self.said = "" if self.said else self.engine.text, True
        word = {"word": text, "start": 0.1, "end": self.engine.end, "conf": 1.0}
        return json.dumps({"text": text, "result": [word]} if text else {"text": ""})


def entries(folder: Path, *texts: str) -> list[Entry]:
    for number, text in enumerate(texts):
        (folder / f"{number}.wav").write_bytes(wav_bytes(ONE_SECOND))
        (folder / f"{number}.txt").write_text(text)
    return load(folder)


def report(*results: object) -> Report:
    return Report(Load("models/x", "x", 8000, 10, 0.1, 5, 9), "list.tsv", "原音", results)  # type: ignore[arg-type]


def test_what_is_heard_is_compared_with_what_was_said() -> None:
    result = measure(Scripted("一百 零 五 号"), ONE_SECOND, "105号。", Way())
    assert result.counts == Counts(4)
    assert (result.reference, result.hypothesis, result.text) == ("105号", "105号", "一百零五号")
    assert result.seconds == 2.5, "a second, and the silence after it"


def test_the_delay_of_a_final_is_from_the_last_words_end() -> None:
    result = measure(Scripted("你好", after=1.0, end=0.5), ONE_SECOND, "你好", Way())
    assert result.delays == (pytest.approx(0.5, abs=0.05),)


def test_a_final_that_came_because_the_recording_ended_has_no_delay() -> None:
    result = measure(Scripted("你好", after=99.0), ONE_SECOND, "你好", Way())
    assert (result.counts.errors, result.delays) == (0, ())


@pytest.mark.parametrize("rate", [6000, 96_000])
def test_a_rate_that_no_recogniser_takes_is_changed_first(rate: int) -> None:
    result = measure(Scripted("你好"), Clip(rate, bytes(2 * rate)), "你好", Way())
    assert (result.counts.errors, result.seconds) == (0, 2.5)


def test_fillers() -> None:
    way = Way(fillers=False)
    assert measure(Scripted("嗯 你好"), ONE_SECOND, "你好啊", way).counts.errors == 0
    assert measure(Scripted("嗯 你好"), ONE_SECOND, "你好啊", Way()).counts.errors == 2


def test_all_recordings_in_order_on_several_threads(tmp_path: Path) -> None:
    engine, seen = Scripted("你好"), list[str]()
    results = evaluate(
        engine, entries(tmp_path, *["你好", "你", ""] * 5), Way(jobs=4), lambda one: seen.append(one.name)
    )
    assert [result.name for result in results] == seen == sorted(seen, key=lambda name: name)
    assert len(engine.threads) > 1
    told = as_dict(report(*results))
    assert (told["files"], told["characters"], told["errors"], told["insertions"]) == (15, 15, 5, 5)
    assert told["nobody_speaks"] == {"files": 5, "insertions": 10}


def test_a_file_that_vanishes_while_others_are_heard(tmp_path: Path) -> None:
    found = entries(tmp_path, "你好", "你好")
    found[1].path.unlink()
    with pytest.raises(CorpusError, match=r"1\.wav"):
        evaluate(Scripted("你好"), found, Way())


def test_the_report_of_several_groups_and_of_nobody() -> None:
    hello = measure(Scripted("你好"), ONE_SECOND, "你好", Way(), name="a", group="甲")
    wrong = measure(Scripted("你好"), ONE_SECOND, "您好吗", Way(), name="b", group="乙")
    nobody = measure(Scripted("喂"), ONE_SECOND, "", Way(), name="c")
    told = "\n".join(lines(report(hello, wrong, nobody)))
    for words in (
        "40.00% (2/5)",
        "替换 1，漏字 1，多字 0",
        "1 / 2 段",
        "甲：0.00%",
        "乙：66.67%",
        "1 个不存在的字",
    ):
        assert words in told
    assert "说的：您好吗" in line_of(wrong)
    assert "全对" in line_of(hello)
    alone = "\n".join(lines(report(nobody)))
    assert "字错率：—" in alone
    assert as_dict(report(nobody))["cer"] is None


def test_a_report_survives_json() -> None:
    made = report(measure(Scripted("你好"), ONE_SECOND, "你们好", Way(), name="a"))
    assert from_dict(json.loads(json.dumps(as_dict(made)))) == made


def test_memory_is_told_in_bytes() -> None:
    now, most = memory()
    assert 10_000_000 < now <= most


def test_noise_costs_characters(demo_model: Path) -> None:
    """The shipped model on the shipped recordings: the line does what lines do."""
    from asr.vosk_engine import VoskEngine  # noqa: PLC0415 - the only test here that needs the native library

    engine = VoskEngine(demo_model)
    recording = load(Path(__file__).parents[2] / "data" / "speech")[:3]
    clean, drowned = (
        sum(result.counts.errors for result in evaluate(engine, recording, Way(line, jobs=2)))
        for line in (Line(), Line("phone", snr_db=-10))
    )
    assert clean <= 2
    assert drowned > 20

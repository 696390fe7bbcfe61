"""What the demo measures: gaps, answer to audio, character errors, and a step left out."""

from __future__ import annotations

import pytest

from bridge.demo.cast import SCENES, lines
from bridge.demo.report import Report, answer_to_audio, distance, fill_spoken, longest_gap
from bridge.demo.state import Picture


def _steady(start: float, count: int, marks: tuple[int, ...] = ()) -> list[tuple[float, bool]]:
    return [(start + i * 0.02, i in marks) for i in range(count)]


def test_the_longest_gap_counts_the_windows_edges() -> None:
    packets = _steady(10.0, 51)
    assert longest_gap(packets, 10.0, 11.0) == pytest.approx(20, abs=0.1)
    assert longest_gap(packets, 10.0, 12.0) == pytest.approx(1000, abs=0.1)
    assert longest_gap([], 10.0, 12.0) == pytest.approx(2000, abs=0.1)


def test_answer_to_audio_is_the_slower_end_and_wants_a_new_speaker() -> None:
    caller, desk = _steady(9.0, 100, marks=(55,)), _steady(10.03, 10)
    assert answer_to_audio(10.0, caller, desk) == pytest.approx(100, abs=0.1)
    assert answer_to_audio(10.0, _steady(9.0, 100), desk) is None
    assert answer_to_audio(10.0, caller, []) is None


@pytest.mark.parametrize(
    ("wanted", "got", "errors"),
    [
        ("", "", 0),
        ("一二三", "一二三", 0),
        ("一二三", "一三", 1),
        ("一二", "一二三", 1),
        ("甲", "乙", 1),
        ("甲乙", "", 2),
    ],
)
def test_distance(wanted: str, got: str, errors: int) -> None:
    assert distance(wanted, got) == errors


def test_a_transcript_is_measured_against_what_was_said() -> None:
    scene, picture, report = SCENES["12345-110"], Picture(), Report()
    said = lines("answers", "direct")
    for number, line in enumerate(said):
        speaker = scene.speaker(line.part)
        picture.utterances[(line.part, float(number))] = {
            "speaker": speaker, "leg": line.part, "start": number, "end": number + 1,
            "text": scene.words(line), "final": True,
        }  # fmt: skip
    fill_spoken(report, picture, scene, said)
    assert report.cer == 0
    del picture.utterances[("desk", 3.0)]
    fill_spoken(report, picture, scene, said)
    assert report.cer is not None
    assert report.cer > 0.05


def test_one_step_that_did_not_happen_fails_the_play() -> None:
    report = Report()
    assert not report.passed
    report.check("a", happened=True)
    assert report.passed
    report.check("b", happened=None)
    assert not report.passed


def test_who_heard_whom_is_told_and_one_wrong_ear_is_enough() -> None:
    report = Report()
    assert not report.all_heard, "nothing measured is nothing shown"
    report.hear("110", "caller", 0.98, right=True)
    assert report.all_heard
    report.hear("110", "12345", 0.02, right=False)
    assert not report.all_heard
    assert report.as_json()["heard"][1] == {
        "speaker": "110", "listener": "12345", "match": 0.02, "right": False,
    }  # fmt: skip

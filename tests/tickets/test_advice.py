"""What the lists say of a transcript: the caller's words only, with the utterances they were said in."""

from __future__ import annotations

from pathlib import Path

from bridge.adapters.scope_files import load
from bridge.tickets.advice import Advice, adviser
from bridge.tickets.advice_json import decode_suggestion, encode_suggestion
from bridge.tickets.transcript import Utterance, transcript_of

ADVISE = adviser(load(Path(__file__).parents[2] / "config" / "scope"))


def of(*said: tuple[str, str, bool]) -> Advice:
    return ADVISE(
        transcript_of(
            Utterance(speaker, speaker, n, n + 1, text, final, f"u{n}")
            for n, (speaker, text, final) in enumerate(said)
        )
    )


def test_the_category_names_the_utterances_it_was_heard_in() -> None:
    found = of(("caller", "楼下有人打架", True), ("caller", "拿着刀", True)).suggestion
    assert found is not None
    assert found.id == "a2-crime"
    assert dict(zip(found.evidence, found.utterances, strict=True)) == {"打架": "u0", "拿着刀": "u1"}
    assert decode_suggestion(encode_suggestion(found)) == found


def test_an_agents_words_are_no_danger_and_no_category() -> None:
    assert of(("12345", "有人拿着刀打架吗", True), ("caller", "没有", True)) == Advice()


def test_unfinished_words_raise_and_finished_ones_confirm() -> None:
    assert [each.state for each in of(("caller", "他要跳楼", False)).alerts] == ["raised"]
    assert [each.state for each in of(("caller", "他要跳楼", True)).alerts] == ["confirmed"]


def test_a_danger_is_told_once_however_often_it_is_said() -> None:
    (alert,) = of(("caller", "他要跳楼", True), ("caller", "你们快来他要跳楼", True)).alerts
    assert (alert.utterance, alert.at) == ("u0", 1)

"""Danger words: raised by interim words, once per word and call, confirmed or taken back by the final."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.scope_files import load
from bridge.scope.alerts import Alerts, Shout, changed, hear

SCOPE = load(Path(__file__).parents[2] / "config" / "scope")
BOOM = Shout("d-explosion", "爆炸", "爆炸")


def states(alerts: Alerts) -> list[tuple[str, str]]:
    return [(alert.word, alert.state) for alert in alerts]


def test_an_interim_raises_and_its_final_confirms() -> None:
    raised = hear((), [BOOM], "u1", 3.0, final=False)
    assert states(raised) == [("爆炸", "raised")]
    assert hear(raised, [BOOM], "u1", 3.4, final=False) == raised, "once per word"
    sure = hear(raised, [BOOM], "u1", 4.0, final=True)
    assert states(sure) == [("爆炸", "confirmed")]
    assert sure[0].at == 3.0, "the first moment stays"
    assert hear(sure, [BOOM], "u2", 9.0, final=True) == sure


def test_a_final_without_the_word_takes_it_back() -> None:
    raised = hear((), [BOOM], "u1", 3.0, final=False)
    other = hear(raised, [], "u2", 3.5, final=True)
    assert other == raised, "another utterance has no say"
    back = hear(raised, [], "u1", 4.0, final=True)
    assert states(back) == [("爆炸", "withdrawn")]
    assert changed(raised, back) == back
    again = hear(back, [BOOM], "u3", 7.0, final=False)
    assert states(again) == [("爆炸", "raised")]
    assert again[0].utterance == "u3"


def test_what_was_confirmed_stays() -> None:
    sure = hear((), [BOOM], "u1", 3.0, final=True)
    assert hear(sure, [], "u1", 4.0, final=True) == sure


@pytest.mark.parametrize(
    "said",
    [
        "我扬言",
        "他要自杀",
        "厂里爆炸了",
        "他要跳楼",
        "有人持刀",
        "报复社会",
        "同归于尽",
        "她割腕了",
        "把人绑架了",
    ],
)
def test_the_words_of_danger(said: str) -> None:
    assert SCOPE.shouts(said)


@pytest.mark.parametrize(
    "said", ["炸鸡", "爆炸头", "跳楼价", "水枪", "热死了", "没有自杀", "道德绑架", "新闻里说爆炸", "拿刀切菜"]
)
def test_words_that_only_sound_like_it(said: str) -> None:
    assert SCOPE.shouts(said) == ()


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["u1", "u2", "u3"]), st.booleans()), max_size=12))
def test_never_two_of_one_word_and_nothing_confirmed_is_lost(news: list[tuple[bool, str, bool]]) -> None:
    alerts: Alerts = ()
    for at, (said, utterance, final) in enumerate(news):
        before, alerts = alerts, hear(alerts, [BOOM] if said else [], utterance, at, final=final)
        assert len(alerts) <= 1
        assert not any(a.state == "confirmed" for a in before) or alerts[0].state == "confirmed"

"""Turns, sources and agreement; and what an agent's reading back does to an element."""

from __future__ import annotations

import re

import pytest

from bridge.tickets.elements import Elements
from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.slots import fill
from bridge.tickets.story import MAX_READ, tell
from bridge.tickets.transcript import SpokenWord, Transcript, Utterance, said_by_key, transcript_of


def talk(*said: str) -> Transcript:
    """A: the agent, C: the caller."""
    return transcript_of(
        Utterance(
            "caller" if line[0] == "C" else "12345", line[0], n * 6.0, n * 6 + 4.0, line[2:], id=f"u{n}"
        )
        for n, line in enumerate(said)
    )


def elements(*said: str) -> Elements:
    return fill(talk(*said), "06358001234")


def test_the_text_is_the_callers_and_each_piece_is_traced() -> None:
    told = tell(talk("C 我叫王建国", "A 好的", "C 在柳园路"))
    assert told.text == "我叫王建国，在柳园路"
    assert told.sources(0, 5) == (("u0",), 1.0)
    assert told.sources(2, 9) == (("u0", "u2"), 1.0)


def test_an_answer_is_the_callers_turns_up_to_the_agents_next() -> None:
    told = tell(talk("A 您贵姓", "C 嗯", "C 王建国", "A 好", "C 谢谢"))
    assert [told.text[start:end] for start, end in told.answers(re.compile("贵姓"))] == ["嗯", "王建国"]


@pytest.mark.parametrize(
    ("answer", "agrees"),
    [
        ("对", True),
        ("嗯对是的", True),
        ("没错就是这个", True),
        ("不对", False),
        ("不是是九号", False),
        ("东昌路", None),
    ],
)
def test_yes_and_no(answer: str, agrees: bool | None) -> None:
    assert [verdict for _, _, verdict in tell(talk("A 是八号吗", f"C {answer}")).read_back()] == (
        [] if agrees is None else [agrees]
    )


def test_keys_are_no_words_of_the_story() -> None:
    said = [
        Utterance("caller", "c", 0, 0, said_by_key("1", "是")),
        Utterance("caller", "c", 5, 6, "有人打我"),
    ]
    assert tell(transcript_of(said)).text == "有人打我"
    assert fill(transcript_of(said), "").what.value == "有人打我"
    assert fill(transcript_of(said[:1]), "").what.value == ""


def test_an_element_is_as_sure_as_its_words_were_heard() -> None:
    words = tuple(SpokenWord(char, 0, 1, 0.5) for char in "我叫王建国")
    well, badly = (
        Utterance("caller", "c", 0, 1, "我叫王建国"),
        Utterance("caller", "c", 0, 1, "我叫王建国", words=words),
    )
    sure = [fill(transcript_of([each]), "").who.confidence for each in (well, badly)]
    assert sure[1] == pytest.approx(sure[0] / 2, abs=0.01)
    unfinished = Transcript().hear(Utterance("caller", "c", 0, 1, "我叫王建国", final=False))
    assert fill(unfinished, "").who.confidence < sure[0]


@pytest.mark.parametrize(
    ("name", "told", "reads"),
    [
        ("who", "C 我叫王建国", "A 您是王建国对吧"),
        ("contact", "C 我的手机幺三八六三五零二七八九", "A 一三八六三五零二七八九是吗"),
        ("where", "C 我在柳园路八号", "A 柳园路八号对吗"),
        ("when", "C 昨天晚上八点", "A 昨天晚上八点是吧"),
    ],
)
def test_reading_back_makes_surer_and_a_no_less_sure(name: str, told: str, reads: str) -> None:
    alone, agreed, denied = (
        getattr(elements(told, *more), name) for more in ((), (reads, "C 对"), (reads, "C 不对"))
    )
    assert denied.confidence < alone.confidence < agreed.confidence < 1
    assert alone.value == agreed.value


def test_what_only_the_agent_said_counts_once_the_caller_agreed() -> None:
    read = ["C 就在我们小区门口", "A 柳园南路阳光花园小区门口对吧"]
    assert elements(*read).where.value == "小区门口"
    agreed = elements(*read, "C 对对").where
    assert agreed.value == "柳园南路阳光花园小区门口"
    assert agreed.utterances == ("u1", "u2")
    number = elements("A 您的电话是幺三八六三五零二七八九对吗", "C 对").contact
    assert (number.value, number.source, number.utterances) == ("13863502789", "transcript", ("u0", "u1"))


def test_the_line_he_calls_from_is_surer_when_he_says_so() -> None:
    assert elements("C 有人打架").contact.confidence == 0.6
    assert elements("C 有人打架", "A 电话呢", "C 就这个号").contact.confidence == 0.9


def test_the_house_comes_in_an_answer_of_its_own(gazetteer: Gazetteer) -> None:
    found = fill(talk("C 在金鼎小区", "A 几号楼", "C 六号楼二单元五零一"), "", None, gazetteer).where
    assert found.resolved == "东昌府区金鼎小区6号楼2单元501室"
    assert set(found.utterances) >= {"u0"}


def test_the_place_of_the_event_is_not_the_callers_home(gazetteer: Gazetteer) -> None:
    found = fill(talk("C 我住在金鼎小区刚才在利民路和花园路路口被撞了"), "", None, gazetteer).where
    assert found.resolved == "东昌府区利民路与花园路路口"


def test_a_story_is_read_up_to_its_limit() -> None:
    long = tell(talk(*["C " + "好" * 400] * 9))
    assert len(long.text) == MAX_READ
    assert long.sources(0, MAX_READ)[1] == 1.0

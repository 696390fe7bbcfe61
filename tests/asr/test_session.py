"""The vosk-server protocol for one connection: every row, every limit, and any order of anything."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.options import LONGEST_LIST, LONGEST_PHRASE, MOST_PHRASES, Options
from asr.session import (
    NORMAL,
    REFUSED,
    TABLE,
    Action,
    Decode,
    Finish,
    Finished,
    Hangup,
    Kind,
    Message,
    Open,
    Phase,
    Recognised,
    Send,
    Session,
    step,
)

FRESH = Session("small-cn")
EOF = '{"eof" : 1}'


def walk(*messages: Message, state: Session = FRESH) -> tuple[Session, list[Action]]:
    actions: list[Action] = []
    for message in messages:
        state, more = step(state, message)
        actions += more
    return state, actions


def config(**options: object) -> str:
    return json.dumps({"config": options})


def sent(actions: list[Action]) -> list[dict[str, object]]:
    return [json.loads(action.text) for action in actions if isinstance(action, Send)]


def test_every_phase_has_a_row_for_every_message() -> None:
    assert set(TABLE) == {(p, k) for p in get_args(Phase) if p != "closed" for k in get_args(Kind)}


def test_a_stock_client_from_beginning_to_end() -> None:
    state, actions = walk(
        config(sample_rate=8000.0),
        b"\1\0",
        Recognised('{"partial": "你"}'),
        b"\2\0",
        Recognised('{"text": "你 好"}'),
        EOF,
        Finished('{"text": ""}'),
    )
    assert actions == [
        Open(Options(8000)),
        Decode(b"\1\0"),
        Send('{"partial": "你"}'),
        Decode(b"\2\0"),
        Send('{"text": "你 好"}'),
        Finish(),
        Send('{"text": ""}'),
        Hangup(NORMAL),
    ]
    assert state.phase == "closed"


def test_config_may_come_in_pieces_and_only_before_the_first_audio() -> None:
    state, actions = walk(config(words=0), config(sample_rate="16000", max_alternatives=3), b"\0\0")
    assert actions[0] == Open(Options(16000, words=False, max_alternatives=3))
    assert walk(config(sample_rate=8000), state=state) == (state, [])


@pytest.mark.parametrize("named", ["small-cn", "/models/small-cn", "/models/small-cn/", None])
def test_our_own_model_may_be_named(named: str | None) -> None:
    assert walk(config(model=named))[1] == []


@pytest.mark.parametrize("before", [[], [b"\0\0"]])
def test_another_model_ends_only_the_one_who_asked(before: list[Message]) -> None:
    state, actions = walk(*before, config(model="/models/en-us"))
    assert state.phase == "closed"
    assert isinstance(actions[-1], Hangup)
    assert actions[-1].code == REFUSED
    assert "small-cn" in actions[-1].reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"eof": 0}',
        '{"config": 5}',
        config(sample_rate=7999),
        config(sample_rate=48001),
        config(sample_rate=8000.5),
        config(sample_rate="fast"),
        config(sample_rate=None),
        '{"config": {"sample_rate": 1e999}}',
        config(max_alternatives=11),
        config(max_alternatives=-1),
        config(phrase_list="x"),
        config(phrase_list=[1]),
        config(phrase_list=["x" * (LONGEST_PHRASE + 1)]),
        config(phrase_list=["x"] * (MOST_PHRASES + 1)),
        config(phrase_list=["x" * 20] * (LONGEST_LIST // 20 + 1)),
        "[" * 100_000,
        '{"config": {"sample_rate": NaN}}',
    ],
)
def test_what_the_protocol_does_not_know_ends_the_connection(text: str) -> None:
    state, actions = walk(text)
    assert state.phase == "closed"
    assert [type(action) for action in actions] == [Hangup]
    assert len(actions[0].reason.encode()) <= 123  # type: ignore[union-attr]  # RFC 6455 §5.5


def test_keys_of_other_servers_are_left_alone() -> None:
    assert walk(config(sample_rate=16000, itn=True, spk_model="x"), b"")[1][0] == Open(Options(16000))


def test_an_odd_byte_waits_for_its_other_half() -> None:
    assert walk(b"\1", b"\0\2", b"\0")[1] == [Open(Options()), Decode(b""), Decode(b"\1\0"), Decode(b"\2\0")]


def test_partials_are_kept_when_the_final_comes_empty() -> None:
    _, actions = walk(b"\0\0", Recognised('{"partial": "救 命"}'), EOF, Finished('{"text": ""}'))
    assert sent(actions)[-1] == {"result": [], "text": "救 命"}
    _, actions = walk(
        config(words=False), b"\0\0", Recognised('{"partial": "救 命"}'), b"\0\0", Recognised('{"text": ""}')
    )
    assert sent(actions)[-1] == {"text": "救 命"}


@pytest.mark.parametrize("after", ['{"partial": ""}', '{"text": "救命"}'])
def test_but_only_the_last_one_and_only_once(after: str) -> None:
    _, actions = walk(
        b"\0\0", Recognised('{"partial": "救"}'), b"\0\0", Recognised(after), EOF, Finished('{"text": ""}')
    )
    assert sent(actions)[-1] == {"text": ""}


def test_alternatives_pass_as_they_are() -> None:
    answer = '{"alternatives": [{"confidence": 1.0, "text": ""}]}'
    _, actions = walk(b"\0\0", Recognised('{"partial": "x"}'), b"\0\0", Recognised(answer))
    assert actions[-1] == Send(answer)


def test_reset_ends_an_utterance_and_the_stream_goes_on() -> None:
    state, actions = walk(
        b"\0\0", Recognised('{"partial": ""}'), '{"reset" : 1}', Finished('{"text": "一"}'), b"\0\0"
    )
    assert actions[-3:] == [Finish(), Send('{"text": "一"}'), Decode(b"\0\0")]
    assert state.phase == "streaming"


@pytest.mark.parametrize("words", [True, False])
def test_eof_or_reset_without_any_audio_is_answered_without_a_recogniser(words: bool) -> None:
    _, actions = walk(config(words=words), '{"reset": 1}', EOF)
    assert sent(actions) == [{**({"result": []} if words else {}), "text": ""}] * 2
    assert actions[-1] == Hangup(NORMAL)


def test_what_vosk_writes_that_is_not_json_still_reaches_the_client() -> None:
    answer = '{"result": [{"conf": inf}], "text": "一"}'
    assert walk(b"\0\0", Recognised(answer))[1][-1] == Send(answer)


ANY = st.one_of(
    st.binary(max_size=5),
    st.sampled_from([EOF, '{"reset": 1}', config(sample_rate=16000), config(model="x"), "nonsense"]),
    st.text(max_size=20),
)


@given(st.lists(ANY, max_size=12), st.sampled_from(['{"partial": "一"}', '{"text": ""}', '{"text": "一"}']))
def test_in_any_order_each_question_gets_one_answer_and_all_audio_is_decoded(
    messages: list[str | bytes], answer: str
) -> None:
    state, questions, answers, decoded, given_ = FRESH, 0, 0, b"", b""
    for message in messages:
        if state.phase == "closed":
            break
        state, actions = step(state, message)
        refused = isinstance(actions[-1], Hangup) and actions[-1].code == REFUSED if actions else False
        if isinstance(message, bytes):
            given_ += message
        questions += not refused and (isinstance(message, bytes) or "config" not in message)
        for action in actions:
            if isinstance(action, Decode):
                decoded += action.pcm
                state, told = step(state, Recognised(answer))
                answers += len([a for a in told if isinstance(a, Send)])
            elif isinstance(action, Finish):
                given_, decoded = b"", b""
                state, told = step(state, Finished(answer))
                answers += len([a for a in told if isinstance(a, Send)])
            elif isinstance(action, Send):
                answers += 1
    assert answers == questions
    assert decoded == given_[: len(given_) & ~1]

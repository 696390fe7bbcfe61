"""The protocol in values: what is read, what is written, and that nothing else gets out."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.errors import ProtocolError
from asr.words import EOF_MESSAGE, Speech, Word, config_message, join_chinese, parse_speech


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("", ""),
        ("你 好", "你好"),
        ("转 一 一 零", "转一一零"),
        ("用 wifi 密码", "用 wifi 密码"),
        ("hello world", "hello world"),
        ("  东昌府   区 ", "东昌府区"),
        ("a 你 b", "a 你 b"),
    ],
)
def test_join_chinese(said: str, written: str) -> None:
    assert join_chinese(said) == written


@given(st.text(alphabet="你好吗ab \t"))
def test_joining_twice_changes_nothing_and_loses_nothing(text: str) -> None:
    once = join_chinese(text)
    assert join_chinese(once) == once
    assert "".join(once.split()) == "".join(text.split())


def test_partial() -> None:
    assert parse_speech('{"partial" : "你 好"}') == Speech("partial", "你好")


def test_final_with_words() -> None:
    message = '{"result": [{"word": "你", "start": 0.5, "end": 0.75, "conf": 0.9}], "text": "你"}'
    assert parse_speech(message) == Speech("final", "你", (Word("你", 0.5, 0.75, 0.9),))


@pytest.mark.parametrize(("written", "meant"), [("1.5", 1.0), ("NaN", 0.0), ("Infinity", 1.0), ("-1", 0.0)])
def test_a_confidence_is_between_none_and_all(written: str, meant: float) -> None:
    message = f'{{"result": [{{"word": "x", "start": 0, "end": 1, "conf": {written}}}], "text": "x"}}'
    assert parse_speech(message).words[0].conf == meant


def test_final_without_words() -> None:
    assert parse_speech('{"text": ""}') == Speech("final", "")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "5",
        "[]",
        "{}",
        '"partial"',
        '{"result": []}',
        '{"result": [{}], "text": "x"}',
        "[" * 100_000,
        '{"result": [{"word": "x", "start": "soon", "end": 1}], "text": "x"}',
        '{"result": 5, "text": "x"}',
        '{"partial": null}',
        '{"text": 5}',
        '{"text": ["x"]}',
        '{"result": [{"word": null, "start": 0, "end": 1}], "text": "x"}',
        '{"result": [{"word": "x", "end": 1}], "text": "x"}',
        '{"result": [{"word": "x", "start": NaN, "end": 1}], "text": "x"}',
        '{"result": [{"word": "x", "start": 0, "end": Infinity}], "text": "x"}',
        '{"result": [{"word": "x", "start": 2, "end": 1}], "text": "x"}',
        '{"result": [{"word": "x", "start": -1, "end": 1}], "text": "x"}',
    ],
)
def test_what_is_no_answer(message: str) -> None:
    with pytest.raises(ProtocolError):
        parse_speech(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["partial", "text", "result", "word", "start", "end"]), inner)
    ),
    max_leaves=8,
)


@given(JSON.map(json.dumps) | st.text())
def test_a_strangers_answer_ends_in_one_error(message: str) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(parse_speech(message), Speech)


def test_what_we_send_is_what_the_stock_server_expects() -> None:
    assert json.loads(config_message(16000)) == {"config": {"sample_rate": 16000, "words": 1}}
    assert EOF_MESSAGE == '{"eof" : 1}'  # the stock server compares the text, blank by blank

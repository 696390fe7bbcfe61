"""rtpengine's NG protocol: what is written is read back, and no octets do more than be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedNg
from bridge.media import ng

# Eight leaves are never deeper than the limit.
VALUES = st.recursive(
    st.integers(-(2**62), 2**62) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.binary(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_encoded_is_decoded(value: ng.Value) -> None:
    assert ng.decode(ng.encode(value)) == value


@given(st.binary(max_size=200) | VALUES.map(ng.encode).flatmap(lambda whole: st.sampled_from([
    whole[:-1], whole + b"e", whole.replace(b":", b"", 1), b"c0 " + whole, b"c0 d6:result" + whole + b"e",
])))  # fmt: skip
def test_any_octets_are_an_answer_or_refused(data: bytes) -> None:
    for read in (ng.decode, ng.read):
        try:
            read(data)
        except MalformedNg:
            continue


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"l" * 5000, "too deep"),
        (b"99999999999999999999999:x", "no number"),
        (b"9:short", "cut off"),
        (b"-1:x", "cut off"),
        (b"i12", "no number"),
        (b"di1ei2ee", "no number"),
        (b"i1ei2e", "after the end"),
    ],
)
def test_what_is_refused_says_why(octets: bytes, why: str) -> None:
    with pytest.raises(MalformedNg, match=why):
        ng.decode(octets)


def test_commands_as_the_daemon_reads_them() -> None:
    assert ng.write("c1", ng.Ping()) == b"c1 d7:command4:pinge"
    cookie, _, body = ng.write("c2", ng.Answer("call", "a", "b", b"v=0\r\n")).partition(b" ")
    words = ng.decode(body)
    assert cookie == b"c2"
    assert isinstance(words, dict)
    asked = {key: words[key] for key in (b"command", b"call-id", b"from-tag", b"to-tag", b"sdp")}
    assert asked == {
        b"command": b"answer", b"call-id": b"call", b"from-tag": b"a", b"to-tag": b"b", b"sdp": b"v=0\r\n",
    }  # fmt: skip


def test_answers() -> None:
    assert ng.read(b"c1 d6:result4:ponge") == ng.Reply("c1", "pong")
    assert ng.read(b"c1 d6:result4:ponge").well
    refused = ng.read(b"c2 d12:error-reason4:none6:result5:errore")
    assert (refused.reason, refused.well) == ("none", False)


@pytest.mark.parametrize("data", [b"", b"c1", b" d6:result4:ponge", b"c1 i1e", b"c1 d6:resulti1ee"])
def test_what_is_no_answer(data: bytes) -> None:
    with pytest.raises(MalformedNg):
        ng.read(data)

"""What a page may say: each kind as it should be, and everything else as one error."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadRequest
from bridge.softphone.words import KINDS, MAX_MESSAGE, read

GOOD = {
    "hello": {"tab": "a1-b2"}, "take": {}, "ready": {}, "pause": {}, "call": {"number": "110", "sdp": "v=0"},
    "answer": {"call": "c1", "sdp": "v=0"}, "offer": {"call": "c1", "sdp": "v=0"},
    "candidate": {"call": "c1", "candidate": ""}, "hold": {"call": "c1"}, "resume": {"call": "c1"},
    "digits": {"call": "c1", "digits": "12*#"}, "hangup": {"call": "new"},
}  # fmt: skip


def test_every_kind_is_read() -> None:
    assert GOOD.keys() == KINDS.keys()
    for kind, fields in GOOD.items():
        said = read(json.dumps({"type": kind, **fields}))
        assert (said.kind, said.fields) == (kind, fields)


@pytest.mark.parametrize("kind", [kind for kind, fields in GOOD.items() if fields])
def test_what_is_missing_wrong_or_too_much_is_said(kind: str) -> None:
    for name in GOOD[kind]:
        rest = {key: value for key, value in GOOD[kind].items() if key != name}
        for wrong in (rest, {**rest, name: 7}, {**rest, name: None}, {**rest, name: "x" * 20_000}):
            with pytest.raises(BadRequest, match=f"{kind}|太长"):
                read(json.dumps({"type": kind, **wrong}))
    with pytest.raises(BadRequest, match="没有"):
        read(json.dumps({"type": kind, **GOOD[kind], "more": 1}))


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{", '{"type": []}', '{"type": "x"}', "[" * 5000, "x" * (MAX_MESSAGE + 1)]
)
def test_nonsense_is_one_error(text: str) -> None:
    with pytest.raises(BadRequest):
        read(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
                    max_leaves=8))  # fmt: skip
def test_whatever_json_comes(body: object) -> None:
    with contextlib.suppress(BadRequest):
        assert read(json.dumps(body)).kind in KINDS

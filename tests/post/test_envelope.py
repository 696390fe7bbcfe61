"""The envelope: what CloudEvents asks of headers, and the body's type found without reading the body."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.post.envelope import attributes, source, type_of

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=timezone(timedelta(hours=8)))


def test_the_attributes_of_a_letter() -> None:
    made = attributes(id="msg_1", kind="ticket.accepted", source=source("110"), subject="T1", at=NOW)
    assert made == {
        "ce-specversion": "1.0",
        "ce-id": "msg_1",
        "ce-type": "cn.bridge.ticket.accepted.v1",
        "ce-source": "urn:bridge:platform:110",
        "ce-subject": "T1",
        "ce-time": "2026-11-25T12:00:00Z",
    }


@given(st.text(max_size=40).filter(lambda text: "\ud800" not in text))
def test_any_value_is_a_header_and_comes_back(text: str) -> None:
    made = attributes(id="1", kind="ticket.final", source=source(text), subject=text, at=NOW.astimezone(UTC))
    for value in made.values():
        assert value.isascii()
        assert not set(value) & set(' "\r\n\0')
    assert unquote(made["ce-subject"]) == text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"type":"ticket.opened","timestamp":"x","data":{}}', "ticket.opened"),
        ('{"data": {"type": "inner"}, "type": "ticket.returned"}', "ticket.returned"),
        ('{"data": 1}', ""),
        ('{"type": 5}', ""),
        ("[]", ""),
        ("[" * 100_000, ""),
        ("no json", ""),
        ("", ""),
    ],
)
def test_the_type_of_a_body(body: str, kind: str) -> None:
    assert type_of(body) == kind


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz._-"), min_size=1, max_size=60))
def test_a_type_at_the_head_is_the_one_json_has(kind: str) -> None:
    body = json.dumps({"type": kind, "data": {"type": "x"}})
    assert type_of(body) == kind

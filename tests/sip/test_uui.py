"""User-to-User: what we write is what we read; what others write says nothing or an incident, never harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sip.message import Headers, Request
from bridge.sip.uui import LONGEST, incident_data, incident_of


def asks(*values: str) -> Request:
    return Request("INVITE", "sip:110@x", Headers([("User-to-User", value) for value in values]))


def coded(text: str) -> str:
    return text.encode().hex()


@given(st.from_regex(r"[A-Za-z0-9_.-]{1,96}", fullmatch=True))
def test_what_is_written_is_read(incident: str) -> None:
    assert incident_of(asks(incident_data(incident))) == incident
    assert len(bytes.fromhex(incident_data(incident).partition(";")[0])) <= LONGEST


@pytest.mark.parametrize(
    ("value", "incident"),
    [
        (coded("incident=a1"), "a1"), (f"04{coded('incident=a1')}", "a1"),
        (f"00{coded('incident=a1').upper()} ; encoding=HEX;purpose=isdn-uui", "a1"),
        (f"{coded('incident=a1')};encoding=base64", ""), ("zz", ""), ("0", ""), ("", ""),
        (";encoding=hex", ""), (coded("incident="), ""), (coded("incident=a b"), ""),
        (coded("incident=<script>"), ""), (coded("incident=事件"), ""), (coded("x=1;incident=a"), ""),
        (coded("incident=" + "a" * 97), ""),
        ("00" * 5000, ""),
    ],
)  # fmt: skip
def test_what_strangers_write(value: str, incident: str) -> None:
    assert incident_of(asks(value)) == incident


def test_the_first_that_says_something_counts() -> None:
    assert incident_of(asks()) == ""
    assert incident_of(asks("deadbeef", coded("incident=a"), coded("incident=b"))) == "a"


@given(st.text(max_size=300))
def test_any_text_ends_in_an_answer(value: str) -> None:
    assert isinstance(incident_of(asks(value)), str)

"""Who calls: what is believed inside the trust domain and outside, and what is told to whom (RFC 3323,
RFC 3325)."""

from __future__ import annotations

import pytest

from bridge.sip.grammar import parse_name_addr
from bridge.sip.identity import Identity, read_identity, write_identity
from bridge.sip.message import Headers, Request

FROM = ("From", '"Li" <sip:1390@c>;tag=1')
PAI = ("P-Asserted-Identity", '"Wang" <sip:1380@c>')
HIDDEN = ("From", '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1')


def read(*headers: tuple[str, str], trusted: bool = True) -> Identity:
    return read_identity(Request("INVITE", "sip:110@b", Headers(headers)), trusted=trusted)


@pytest.mark.parametrize(
    ("headers", "trusted", "who"),
    [
        ((FROM,), True, Identity("1390", "Li")),
        ((FROM, PAI), True, Identity("1380", "Wang")),
        ((FROM, PAI), False, Identity("1390", "Li")),
        ((FROM, ("P-Preferred-Identity", "<sip:119@c>")), True, Identity("1390", "Li")),
        ((HIDDEN, PAI, ("Privacy", "id;critical")), True, Identity("1380", "Wang", private=True)),
        ((HIDDEN, PAI, ("Privacy", "id")), False, Identity("anonymous", "", private=True)),
        ((HIDDEN,), True, Identity("anonymous", "", private=True)),
        ((FROM, ("Privacy", "user")), True, Identity("1390", "Li", private=True)),
        ((FROM, ("Privacy", "none")), True, Identity("1390", "Li")),
        ((FROM, ("Privacy", "session;critical")), True, Identity("1390", "Li")),
        ((FROM, ("P-Asserted-Identity", "<tel:+861380>, <sip:x@c>")), True, Identity("+861380", "Li")),
        ((FROM, ("P-Asserted-Identity", "<<<")), True, Identity("1390", "Li")),
        ((("From", "<sip:c>;tag=1"),), True, Identity("anonymous", "", private=True)),
        ((("From", "<sip:anonymous@c>;tag=1"),), True, Identity("anonymous", "", private=True)),
        ((), True, Identity("anonymous", "", private=True)),
    ],
)
def test_who_calls(headers: tuple[tuple[str, str], ...], trusted: bool, who: Identity) -> None:
    assert read(*headers, trusted=trusted) == who


def test_the_number_is_told_to_whom_we_trust() -> None:
    from_, headers = write_identity(Identity("1390", "李"), "10.0.0.1", trusted=True)
    assert from_.encode() == '"李" <sip:1390@10.0.0.1>'
    assert headers == (("P-Asserted-Identity", '"李" <sip:1390@10.0.0.1>'),)


def test_a_withheld_number_is_told_to_whom_we_trust_and_shown_to_nobody() -> None:
    from_, headers = write_identity(Identity("1390", "李", private=True), "10.0.0.1", trusted=True)
    assert "1390" not in from_.encode()
    assert headers == (("P-Asserted-Identity", '"李" <sip:1390@10.0.0.1>'), ("Privacy", "id"))


def test_a_withheld_number_leaves_no_trace_outside() -> None:
    from_, headers = write_identity(Identity("1390", "李", private=True), "10.0.0.1", trusted=False)
    assert "1390" not in from_.encode() + str(headers)
    assert "李" not in from_.encode() + str(headers)
    assert from_ == parse_name_addr('"Anonymous" <sip:anonymous@anonymous.invalid>')


def test_a_stranger_is_shown_the_number_and_asserted_nothing() -> None:
    from_, headers = write_identity(Identity("1390"), "10.0.0.1", trusted=False)
    assert (from_.encode(), headers) == ("<sip:1390@10.0.0.1>", ())
    assert write_identity(Identity(), "10.0.0.1", trusted=True)[1] == ()

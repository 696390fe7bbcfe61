"""Whom a certificate names: RFC 5922 §7.1's order, and nothing by wildcard."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.sip.certificate import identities, proves


@pytest.mark.parametrize(
    ("names", "proven"),
    [
        ((("URI", "sip:police.example"), ("DNS", "sbc.police.example")), {"police.example"}),
        ((("URI", "sip:desk@police.example"), ("DNS", "SBC.police.example")), {"sbc.police.example"}),
        ((("URI", "https://police.example"), ("DNS", "a.ex"), ("DNS", "b.ex")), {"a.ex", "b.ex"}),
        ((("URI", "not a uri"),), set()),
        ((("IP Address", "10.2.0.10"), ("URI", "sips:police.example")), {"10.2.0.10", "police.example"}),
        ((("IP Address", "2001:DB8:0:0:0:0:0:1"),), {"2001:db8::1"}),
        ((), set()),
    ],
)  # fmt: skip
def test_identities(names: Any, proven: set[str]) -> None:
    subject = ((("commonName", "police.example"),),)
    assert identities({"subject": subject, "subjectAltName": names}) == proven


def test_no_certificate_proves_nothing() -> None:
    assert identities(None) == identities({}) == frozenset()


@pytest.mark.parametrize(
    ("name", "proven", "right"),
    [
        ("Police.Example", {"police.example"}, True),
        ("sbc.police.example", {"*.police.example"}, False),
        ("police.example", {"sbc.police.example"}, False),
        ("[2001:db8::1]", {"2001:db8::1"}, True),
        ("", set(), False),
    ],
)
def test_proves(name: str, proven: set[str], right: bool) -> None:
    assert proves(name, frozenset(proven)) is right

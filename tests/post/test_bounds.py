"""Which addresses letters go to: a table of the ones that matter, and properties over all of them."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given as anything
from hypothesis import strategies as st

from bridge.post.bounds import forbidden, literal, unusable

INSIDE = [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "0.0.0.0",
    "::",
    "100.100.100.200",
    "fd00:ec2::254",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
]
PRIVATE = ["10.2.0.20", "172.16.3.4", "192.168.1.1", "100.64.1.1", "fd12::1", "::ffff:10.0.0.1"]
PUBLIC = ["8.8.8.8", "2400:3200::1"]


@pytest.mark.parametrize("text", INSIDE)
def test_this_machine_is_never_reached_by_a_name(text: str) -> None:
    address = ip_address(text)
    for given in (False, True):
        assert forbidden(address, written=False, given=given)
    assert not forbidden(address, written=True, given=False), "the administrator wrote it"
    assert forbidden(address, written=True, given=True), "a partner wrote it"


@pytest.mark.parametrize("text", PRIVATE)
def test_an_office_network_is_reached_by_the_administrators_names_only(text: str) -> None:
    assert not forbidden(ip_address(text), written=False, given=False)
    assert forbidden(ip_address(text), written=False, given=True)
    nets = [ip_network("10.0.0.0/8"), ip_network("172.16.0.0/12"), ip_network("192.168.0.0/16")]
    allowed = [*nets, ip_network("100.64.0.0/10"), ip_network("fd00::/8")]
    assert not forbidden(ip_address(text), written=False, given=True, allowed=allowed)


@pytest.mark.parametrize("text", PUBLIC)
def test_outside_is_outside(text: str) -> None:
    for written in (False, True):
        for given in (False, True):
            assert not forbidden(ip_address(text), written=written, given=given)


@anything(st.ip_addresses())
def test_what_a_partner_gives_is_global_or_forbidden(address: object) -> None:
    found = ip_address(str(address))
    if not forbidden(found, written=False, given=True):
        assert found.is_global or found.version == 6  # an IPv6 form of a global IPv4 address


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://city.example/hook", True),
        ("https://[2400:3200::1]:8443/hook", True),
        ("http://city.example/hook", False),
        ("ftp://city.example/", False),
        ("https://user:word@city.example/", False),
        ("https:///hook", False),
        ("https://city.example:99999/", False),
        ("https://[::1/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_a_url_a_partner_gives(url: str, fits: bool) -> None:
    assert (unusable(url) == "") is fits


def test_numbers_in_other_spellings_are_names_to_be_resolved() -> None:
    assert literal("10.0.0.1") == ip_address("10.0.0.1")
    assert literal("::1") == ip_address("::1")
    for text in ("0x7f000001", "2130706433", "127.1", "localhost", "a.example"):
        assert literal(text) is None

"""URIs: one form for one address, and a round trip for every value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedSip
from bridge.sip.uri import SipUri, parse_uri, read_uri, write_user

READ = {
    "sip:alice@10.0.0.1": SipUri("sip", "alice", "10.0.0.1"),
    "SIP:Alice@Example.COM:5070": SipUri("sip", "Alice", "example.com", 5070),
    "sips:pbx.example.com": SipUri("sips", None, "pbx.example.com"),
    "sip:12345@[2001:DB8:0::1]:5060": SipUri("sip", "12345", "2001:db8::1", 5060),
    "sip:my_pbx": SipUri("sip", None, "my_pbx"),
    "sip:a@b;LR;transport=TCP": SipUri("sip", "a", "b", None, (("lr", None), ("transport", "TCP"))),
    "sip:a@b;lr=": SipUri("sip", "a", "b", None, (("lr", ""),)),
    "sip:alice:secret@b": SipUri("sip", "alice", "b"),
    "sip:%61lice@b": SipUri("sip", "alice", "b"),
    "sip:a%2fb@b": SipUri("sip", "a%2Fb", "b"),
    "sip:*1#@b": SipUri("sip", "*1%23", "b"),
    "sip:*1%23@b": SipUri("sip", "*1%23", "b"),
    "sip:小王@b": SipUri("sip", "%E5%B0%8F%E7%8E%8B", "b"),
    "sip:a;par=u%40c@b;x=y": SipUri("sip", "a;par=u%40c", "b", None, (("x", "y"),)),
    "sip:a?b@c": SipUri("sip", "a?b", "c"),
    "sip:a@b?Replaces=1%40c%3Bto-tag%3D7&x=y": SipUri(
        "sip", "a", "b", None, (), "Replaces=1%40c%3Bto-tag%3D7&x=y"
    ),
    "sip:a@b?Replaces=1@c%3Bto-tag%3D7": SipUri("sip", "a", "b", None, (), "Replaces=1@c%3Bto-tag%3D7"),
    "tel:+86-635-(823).0110": SipUri("tel", "+866358230110", ""),
    "tel:110;phone-context=+86635": SipUri("tel", "110", "", None, (("phone-context", "+86635"),)),
}

REFUSED = [
    "", "sip", "sip:", "sip:@b", "sip:a@", "sip:a@b:", "sip:a@b:0", "sip:a@b:65536", "sip:a@b:5060x",
    "sip:a@b:999999", "sip:a@b@c", "sip:a b@c", "sip:a@b c", "sip:a@b;", "sip:a@b;;lr", "sip:a@b;=x",
    "sip:a@b;lr;LR",
    "sip:a@[::1", "sip:a@[::g]", "sip:a@[1:2]", "sip:a@b?", "sip:%zz@b", "sip:%4@b", "sip:a@b\r\nEvil: 1",
    "sip:a@b\0", '"sip:a@b"', "<sip:a@b>", "sip:a@-b", "tel:", "tel:abc", "tel:+", "tel:12 3", "tel:1x",
    "tel:1;", ":x", "1a:x",
]  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_one_form_for_one_address(text: str) -> None:
    assert parse_uri(text) == READ[text]
    assert parse_uri(READ[text].encode()) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_uri(text: str) -> None:
    with pytest.raises(MalformedSip):
        parse_uri(text)


def test_another_scheme_is_read_but_is_not_a_place_to_call() -> None:
    assert read_uri("http://example.com/a?b") == SipUri("http", "//example.com/a?b", "")
    assert read_uri("http://example.com/a?b").encode() == "http://example.com/a?b"
    with pytest.raises(MalformedSip):
        parse_uri("http://example.com")


def test_parameters_are_found_in_any_case() -> None:
    uri = parse_uri("sip:a@b;LR;Transport=udp")
    assert (uri.param("lr"), uri.param("transport"), uri.param("user")) == ("", "udp", None)


def test_what_was_dialled_is_plain() -> None:
    assert parse_uri("sip:*1%23@b").dialled == "*1#"
    assert parse_uri("sip:b").dialled == ""


@pytest.mark.parametrize("user", ["a@b", "a b", "a\r\nb", "a>b", 'a"b', "a%b", "a:b", "小王", "%41"])
def test_a_user_cannot_break_out_of_its_place(user: str) -> None:
    uri = SipUri("sip", user, "b")
    again = parse_uri(uri.encode())
    assert again.host == "b"
    assert again.encode() == parse_uri(again.encode()).encode()
    assert write_user(write_user(user)) == write_user(user)


NAMES = st.from_regex(r"[a-z0-9\-.!%*_+`'~]{1,8}", fullmatch=True)
VALUES = st.none() | st.from_regex(r"[A-Za-z0-9\-_.!~*'()\[\]/:&+$]{0,8}", fullmatch=True)
PARAMS = st.lists(st.tuples(NAMES, VALUES), max_size=4, unique_by=lambda pair: pair[0]).map(tuple)
USERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(
    lambda text: parse_uri(f"sip:{write_user(text)}@h").user
)
HOSTS = st.from_regex(
    r"[a-z0-9][a-z0-9\-]{0,8}(\.[a-z0-9]{1,5}){0,3}", fullmatch=True
) | st.ip_addresses().map(str)
SIP_URIS = st.builds(
    SipUri,
    st.sampled_from(["sip", "sips"]),
    st.none() | USERS,
    HOSTS,
    st.none() | st.integers(1, 65535),
    PARAMS,
    st.from_regex(r"([a-z]{1,4}=[A-Za-z0-9%\-]{0,8}(&[a-z]{1,4}=x)?)?", fullmatch=True),
)
TEL_URIS = st.builds(
    SipUri, st.just("tel"), st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True), st.just(""), params=PARAMS
)


@given(SIP_URIS | TEL_URIS)
def test_every_uri_comes_back_as_it_was(uri: SipUri) -> None:
    assert parse_uri(uri.encode()) == uri


@given(st.text(max_size=60) | st.text("sip:tel@[]%;?=&<> \t\r\n:.0aA", max_size=40))
def test_any_text_is_a_uri_or_refused(text: str) -> None:
    for candidate in (text, f"sip:{text}", f"sip:a@b{text}"):
        try:
            uri = parse_uri(candidate)
        except MalformedSip:
            continue
        assert parse_uri(uri.encode()) == uri

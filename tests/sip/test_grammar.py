"""Header values: tables of what is read and refused, and a round trip for every value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedSip
from bridge.sip.grammar import (
    MAX_CSEQ,
    CSeq,
    NameAddr,
    SipUri,
    Via,
    parse_challenge,
    parse_cseq,
    parse_name_addr,
    parse_via,
    quote,
    split_commas,
)

A = SipUri("sip", "a", "b")

ADDRESSES = {
    "sip:a@b": NameAddr("", A),
    "<sip:a@b>": NameAddr("", A),
    " \t<sip:a@b> ": NameAddr("", A),
    "sip:a@b;tag=x": NameAddr("", A, (("tag", "x"),)),
    "sip:a@b ; TAG = x": NameAddr("", A, (("tag", "x"),)),
    "<sip:a@b;lr>;tag=x": NameAddr("", SipUri("sip", "a", "b", None, (("lr", None),)), (("tag", "x"),)),
    "<sip:a@b?x=y>": NameAddr("", SipUri("sip", "a", "b", None, (), "x=y")),
    "Alice Smith <sip:a@b>": NameAddr("Alice Smith", A),
    "Alice<sip:a@b>": NameAddr("Alice", A),
    "1001@pbx <sip:a@b>": NameAddr("1001@pbx", A),
    "张三 <sip:a@b>": NameAddr("张三", A),
    '"张三" <sip:a@b>': NameAddr("张三", A),
    '"a \\"b\\" \\\\ c"<sip:a@b>': NameAddr('a "b" \\ c', A),
    '"<sip:x@y>, z" <sip:a@b>': NameAddr("<sip:x@y>, z", A),
    '"" <sip:a@b>': NameAddr("", A),
    "<sip:a@b>;q=0.7;expires=60": NameAddr("", A, (("q", "0.7"), ("expires", "60"))),
    '<sip:a@b>;+sip.instance="<urn:uuid:1>";ob': NameAddr(
        "", A, (("+sip.instance", '"<urn:uuid:1>"'), ("ob", None))
    ),
    "<tel:110>": NameAddr("", SipUri("tel", "110", "")),
    "<isbn:2983792873>": NameAddr("", SipUri("isbn", "2983792873", "")),
}

NOT_ADDRESSES = [
    "", "<>", "a", "<sip:a@b", "sip:a@b>", "<sip:a@b>>", '"a <sip:a@b>', '"a"b" <sip:a@b>', "< sip:a@b >",
    "A, B <sip:a@b>", "<sip:a@b>, <sip:c@d>", "sip:a@b, sip:c@d", "sip:a@b?x=y", "<sip:a@b>;", "<sip:a@b>;;",
    "<sip:a@b>;tag=", "<sip:a@b>;tag=x;tag=y", "<sip:a@b>;tag=x y", '<sip:a@b>;x="y', "<sip:a@b>x",
    "a\\b <sip:a@b>", "<sip:a@b>;tag=x\r\nEvil: 1", "*",
]  # fmt: skip

VIAS = {
    "SIP/2.0/UDP 10.0.0.1": Via("UDP", "10.0.0.1"),
    "sip / 2.0 / tcp  Example.com : 5061 ; branch = z9hG4bK1": Via(
        "TCP", "example.com", 5061, (("branch", "z9hG4bK1"),)
    ),
    "SIP/2.0/UDP [::1]:5060;rport;branch=z9hG4bK1": Via(
        "UDP", "::1", 5060, (("rport", None), ("branch", "z9hG4bK1"))
    ),
    "SIP/2.0/UDP a;received=2001:db8::1;rport=9": Via(
        "UDP", "a", None, (("received", "2001:db8::1"), ("rport", "9"))
    ),
    "SIP/2.0/UDP a;received=[::1]": Via("UDP", "a", None, (("received", "[::1]"),)),
}

NOT_VIAS = [
    "", "SIP/2.0/UDP", "SIP/2.0 a", "SIP/3.0/UDP a", "SIP/2.0/UDPa", "HTTP/1.1/UDP a", "SIP/2.0/UDP a:",
    "SIP/2.0/UDP a:0", "SIP/2.0/UDP a:65536", "SIP/2.0/UDP a:123456", "SIP/2.0/UDP [::1", "SIP/2.0/UDP [zz]",
    "SIP/2.0/UDP a;;branch=x", "SIP/2.0/UDP a;branch=x;branch=y", "SIP/2.0/UDP a b",
    "SIP/2.0/UDP a, SIP/2.0/UDP b",
]  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses(text: str) -> None:
    assert parse_name_addr(text) == ADDRESSES[text]
    assert parse_name_addr(ADDRESSES[text].encode()) == ADDRESSES[text]


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(MalformedSip):
        parse_name_addr(text)


def test_the_tag_of_an_address() -> None:
    address = parse_name_addr('"A" <sip:a@b>;x=y')
    assert address.tag is None
    assert address.with_tag("1").with_tag("2").encode() == '"A" <sip:a@b>;x=y;tag=2'
    assert address.with_tag("2").tag == "2"
    assert address.param("x") == "y"


@pytest.mark.parametrize("text", VIAS)
def test_vias(text: str) -> None:
    assert parse_via(text) == VIAS[text]
    assert parse_via(VIAS[text].encode()) == VIAS[text]


@pytest.mark.parametrize("text", NOT_VIAS)
def test_what_is_no_via(text: str) -> None:
    with pytest.raises(MalformedSip):
        parse_via(text)


def test_the_parameters_of_a_via() -> None:
    via = parse_via("SIP/2.0/UDP a;branch=z9hG4bK1;received=[::1];rport=9")
    assert (via.branch, via.received, via.rport, via.wants_rport) == ("z9hG4bK1", "::1", 9, True)
    old = parse_via("SIP/2.0/UDP a")
    assert (old.branch, old.received, old.rport, old.wants_rport) == ("", None, None, False)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("SIP/2.0/UDP 10.0.0.1;branch=1", "SIP/2.0/UDP 10.0.0.1;branch=1"),
        ("SIP/2.0/UDP 10.0.0.2;branch=1", "SIP/2.0/UDP 10.0.0.2;branch=1;received=10.0.0.1"),
        ("SIP/2.0/UDP a.example;branch=1", "SIP/2.0/UDP a.example;branch=1;received=10.0.0.1"),
        ("SIP/2.0/UDP 10.0.0.1;rport;branch=1", "SIP/2.0/UDP 10.0.0.1;branch=1;received=10.0.0.1;rport=5070"),
        ("SIP/2.0/UDP a;received=6.6.6.6;rport=1", "SIP/2.0/UDP a;received=10.0.0.1;rport=5070"),
    ],
)
def test_a_via_is_marked_with_where_it_came_from(text: str, marked: str) -> None:
    assert parse_via(text).with_received("10.0.0.1", 5070).encode() == marked


@pytest.mark.parametrize("text", ["1 INVITE", " 1 \t INVITE ", "0001 INVITE"])
def test_cseq(text: str) -> None:
    assert parse_cseq(text) == CSeq(1, "INVITE")
    assert parse_cseq(text).encode() == "1 INVITE"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "INVITE",
        "-1 INVITE",
        "1INVITE",
        "1 IN VITE",
        "1.0 INVITE",
        "2147483648 INVITE",
        "9" * 99 + " A",
        "١ A",
    ],
)
def test_what_is_no_cseq(text: str) -> None:
    with pytest.raises(MalformedSip):
        parse_cseq(text)


def test_a_challenge_is_read_and_its_names_are_lower_case() -> None:
    assert parse_challenge('DIGEST Realm="a, \\"b\\"" , qop="auth,auth-int",stale=FALSE') == (
        "digest",
        {"realm": 'a, "b"', "qop": "auth,auth-int", "stale": "FALSE"},
    )


@pytest.mark.parametrize(
    "value", ["", "Digest x", "Digest a=1, a=2", "Digest a=1,, b=2", 'Digest a="1', "Di(gest a=1"]
)
def test_what_is_no_challenge(value: str) -> None:
    with pytest.raises(MalformedSip):
        parse_challenge(value)


TOKENS = st.from_regex(r"[A-Za-z0-9\-.!%*_+`'~]{1,10}", fullmatch=True)
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.none() | TOKENS | PLAIN.map(quote) | st.ip_addresses(v=6).map(lambda ip: f"[{ip}]")
PARAMS = st.lists(st.tuples(TOKENS.map(str.lower), VALUES), max_size=4, unique_by=lambda pair: pair[0]).map(
    tuple
)
URIS = st.builds(SipUri, st.just("sip"), st.none() | st.just("a"), st.just("b"), st.none() | st.just(5070))


@given(st.builds(NameAddr, PLAIN, URIS, PARAMS))
def test_every_address_comes_back_as_it_was(address: NameAddr) -> None:
    assert parse_name_addr(address.encode()) == address
    assert split_commas(f"{address.encode()}, <sip:z>") == [address.encode(), "<sip:z>"]


@given(
    st.builds(Via, TOKENS.map(str.upper), st.sampled_from(["a.b", "10.0.0.1", "::1"]), st.just(5070), PARAMS)
)
def test_every_via_comes_back_as_it_was(via: Via) -> None:
    assert parse_via(via.encode()) == via


@given(st.builds(CSeq, st.integers(0, MAX_CSEQ), TOKENS))
def test_every_cseq_comes_back_as_it_was(cseq: CSeq) -> None:
    assert parse_cseq(cseq.encode()) == cseq


@given(st.text(max_size=60) | st.text('"\\<>;,=: \t/.@aSIPsip20', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in (parse_name_addr, parse_via, parse_cseq, parse_challenge):
        for candidate in (text, f"<sip:a@b>{text}", f"SIP/2.0/UDP a{text}", f"Digest {text}"):
            try:
                reader(candidate)
            except MalformedSip:
                continue

"""The messages of RFC 4475, one each in tests/data/sip/torture under the RFC's own names: none is left out.

What the RFC puts into each to hurt is there; names and addresses beside it are ours. Valid ones must be read,
invalid ones refused; what the whole user agent makes of each is in test_useragent_torture.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import MalformedSip
from bridge.sip.grammar import parse_challenge, parse_name_addr, parse_uri, parse_via, split_commas
from bridge.sip.message import Request, Response
from bridge.sip.parser import parse_message

MESSAGES = Path(__file__).parent.parent / "data" / "sip" / "torture"

READ = {
    # §3.1.1: valid
    "wsinv", "intmeth", "esc01", "escnull", "esc02", "lwsdisp", "longreq", "dblreq", "semiuri", "transports",
    "mpart01", "unreason", "noreason",
    # §3.1.2, where the RFC leaves the choice: nothing in these concerns what we read
    "escruri",  # headers in a Request-URI: we take none from there
    "baddate",  # Date: we don't read it
    "regbadct",  # Contact: its reader refuses it, see below
    # §3.2 and §3.3: well-formed, for the transaction or the user agent to judge
    "badbranch", "unkscm", "novelsc", "unksm2", "bext01", "invut", "regaut01", "bcast", "zeromf",
    "cparam01", "cparam02", "regescrt", "sdp01", "inv2543",
}  # fmt: skip

REFUSED = {
    "badinv01": "via",
    "clerr": "content-length",
    "ncl": "content-length",
    "scalar02": "cseq",
    "scalarlg": "cseq",
    "quotbal": "to",
    "ltgtruri": "request-uri",
    "lwsruri": "start-line",
    "lwsstart": "start-line",
    "trws": "start-line",
    "badaspec": "to",
    "baddn": "from",
    "badvers": "version",
    "mismatch01": "cseq",
    "mismatch02": "cseq",
    "bigcode": "start-line",
    "insuf": "from",
    "multi01": "from",
    "mcl01": "content-length",
}

UNREADABLE = {"badinv01", "scalar02", "quotbal", "badaspec", "baddn", "insuf"}
"""Requests whose own headers can only be copied back as they stand."""
RESPONSES = {"scalarlg", "bigcode"}


def wire(name: str) -> bytes:
    return (MESSAGES / f"{name}.sip").read_bytes()


def read(name: str) -> Request | Response:
    return parse_message(wire(name))


def test_every_message_on_file_has_an_expectation() -> None:
    assert {path.stem for path in MESSAGES.glob("*.sip")} == READ | REFUSED.keys()
    assert not READ & REFUSED.keys()


@pytest.mark.parametrize("name", sorted(READ))
def test_a_valid_message_is_read_and_survives_writing(name: str) -> None:
    message = read(name)
    again = parse_message(message.encode())
    assert (again.body, type(again)) == (message.body, type(message))
    assert again.headers.without("content-length") == message.headers.without("content-length")


@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_message_is_refused(name: str) -> None:
    with pytest.raises(MalformedSip) as refusal:
        read(name)
    assert refusal.value.part == REFUSED[name]


@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_request_can_be_answered_and_a_response_cannot(name: str) -> None:
    with pytest.raises(MalformedSip) as refusal:
        read(name)
    assert isinstance(refusal.value.request, Request) == (name not in RESPONSES)
    assert refusal.value.readable == (name not in UNREADABLE)


def test_a_tortuous_invite_is_understood() -> None:
    headers = read("wsinv").headers
    sender, target = parse_name_addr(headers.all("from")[0]), parse_name_addr(headers.all("to")[0])
    assert (sender.display, sender.tag, target.tag) == ('J Rosenberg \\"', "98asjd8", "1918181833n")
    vias = [parse_via(element) for value in headers.all("via") for element in split_commas(value)]
    assert [via.branch for via in vias] == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    assert headers.first("NewFangledHeader") == "newfangled value continued newfangled value"
    assert parse_name_addr(headers.all("contact")[0]).params == (
        ("newparam", "newvalue"), ("secondparam", None), ("q", "0.33")
    )  # fmt: skip


def test_the_widest_characters_are_understood() -> None:
    message = read("intmeth")
    assert isinstance(message, Request)
    target = parse_name_addr(message.headers.all("to")[0])
    assert target.display == "BEL:  NUL:  DEL: "
    assert target.uri == parse_uri(message.uri)
    assert target.uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert parse_name_addr(message.headers.all("from")[0]).tag == "_token~1'+`*%!-."


def test_escapes_are_undone_only_where_they_mean_nothing() -> None:
    message = read("esc01")
    assert isinstance(message, Request)
    assert parse_uri(message.uri).user == "sips%3Auser%40example.com"
    assert parse_name_addr(message.headers.all("to")[0]).uri.user == "user"
    assert parse_name_addr(read("escnull").headers.all("contact")[0]).uri.user == "%00"


def test_the_second_message_of_a_datagram_is_cut_off() -> None:
    message = read("dblreq")
    assert isinstance(message, Request)
    assert (message.method, message.body) == ("REGISTER", b"")


def test_a_body_may_hold_any_bytes() -> None:
    assert b"\x00\xff\xfe\r\n\r\n\x80" in read("mpart01").body


def test_a_contact_whose_headers_stand_outside_brackets_is_refused_by_its_reader() -> None:
    with pytest.raises(MalformedSip):
        parse_name_addr(read("regbadct").headers.all("contact")[0])
    assert parse_name_addr(read("regescrt").headers.all("contact")[0]).uri.headers


def test_where_parameters_belong() -> None:
    outside = parse_name_addr(read("cparam01").headers.all("contact")[0])
    inside = parse_name_addr(read("cparam02").headers.all("contact")[0])
    assert (outside.param("unknownparam"), outside.uri.param("unknownparam")) == ("", None)
    assert (inside.param("unknownparam"), inside.uri.param("unknownparam")) == (None, "")


def test_an_unknown_authentication_scheme_is_named() -> None:
    assert parse_challenge(read("regaut01").headers.all("authorization")[0])[0] == "nooneknowsthisscheme"

"""Messages as values: look-up of headers, and the bytes written."""

from __future__ import annotations

import pytest

from bridge.errors import MalformedSip
from bridge.sip.message import Headers, Request, Response, long_name


def test_headers_are_found_by_any_of_their_names_and_kept_in_order() -> None:
    headers = Headers([("v", "1"), ("Subject", "x"), ("VIA", "2")])
    headers.add("Via", "3")
    assert headers.all("via") == ["1", "2", "3"]
    assert headers.first("Via") == "1"
    assert headers.first("from") is None
    assert list(headers.without("VIA")) == [("Subject", "x")]
    assert len(headers) == 4


def test_what_all_gives_away_is_a_copy() -> None:
    headers = Headers([("Via", "1")])
    headers.all("via").append("2")
    assert headers.all("via") == ["1"]


def test_headers_are_equal_by_what_they_hold() -> None:
    assert Headers([("Via", "1")]) == Headers([("Via", "1")])
    assert Headers([("Via", "1")]) != Headers([("v", "1")])
    assert Headers([("Via", "1")]) != [("Via", "1")]
    assert repr(Headers([("Via", "1")])) == "Headers([('Via', '1')])"


@pytest.mark.parametrize(("name", "long"), [("i", "call-id"), ("L", "content-length"), ("X-Own", "x-own")])
def test_the_long_name(name: str, long: str) -> None:
    assert long_name(name) == long


def test_a_request_is_written_with_the_length_of_its_body() -> None:
    request = Request("INFO", "sip:a@b", Headers([("Via", "1"), ("l", "7"), ("s", "张")]), "é".encode())
    assert (
        request.encode() == "INFO sip:a@b SIP/2.0\r\nVia: 1\r\ns: 张\r\nContent-Length: 2\r\n\r\né".encode()
    )


def test_a_response_without_a_reason() -> None:
    assert Response(200, "").encode() == b"SIP/2.0 200 \r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("evil", ["x\r\nEvil: 1", "x\rEvil: 1", "x\nEvil: 1", "\r\n"])
def test_a_value_cannot_break_out_of_its_line(evil: str) -> None:
    for message in (
        Request("INFO", "sip:a@b", Headers([("Subject", evil)])),
        Request("INFO", f"sip:a@b{evil}"),
        Request("INFO", "sip:a@b", Headers([(f"X{evil}", "1")])),
        Response(200, evil),
    ):
        with pytest.raises(MalformedSip) as refusal:
            message.encode()
        assert refusal.value.part == "line-end"

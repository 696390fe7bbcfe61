"""Bodies of several parts: what is in them comes out octet by octet, whatever lines end with."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedBody
from bridge.sip.multipart import MAX_PARTS, Part, parse_parts

TYPE = 'multipart/mixed;boundary="x-1"'


def body(*parts: tuple[str, bytes], end: bytes = b"\r\n", mark: bytes = b"x-1") -> bytes:
    pieces = [
        b"--" + mark + end + b"Content-Type: " + kind.encode() + end + end + content + end
        for kind, content in parts
    ]
    return b"".join(pieces) + b"--" + mark + b"--" + end


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("kind", [TYPE, "multipart/mixed; Boundary=x-1; charset=utf-8"])
def test_two_parts(end: bytes, kind: str) -> None:
    whole = body(("application/sdp", b"v=0\r\ns=-"), ("Application/RS-Metadata+XML", b"<r/>"), end=end)
    assert parse_parts(kind, whole) == (
        Part("application/sdp", "", b"v=0\r\ns=-"),
        Part("application/rs-metadata+xml", "", b"<r/>"),
    )


def test_preamble_disposition_folded_header_and_no_end() -> None:
    text = (
        b"ignore me\r\n--x-1\r\nContent-Type: application/sdp;\r\n charset=x\r\n"
        b"Content-Disposition: Recording-Session; handling=optional\r\n\r\nv=0\r\n"
    )
    assert parse_parts(TYPE, text) == (Part("application/sdp", "recording-session", b"v=0\r\n"),)


def test_a_part_without_headers_is_text() -> None:
    assert parse_parts(TYPE, b"--x-1\r\n\r\nhello\r\n--x-1--") == (Part("text/plain", "", b"hello"),)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_any_octets_survive(contents: list[bytes]) -> None:
    parts = [("application/octet-stream", content) for content in contents if b"--x-1" not in content]
    if parts:
        assert [part.body for part in parse_parts(TYPE, body(*parts))] == [content for _, content in parts]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("multipart/mixed", b"--x-1\r\n\r\n"),
        (TYPE, b""),
        (TYPE, b"no boundary at all"),
        (TYPE, b"--x-1--"),
        (TYPE, body(*[("a/b", b"")] * (MAX_PARTS + 1))),
    ],
)
def test_what_is_none_is_refused(kind: str, text: bytes) -> None:
    with pytest.raises(MalformedBody):
        parse_parts(kind, text)


@given(st.text(max_size=40), st.binary(max_size=300))
def test_a_stranger_can_raise_nothing_else(kind: str, text: bytes) -> None:
    for tried in (kind, TYPE):
        with contextlib.suppress(MalformedBody):
            parse_parts(tried, text)

"""Recording metadata (RFC 7865): who speaks on which stream, partial updates, and what is no metadata."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedBody, NoCommonCodec
from bridge.sip.description import parse_description
from bridge.sip.sdp_streams import read_streams, write_recvonly
from bridge.sip.siprec import MAX_ELEMENTS, MAX_METADATA, parse_metadata

WHOLE = """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1">
  <datamode>complete</datamode>
  <session session_id="hVpd7YQgRW2nD22h7q60JQ=="><sipSessionID>ab30317f1a784dc48ff824d0d3715d86</sipSessionID></session>
  <participant participant_id="srfBElmCRp2QB23b7Mpk0w==">
    <nameID aor="sip:13906350001@carrier.example"><name xml:lang="zh">诉求人</name></nameID>
  </participant>
  <participant participant_id="zSfPoSvdSDCmU3A3TRDxAw=="><nameID aor="tel:8001"/></participant>
  <stream stream_id="UAAMm5GRQKSCMVvLyl4rFw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>96</label></stream>
  <stream stream_id="i1Pz3to5hGk8fuXl+PbwCw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>97</label></stream>
  <participantstreamassoc participant_id="srfBElmCRp2QB23b7Mpk0w==">
    <send>i1Pz3to5hGk8fuXl+PbwCw==</send><recv>UAAMm5GRQKSCMVvLyl4rFw==</recv>
  </participantstreamassoc>
  <participantstreamassoc participant_id="zSfPoSvdSDCmU3A3TRDxAw==">
    <send>UAAMm5GRQKSCMVvLyl4rFw==</send><recv>i1Pz3to5hGk8fuXl+PbwCw==</recv>
  </participantstreamassoc>
</recording>
"""  # noqa: E501
SDP = (
    b"v=0\r\no=SRC 1 1 IN IP4 10.1.0.9\r\ns=-\r\nc=IN IP4 10.1.0.9\r\nt=0 0\r\n"
    b"m=audio 12240 RTP/AVP 0 4 8\r\na=sendonly\r\na=label:96\r\n"
    b"m=audio 22456 RTP/AVP 98 8\r\na=rtpmap:98 H264/90000\r\na=sendonly\r\na=label:97\r\n"
    b"m=video 22458 RTP/AVP 98\r\na=sendonly\r\na=label:98\r\n"
    b"m=audio 22460 RTP/AVP 8\r\na=inactive\r\na=label:99\r\n"
)


def wrapped(inner: str, mode: str = "complete") -> bytes:
    return f'<recording xmlns="urn:x"><datamode>{mode}</datamode>{inner}</recording>'.encode()


def test_who_speaks_on_which_stream() -> None:
    told = parse_metadata(WHOLE.encode())
    caller, agent = told.speaker("97"), told.speaker("96")
    assert caller is not None
    assert agent is not None
    assert (caller.number, caller.name) == ("13906350001", "诉求人")
    assert agent.number == "8001"
    assert told.speaker("95") is None
    assert told.sessions == ("ab30317f1a784dc48ff824d0d3715d86",)


def test_older_spellings() -> None:
    told = parse_metadata(
        wrapped(
            '<participant id="p"><nameID AOR="&lt;sip:8002@x;user=phone>"/></participant>'
            '<stream id="s"><label>1</label></stream>'
            '<participantstreamassoc participant_id="p"><send>s</send></participantstreamassoc>'
        )
    )
    who = told.speaker("1")
    assert who is not None
    assert who.number == "8002"


def test_a_partial_update_changes_what_it_names() -> None:
    before = parse_metadata(WHOLE.encode())
    left = (
        '<participantstreamassoc participant_id="srfBElmCRp2QB23b7Mpk0w==">'
        "<disassociate-time>2026-01-01T00:00:00Z</disassociate-time></participantstreamassoc>"
        '<participant participant_id="new"><nameID aor="sip:110@police"/></participant>'
        '<participantstreamassoc participant_id="new"><send>i1Pz3to5hGk8fuXl+PbwCw==</send>'
        "</participantstreamassoc>"
    )
    now = before.updated(parse_metadata(wrapped(left, "partial")))
    desk, agent = now.speaker("97"), now.speaker("96")
    assert desk is not None
    assert agent is not None
    assert (desk.number, agent.number) == ("110", "8001")
    assert before.updated(parse_metadata(wrapped(""))).participants == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<other/>",
        b"<recording><a></recording>",
        b'<!DOCTYPE r [<!ENTITY a "b">]><recording>&a;</recording>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><recording/>',
        b"<recording>" + b"<a/>" * MAX_ELEMENTS + b"</recording>",
        b"<recording>" + b" " * MAX_METADATA + b"</recording>",
        b'<?xml version="1.0" encoding="no-such"?><recording/>',
    ],
)
def test_what_is_no_metadata(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        parse_metadata(body)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_a_stranger_can_raise_nothing_else(octets: bytes, text: str) -> None:
    whole = WHOLE.encode()
    for body in (octets, wrapped(text), whole[: len(octets) * 7] + octets + whole[len(octets) * 7 :]):
        with contextlib.suppress(MalformedBody):
            parse_metadata(body).speaker("96")


def test_each_stream_is_answered_on_its_own_line() -> None:
    streams = read_streams(SDP)
    assert [(s.place, s.label, s.audio.codec, s.audio.remote[1], s.paused) for s in streams] == [
        (0, "96", "PCMA", 12240, False),
        (1, "97", "PCMA", 22456, False),
        (3, "99", "PCMA", 22460, True),
    ]
    answer = parse_description(write_recvonly(SDP, "10.0.0.1", {0: 20000, 1: 20002, 3: 20004}, 1, 1))
    assert [(m.kind, m.port, m.direction) for m in answer.media] == [
        ("audio", 20000, "recvonly"),
        ("audio", 20002, "recvonly"),
        ("video", 0, "sendrecv"),
        ("audio", 20004, "inactive"),
    ]
    assert [m.values("label") for m in answer.media] == [["96"], ["97"], [], ["99"]]


def test_a_stream_that_is_not_wanted_is_refused() -> None:
    answer = parse_description(write_recvonly(SDP, "10.0.0.1", {1: 20002}, 1, 2))
    assert [m.port for m in answer.media] == [0, 20002, 0, 0]


def test_no_stream_we_can_hear() -> None:
    with pytest.raises(NoCommonCodec):
        read_streams(b"v=0\r\nc=IN IP4 10.0.0.1\r\nm=video 4 RTP/AVP 98\r\nm=audio 6 RTP/SAVP 8\r\n")

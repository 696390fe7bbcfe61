"""Datagrams: what is a message, what is refused and under which label, and what may still be answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedSip, WrongSipVersion
from bridge.sip.message import Headers, Request, Response
from bridge.sip.parser import MAX_HEADERS, MAX_LINE, MAX_MESSAGE, is_keepalive, parse_message

BODY = b"v=0\r\n\r\n\x00\xff"
INVITE = (
    b"INVITE sip:12345@10.0.0.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.2:5060;rport;branch=z9hG4bK1\r\n"
    b"Via: SIP/2.0/TCP 10.0.0.3;branch=z9hG4bK2, SIP/2.0/UDP 10.0.0.4\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "A" <sip:a@10.0.0.2>;tag=1\r\n'
    b"To: <sip:12345@10.0.0.1>\r\n"
    b"Call-ID: abc@10.0.0.2\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"Subject:\r\n"
    b"Content-Length: 9\r\n"
    b"\r\n" + BODY
)
RINGING = (
    b"SIP/2.0 180 Ringing\r\n"
    b"v: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"
    b"f: sip:a@b;tag=1\r\n"
    b"t: sip:c@d;tag=2\r\n"
    b"i: abc\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"l: 0\r\n"
    b"\r\n"
)
ECHOED = ["Via", "Via", "from", "to", "call-id", "cseq"]


def refuse(data: bytes) -> MalformedSip:
    with pytest.raises(MalformedSip) as refusal:
        parse_message(data)
    return refusal.value


def test_a_request() -> None:
    message = parse_message(INVITE)
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:12345@10.0.0.1", BODY)
    assert message.headers.first("from") == '"A" <sip:a@10.0.0.2>;tag=1'
    assert message.headers.first("subject") == ""
    assert len(message.headers.all("via")) == 2


def test_a_response_with_compact_names() -> None:
    message = parse_message(RINGING)
    assert isinstance(message, Response)
    assert (message.status, message.reason, message.body) == (180, "Ringing", b"")
    assert message.headers.first("Call-ID") == "abc"


def test_a_folded_header_is_one_line() -> None:
    folded = INVITE.replace(b'From: "A" <sip', b'From\t :\r\n "A"\r\n\t \t<sip').replace(
        b"7 INVITE", b"7\r\n INVITE"
    )
    message = parse_message(folded)
    assert message.headers.first("from") == '"A" <sip:a@10.0.0.2>;tag=1'
    assert message.headers.first("cseq") == "7 INVITE"


def test_unknown_methods_headers_and_schemes_pass() -> None:
    message = parse_message(INVITE.replace(b"INVITE", b"F%o~o").replace(b"sip:12345@10.0.0.1 ", b"x+y:z ", 1))
    assert isinstance(message, Request)
    assert (message.method, message.uri) == ("F%o~o", "x+y:z")


def test_the_version_and_names_in_any_case() -> None:
    assert parse_message(INVITE.replace(b"SIP/2.0\r\n", b"sip/2.0\r\n", 1).replace(b"Call-ID", b"CALL-id"))
    assert parse_message(RINGING.replace(b"SIP/2.0 180", b"Sip/2.0 180"))


def test_a_method_in_another_case_is_another_method() -> None:
    assert refuse(INVITE.replace(b"7 INVITE", b"7 invite")).part == "cseq"


@pytest.mark.parametrize("reason", [b"", b" ", "不在".encode()])
def test_any_reason_will_do(reason: bytes) -> None:
    message = parse_message(RINGING.replace(b" Ringing", b" " + reason if reason else b""))
    assert isinstance(message, Response)
    assert message.reason == reason.decode()


@pytest.mark.parametrize("extra", [b"\r\n", b"x" * 100, RINGING])
def test_bytes_after_the_body_are_cut_off(extra: bytes) -> None:
    assert parse_message(INVITE + extra) == parse_message(INVITE)
    assert parse_message(RINGING + extra) == parse_message(RINGING)


def test_line_ends_before_the_message_are_passed_over() -> None:
    assert parse_message(b"\r\n\r\n" + INVITE) == parse_message(INVITE)


def test_without_content_length_the_body_is_all_there_is() -> None:
    assert parse_message(INVITE.replace(b"Content-Length: 9\r\n", b"")).body == BODY


def test_a_message_without_max_forwards_is_taken() -> None:
    assert parse_message(INVITE.replace(b"Max-Forwards: 70\r\n", b""))


def test_every_truncation_is_refused() -> None:
    for length in range(len(INVITE)):
        assert refuse(INVITE[:length]).part in {"end", "content-length"}


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n\r\n", b"\0", b"\0\0\0\0"])
def test_keepalives_are_no_messages(data: bytes) -> None:
    assert is_keepalive(data)
    assert refuse(data).part == "end"


def test_a_message_is_no_keepalive() -> None:
    assert not is_keepalive(INVITE)
    assert not is_keepalive(b"\r\n\r\n" + INVITE)


def line(old: bytes, new: bytes) -> bytes:
    assert old in INVITE
    return INVITE.replace(old, new, 1)


REFUSED = [
    ("start-line", line(b"INVITE sip:12345@10.0.0.1 SIP/2.0", b"")),
    ("start-line", line(b"INVITE sip:12345@10.0.0.1 SIP/2.0", b"hello")),
    ("start-line", line(b"INVITE sip", b" INVITE sip")),
    ("start-line", line(b"INVITE sip", b"INVITE  sip")),
    ("start-line", line(b" SIP/2.0", b" SIP/2.0 ")),
    ("start-line", line(b" SIP/2.0", b"")),
    ("start-line", line(b" SIP/2.0", b" HTTP/1.1")),
    ("start-line", line(b"INVITE sip:", b"INV(TE sip:")),
    ("start-line", line(b"INVITE sip:", "邀请 sip:".encode())),
    ("start-line", RINGING.replace(b"180", b"099")),
    ("start-line", RINGING.replace(b"180", b"700")),
    ("start-line", RINGING.replace(b"180", b"4294967301")),
    ("start-line", RINGING.replace(b"180", b"-18")),
    ("request-uri", line(b"sip:12345@10.0.0.1 ", b"<sip:12345@10.0.0.1> ")),
    ("request-uri", line(b"sip:12345@10.0.0.1 ", b"sip: ")),
    ("start-line", line(b"sip:12345@10.0.0.1 ", b"sip:" + b"1" * MAX_LINE + b" ")),
    ("version", line(b"SIP/2.0\r\n", b"SIP/7.0\r\n")),
    ("version", RINGING.replace(b"SIP/2.0 180", b"SIP/1.0 180")),
    ("via", line(b"Via: SIP/2.0/UDP 10.0.0.2:5060;rport;branch=z9hG4bK1\r\n", b"Via: \r\n")),
    ("via", line(b"Via: SIP/2.0/UDP", b"Via: SIP/2.0/UDP/")),
    ("via", line(b"10.0.0.4\r\n", b"10.0.0.4,\r\n")),
    ("via", RINGING.replace(b"v: SIP", b"x: SIP")),
    ("from", line(b"From:", b"X-From:")),
    ("from", line(b"From:", b"From: sip:x@y\r\nFrom:")),
    ("from", line(b'"A" <sip:a', b'"A <sip:a')),
    ("to", line(b"To:", b"X-To:")),
    ("to", line(b"To: <sip:12345@10.0.0.1>", b"To:")),
    ("to", line(b"To: <sip:12345@10.0.0.1>", b"To: <sip:12345@>")),
    ("call-id", line(b"Call-ID:", b"X-Call-ID:")),
    ("call-id", line(b"Call-ID: abc@10.0.0.2", b"Call-ID:")),
    ("call-id", line(b"Call-ID: abc@10.0.0.2", b"Call-ID: abc def")),
    ("call-id", line(b"Call-ID:", b"i: x\r\nCall-ID:")),
    ("cseq", line(b"CSeq:", b"X-CSeq:")),
    ("cseq", line(b"7 INVITE", b"7 BYE")),
    ("cseq", line(b"7 INVITE", b"2147483648 INVITE")),
    ("cseq", line(b"7 INVITE", b"-7 INVITE")),
    ("max-forwards", line(b"Max-Forwards: 70", b"Max-Forwards: 256")),
    ("max-forwards", line(b"Max-Forwards: 70", b"Max-Forwards: -1")),
    ("max-forwards", line(b"Max-Forwards: 70", b"Max-Forwards:")),
    ("content-length", line(b"Content-Length: 9", b"Content-Length: -9")),
    ("content-length", line(b"Content-Length: 9", b"Content-Length: 10")),
    ("content-length", line(b"Content-Length: 9", b"Content-Length: 99999999999999999999")),
    ("content-length", line(b"Content-Length: 9", b"Content-Length: nine")),
    ("content-length", line(b"Content-Length: 9", b"Content-Length: 0x9")),
    ("content-length", line(b"Content-Length: 9", "Content-Length: ٩".encode())),
    ("content-length", line(b"Content-Length: 9", b"Content-Length:")),
    ("content-length", line(b"Content-Length: 9", b"Content-Length: 9\r\nl: 9")),
    ("line-end", line(b"Subject:", b"Subject: x\rEvil: 1")),
    ("line-end", line(b"Subject:", b"Subject: x\nEvil: 1")),
    ("line-end", line(b"Subject:", b"Subject: x\r\r\nEvil: 1")),
    (
        "line-end",
        INVITE.replace(BODY, b"").replace(b"\r\n\r\n", b"\n\n").replace(b"\r\n", b"\n") + b"\r\n\r\n",
    ),
    ("control", line(b"Subject:", b"Subject: x\0y")),
    ("control", line(b"Subject:", b"Subject: \x1b[31m")),
    ("header", line(b"Subject:", b"Subject")),
    ("header", line(b"Subject:", b": x\r\nSubject:")),
    ("header", line(b"Subject:", b"Sub ject:")),
    ("header", line(b"Via: SIP", b" Via: SIP")),
    ("encoding", line(b"Subject:", b"Subject: \xd5\xc5\xc8\xfd")),  # a name in GBK
    ("headers", line(b"Subject:", b"X: y\r\n" * MAX_HEADERS + b"Subject:")),
    ("header-size", line(b"Subject:", b"Subject: " + b"x" * MAX_LINE)),
    ("header-size", line(b"Subject:", b"Subject: x" + b"\r\n x" * (MAX_LINE // 2))),
    ("size", line(b"Subject:", b"Subject: " + b"x" * MAX_MESSAGE)),
    ("size", INVITE + b"x" * MAX_MESSAGE),
]


@pytest.mark.parametrize(
    ("part", "data"), REFUSED, ids=[f"{at}-{part}" for at, (part, _) in enumerate(REFUSED)]
)
def test_what_is_refused_and_under_which_label(part: str, data: bytes) -> None:
    assert refuse(data).part == part


def test_another_version_is_505_and_all_else_400() -> None:
    other = refuse(line(b"SIP/2.0\r\n", b"SIP/7.0\r\n"))
    assert isinstance(other, WrongSipVersion)
    assert other.sip_status == 505
    assert refuse(line(b"7 INVITE", b"7 BYE")).sip_status == 400


ANSWERABLE = [
    line(b"SIP/2.0\r\n", b"SIP/7.0\r\n"),
    line(b"7 INVITE", b"7 BYE"),
    line(b"Content-Length: 9", b"Content-Length: -9"),
    line(b"Subject:", b"Subject: \xd5\xc5\xc8\xfd"),
    line(b"Subject:", b"Subject: x\nEvil: 1"),
    line(b"Max-Forwards: 70", b"Max-Forwards: x"),
    line(b"sip:12345@10.0.0.1 ", b"<sip:12345@10.0.0.1> "),
]


@pytest.mark.parametrize("data", ANSWERABLE, ids=range(len(ANSWERABLE)))
def test_a_malformed_request_that_can_be_answered(data: bytes) -> None:
    request = refuse(data).request
    assert isinstance(request, Request)
    assert request.method == "INVITE"
    assert [name for name, _ in request.headers] == ECHOED
    whole = parse_message(INVITE).headers
    for name in ("via", "from", "to", "call-id"):
        assert request.headers.all(name) == whole.all(name)
    assert b"Evil" not in Response(400, "Bad Request", request.headers).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello\r\n\r\n",
        INVITE.replace(b"INVITE", b"ACK").replace(b"Content-Length: 9", b"Content-Length: -9"),
        RINGING.replace(b"l: 0", b"l: -1"),
        INVITE.replace(b"CSeq:", b"X-CSeq:"),
        INVITE.replace(b"Via:", b"X-Via:").replace(b"v:", b"X-v:"),
    ],
)
def test_what_cannot_be_answered(data: bytes) -> None:
    assert refuse(data).request is None


@pytest.mark.parametrize(
    "data",
    [
        line(b"From:", b"X-From:"),
        line(b"7 INVITE", b"9999999999 INVITE"),
        line(b"abc@10.0.0.2", b"abc\xff@10.0.0.2"),
        line(b"abc@10.0.0.2", b"abc\nEvil:1"),
        line(b"SIP/2.0/UDP 10.0.0.2", b"SIP/2.0/UDP ???"),
    ],
)
def test_what_can_only_be_copied_back(data: bytes) -> None:
    """And nothing in it breaks out of its line."""
    refusal = refuse(data)
    assert not refusal.readable
    assert isinstance(refusal.request, Request)
    assert b"\nEvil" not in refusal.request.encode()


def reads(data: bytes) -> None:
    """Whatever the bytes: a message that stays the same when written and read again, or one known error."""
    try:
        message = parse_message(data)
    except MalformedSip as error:
        if isinstance(error.request, Request):
            Response(400, "Bad Request", error.request.headers).encode()
        return
    again = parse_message(message.encode())
    assert type(again) is type(message)
    assert again.body == message.body
    assert again.headers.without("content-length") == message.headers.without("content-length")


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_documented_way(data: bytes) -> None:
    reads(data)
    reads(data + b"\r\n\r\n")
    reads(INVITE.replace(b"Subject:", b"Subject: " + data))
    reads(INVITE.replace(b"Subject:", data))


@given(st.sampled_from([INVITE, RINGING]), st.data())
def test_damaged_messages_end_in_a_documented_way(whole: bytes, data: st.DataObject) -> None:
    begin, end = sorted([data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))])
    telling = st.sampled_from([b"\r\n", b"\r", b"\n", b" ", b"\r\n ", b";", b",", b'"'])
    patch = data.draw(st.binary(max_size=6) | telling)
    reads(whole[:begin] + patch + whole[begin:])
    reads(whole[:begin] + patch + whole[end:])


TOKENS = st.from_regex(r"[A-Za-z][A-Za-z0-9\-.!%*_+`'~]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)
FIXED = [
    ("Via", "SIP/2.0/UDP a;branch=z9hG4bK1"),
    ("From", "<sip:a@b>;tag=1"),
    ("To", "<sip:c@d>"),
    ("Call-ID", "1"),
]
EXTRA = st.lists(st.tuples(TOKENS.map(lambda token: f"X-{token}"), TEXTS), max_size=5)


@given(TOKENS, EXTRA, st.binary(max_size=50))
def test_every_request_comes_back_as_it_was(method: str, extra: list[tuple[str, str]], body: bytes) -> None:
    length = ("Content-Length", str(len(body)))
    request = Request(method, "sip:c@d", Headers([*FIXED, ("CSeq", f"1 {method}"), *extra, length]), body)
    assert parse_message(request.encode()) == request


@given(st.integers(100, 699), TEXTS, EXTRA, st.binary(max_size=50))
def test_every_response_comes_back_as_it_was(
    status: int, reason: str, extra: list[tuple[str, str]], body: bytes
) -> None:
    length = ("Content-Length", str(len(body)))
    response = Response(status, reason, Headers([*FIXED, ("CSeq", "1 INVITE"), *extra, length]), body)
    assert parse_message(response.encode()) == response

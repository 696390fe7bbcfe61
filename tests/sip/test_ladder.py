"""A call's messages as rows and as a picture."""

from __future__ import annotations

import unicodedata

import pytest

from bridge.sip.ladder import WIDTH, Column, Row, draw, mask, rows
from bridge.sip.message import Address
from bridge.sip.trace import Seen

PEER = Address("10.0.0.9", 5060)


def message(start: str, cseq: str, *headers: str, body: str = "") -> bytes:
    lines = (
        start, "Via: SIP/2.0/UDP x;branch=z9hG4bKx", "From: <sip:13906350001@x>;tag=1", "To: <sip:110@y>",
        "Call-ID: c", f"CSeq: {cseq}", *headers, f"Content-Length: {len(body)}", "", body,
    )  # fmt: skip
    return "\r\n".join(lines).encode()


INVITE = message(
    "INVITE sip:13906350001@y SIP/2.0", "1 INVITE", "Content-Type: application/sdp", body="v=0\r\n"
)
NOTIFY = message("NOTIFY sip:a@b SIP/2.0", "2 NOTIFY", "Subscription-State: terminated;reason=noresource",
                 "Content-Type: message/sipfrag", body="SIP/2.0 486 Busy\r\n")  # fmt: skip


def test_rows_of_two_parties_in_order_of_time() -> None:
    caller = [Seen(10.0, False, PEER, INVITE), Seen(10.5, False, PEER, INVITE)]
    desk = [Seen(10.2, True, PEER, NOTIFY)]
    assert rows([(0, caller), (2, desk)], numbers=True) == [
        Row(0.0, 0, 1, "INVITE sip:13906350001@y", ("1 INVITE", "[application/sdp 5]")),
        Row(0.2, 1, 2, "NOTIFY sip:a@b", ("2 NOTIFY", "Subscription-State: terminated;reason=noresource",
                                          "[SIP/2.0 486 Busy]")),
        Row(0.5, 0, 1, "INVITE sip:13906350001@y", ("1 INVITE", "[application/sdp 5]"), again=True),
    ]  # fmt: skip
    hidden = rows([(0, caller)], numbers=False)
    assert hidden[0].what == "INVITE sip:139****01@y"


def test_bytes_that_are_no_message_stand_by_their_first_line() -> None:
    (row,) = rows([(0, [Seen(0.0, False, PEER, b"INVITE \xff\r\nCall-ID: c\r\n\r\n")])], numbers=True)
    assert row.what.startswith("INVITE ")
    assert row.notes[0].startswith("malformed: ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<sip:13906350001@h>", "<sip:139****01@h>"),
        ("tel:+8613906350001", "tel:+861****01"),
        ("sip:110@10.1.100.200:5060", "sip:110@10.1.100.200:5060"),
        ("sip:8001@h", "sip:8001@h"),
        ("tag=a1b2c3d4e5f60718", "tag=a1b2c3d4e5f60718"),
    ],
)
def test_numbers_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert mask(text) == shown


def cells(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def test_the_picture() -> None:
    columns = [Column("诉求人 139", "udp:a"), Column("bridge"), Column("话务员 8001", "tcp:b")]
    ladder = [
        Row(0.0, 0, 1, "INVITE sip:12345@h", ("1 INVITE",)),
        Row(0.0015, 1, 2, "INVITE sip:a-very-long-name@example.com", ()),
        Row(1.25, 2, 1, "200 OK", ("1 INVITE",), again=True),
        Row(1.5, 2, 0, "BYE", ()),
    ]
    heads, _, *lines = draw(columns, ladder).splitlines()
    middles = [19 + column * WIDTH + WIDTH // 2 for column in range(3)]
    assert cells(heads[: heads.index("话")]) < middles[2] < cells(heads)
    arrows = [line[19:] for line in lines]
    assert arrows[0].split("|")[1:3] == ["--INVITE 12345------>", " " * (WIDTH - 1)]
    assert arrows[1].split("|")[1:3] == [" " * (WIDTH - 1), "--INVITE a-very-l..->"]
    assert arrows[2].split("|")[2] == "<-200 OK-------------"
    assert lines[2].startswith("    1.250   +1.248 ")
    assert lines[2].endswith("|" + " " * (WIDTH // 2) + "(again)  1 INVITE")
    assert "<-BYE--" in lines[3]
    assert all(line[middle] in "|-" for line in lines for middle in middles)

"""A stream cut into messages: by Content-Length, however the bytes arrive; bounded; keep-alives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sip.framing import MAX_HEAD, Frame, Framer, Message, Ping, Pong
from bridge.sip.parser import MAX_MESSAGE

HEAD = b"OPTIONS sip:b SIP/2.0\r\nCSeq: 1 OPTIONS\r\n"


def message(body: bytes = b"", length: bytes = b"Content-Length: %d") -> bytes:
    return HEAD + length.replace(b"%d", str(len(body)).encode()) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    "length",
    [b"Content-Length: %d", b"l:%d", b"CONTENT-LENGTH \t:\t%d ", b"Content-Length:\r\n  %d", b"L : %d"],
)
def test_a_message_ends_where_its_length_says(length: bytes) -> None:
    one, two = message(b"x" * 12, length), message(b"\r\n\r\n", length)
    assert Framer().feed(one + two) == [Message(one), Message(two)]


@pytest.mark.parametrize(
    "bad",
    [
        HEAD + b"\r\n",
        message(length=b"Content-Length: -1"),
        message(length=b"Content-Length: many"),
        message(length=b"Content-Length: 1\r\nl: 2"),
        message(length=b"X-Content-Length: 0"),
        message(length=b"Content-Length: %d" % (MAX_MESSAGE + 1)),
        message(length=b"Content-Length: 99999999999999999999"),
    ],
)
def test_without_a_usable_length_the_stream_ends_with_what_was_read(bad: bytes) -> None:
    framer = Framer()
    assert framer.feed(bad + message()) == [Message(bad, last=True)]
    assert framer.feed(message()) == []


def test_a_head_without_end_is_given_up_at_its_limit() -> None:
    framer = Framer()
    assert framer.feed(HEAD + b"X: " + b"y" * (MAX_HEAD - len(HEAD) - 3)) == []
    (frame,) = framer.feed(b"y")
    assert isinstance(frame, Message)
    assert (len(frame.data), frame.last) == (MAX_HEAD + 1, True)


def test_the_longest_message_is_taken_and_one_longer_is_not() -> None:
    room = MAX_MESSAGE - len(message(length=b"Content-Length: 65000"))
    longest = message(b"x" * room)
    assert Framer().feed(longest) == [Message(longest)]


def test_keep_alives() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n\r\n" + message() + b"\r\n\r\n\r\n\r\n") == [
        Ping(),
        Message(message()),
        Ping(),
        Ping(),
    ]
    assert framer.feed(b"\r\n") == []
    assert not framer.begun
    assert framer.feed(b"\r\n") == [Ping()]
    framer.pinged()
    assert framer.feed(b"\r\n") == [Pong()]
    assert framer.feed(b"\r\n" + message()) == [Message(message())]  # a stray line end before a message


def test_begun_tells_who_keeps_us_waiting() -> None:
    framer = Framer()
    framer.feed(message()[:-3])
    assert framer.begun
    framer.feed(message()[-3:])
    assert not framer.begun


PIECES = st.sampled_from(
    [
        message(),
        message(b"v=0\r\n\r\n"),
        message(b"x" * 300),
        b"\r\n\r\n",
        HEAD + b"\r\n",
        HEAD,
        b"\r",
        b"\x00",
    ]
)


def feed(data: bytes, cuts: list[int]) -> list[Frame]:
    framer, frames, at = Framer(), list[Frame](), 0
    for cut in [*sorted(cuts), len(data)]:
        frames += framer.feed(data[at:cut])
        at = max(at, cut)
    return frames


@given(st.lists(PIECES, max_size=6).map(b"".join), st.lists(st.integers(0, 900), max_size=40))
def test_how_the_bytes_are_cut_changes_nothing(data: bytes, cuts: list[int]) -> None:
    whole = Framer().feed(data)
    assert feed(data, [min(cut, len(data)) for cut in cuts]) == whole
    assert feed(data, list(range(len(data)))) == whole

"""Which offers can be passed on, and how another relay's description is told as ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sip.passing import plain, signed

HEAD = "v=0\r\no=alice 5 6 IN IP4 10.0.0.1\r\ns=Alice's call\r\ni=about\r\ne=alice@example.org\r\n"
OFFER = HEAD + "c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18 8 101\r\na=sendrecv\r\n"


def test_a_telephone_is_plain() -> None:
    assert plain(OFFER.encode())


@pytest.mark.parametrize(
    "offer",
    [
        OFFER.replace("RTP/AVP", "RTP/SAVP"),
        OFFER.replace("RTP/AVP", "RTP/AVPF"),
        OFFER.replace("18 8 101", "18 101"),
        OFFER.replace("18 8 101", "0 101"),
        OFFER + "m=video 5000 RTP/AVP 96\r\n",
        "nonsense",
        "",
    ],
)
def test_what_is_not_plain(offer: str) -> None:
    assert not plain(offer.encode())


@given(st.binary(max_size=200))
def test_any_octets_are_plain_or_not(octets: bytes) -> None:
    assert plain(octets) in {True, False}


def test_nothing_of_the_writer_is_left_but_where_the_voice_goes() -> None:
    ours = signed(OFFER.encode(), "10.9.9.9", 77, 3).decode()
    assert ours == (
        "v=0\r\no=- 77 3 IN IP4 10.9.9.9\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
        "m=audio 4000 RTP/AVP 18 8 101\r\na=sendrecv\r\n"
    )

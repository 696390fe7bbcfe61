"""The way a call has come, in both headers' words (RFC 5806, RFC 7044, RFC 7544)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sip.diversion import MAX_HOPS, Hop, Way, read_way, write_way
from bridge.sip.message import Headers, Request


def read(*headers: tuple[str, str]) -> Way:
    return read_way(Request("INVITE", "sip:110@b", Headers(headers)))


@pytest.mark.parametrize(
    ("headers", "way"),
    [
        ((), ()),
        (
            (("Diversion", "<sip:8001@p>;reason=no-answer;counter=1, <sip:12345@p>;reason=unconditional"),),
            (Hop("12345", "unconditional"), Hop("8001", "no-answer")),
        ),
        ((("Diversion", '"x" <tel:+8612345>;reason="user-busy"'),), (Hop("+8612345", "user-busy"),)),
        ((("Diversion", "<sip:8001@p>"), ("Diversion", "<<")), (Hop("8001", "unknown"),)),
        ((("Diversion", '<sip:8001@p>;reason="a b"'),), (Hop("8001", "unknown"),)),
        (
            (
                (
                    "History-Info",
                    "<sip:12345@p?Reason=SIP%3Bcause%3D302>;index=1, <sip:8001@p>;index=1.1, "
                    "<sip:8002@p;cause=408>;index=1.1.1",
                ),
                ("Diversion", "<sip:9@p>"),
            ),
            (Hop("12345", "unconditional"), Hop("8001", "no-answer")),
        ),
        ((("History-Info", "<sip:8002@p>;index=1.1, <sip:12345@p>;index=1"),), (Hop("12345", "unknown"),)),
        ((("History-Info", "<sip:12345@p>;index=1"),), ()),
        ((("History-Info", f"<sip:a@p>;index={'9' * 5000}, <sip:b@p;cause={'9' * 5000}>"),), (Hop("a"),)),
    ],
)
def test_where_a_call_was(headers: tuple[tuple[str, str], ...], way: Way) -> None:
    assert read(*headers) == way


def test_a_way_without_end_is_cut() -> None:
    assert len(read(("Diversion", ", ".join(["<sip:1@p>"] * 500)))) == MAX_HOPS


WORDS = ("unconditional", "user-busy", "no-answer", "unavailable", "deflection")
hops = st.builds(Hop, st.from_regex(r"\A[0-9*#]{1,12}\Z"), st.sampled_from(WORDS))


@given(st.lists(hops, max_size=MAX_HOPS).map(tuple))
def test_what_is_written_is_read_back_from_either_header(way: Way) -> None:
    written = write_way(way, "10.0.0.1", "110")
    assert read(*written) == way
    assert read(*[header for header in written if header[0] == "Diversion"]) == way

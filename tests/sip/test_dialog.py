"""Dialogs: route sets both ways, loose and strict, target refresh, NAT, and the journal's round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedSip
from bridge.sip.dialog import Dialog, as_callee, as_caller, way_to
from bridge.sip.envelope import open_envelope
from bridge.sip.message import Address, Headers, Request, Response

PEER = Address("127.0.0.9", 5060)
BASE = (
    ("Via", "SIP/2.0/UDP 127.0.0.9;branch=z9hG4bK1"),
    ("From", "Bob <sip:bob@127.0.0.9>;tag=b"),
    ("To", "<sip:110@127.0.0.1>"),
    ("Call-ID", "c"),
)


def invite(*more: tuple[str, str], via: str = BASE[0][1]) -> Request:
    items = [("Via", via), *BASE[1:], ("CSeq", "7 INVITE"), *more]
    return Request("INVITE", "sip:110@127.0.0.1", Headers(items))


def callee(*more: tuple[str, str], source: Address = PEER) -> Dialog:
    request = invite(*more)
    return as_callee(request, open_envelope(request), "mine", source)


def caller(*more: tuple[str, str]) -> Dialog:
    items = [*BASE[:2], ("To", "<sip:110@127.0.0.1>;tag=t"), BASE[3], ("CSeq", "1 INVITE"), *more]
    response = Response(200, "OK", Headers(items))
    return as_caller("<sip:me@x>;tag=b", "sip:110@127.0.0.1", open_envelope(response), response, PEER, 1)


def test_the_callee_answers_along_the_record_route_in_order() -> None:
    dialog = callee(
        ("Contact", "<sip:bob@10.0.0.7:5070>"),
        ("Record-Route", "<sip:127.0.0.21;lr>, <sip:127.0.0.22;lr>"),
        ("Record-Route", "<sip:127.0.0.23;lr>"),
    )
    after, bye = dialog.request("BYE", "SIP/2.0/UDP me")
    assert bye.uri == "sip:bob@10.0.0.7:5070"
    assert bye.headers.all("route") == ["<sip:127.0.0.21;lr>", "<sip:127.0.0.22;lr>", "<sip:127.0.0.23;lr>"]
    assert dialog.hop == Address("127.0.0.21", 5060)
    assert (bye.headers.first("from"), bye.headers.first("to")) == (
        "<sip:110@127.0.0.1>;tag=mine",
        "Bob <sip:bob@127.0.0.9>;tag=b",
    )
    assert (after.local_cseq, bye.headers.first("cseq"), dialog.remote_cseq) == (1, "1 BYE", 7)


def test_the_caller_reverses_it() -> None:
    dialog = caller(
        ("Contact", "<sip:x@127.0.0.7>"), ("Record-Route", "<sip:127.0.0.21;lr>, <sip:127.0.0.22:5070;lr>")
    )
    request = dialog.request("BYE", "v")[1]
    assert request.headers.all("route") == ["<sip:127.0.0.22:5070;lr>", "<sip:127.0.0.21;lr>"]
    assert dialog.hop == Address("127.0.0.22", 5070)
    assert request.headers.first("cseq") == "2 BYE"


def test_a_strict_router_takes_the_request_uri() -> None:
    dialog = callee(
        ("Contact", "<sip:bob@127.0.0.7>"), ("Record-Route", "<sip:127.0.0.21>, <sip:127.0.0.22;lr>")
    )
    request = dialog.request("BYE", "v")[1]
    assert request.uri == "sip:127.0.0.21"
    assert request.headers.all("route") == ["<sip:127.0.0.22;lr>", "<sip:bob@127.0.0.7>"]


def test_a_record_route_that_cannot_be_read() -> None:
    with pytest.raises(MalformedSip):
        callee(("Contact", "<sip:bob@127.0.0.7>"), ("Record-Route", "<<>"))
    assert caller(("Contact", "<sip:bob@127.0.0.7>"), ("Record-Route", "<<>")).routes == ()


def test_a_2xx_without_contact_leaves_the_target() -> None:
    assert caller().target == "sip:110@127.0.0.1"
    assert caller(("Contact", "*")).target == "sip:110@127.0.0.1"


@pytest.mark.parametrize(
    ("target", "source", "hop"),
    [
        ("sip:a@127.0.0.7:5070", PEER, Address("127.0.0.7", 5070)),
        ("sip:a@127.0.0.7", PEER, Address("127.0.0.7", 5060)),
        ("sips:a@127.0.0.7", PEER, Address("127.0.0.7", 5061)),
        ("sip:a@pbx.example", PEER, PEER),  # a name: we ask no DNS
        ("sip:a@192.168.1.5:5060", Address("8.8.8.8", 40001), Address("8.8.8.8", 40001)),  # behind a NAT
        ("sip:a@192.168.1.5:5060", Address("192.168.1.9", 1), Address("192.168.1.5", 5060)),
        ("sip:a@[::1]:5070", PEER, Address("::1", 5070)),
    ],
)
def test_next_hop(target: str, source: Address, hop: Address) -> None:
    assert way_to((), target, source) == (hop, None)


FLOW = Address("127.0.0.9", 40000, "tcp", flow=True)


@pytest.mark.parametrize(
    ("target", "source", "hop", "spare"),
    [
        # their connection as long as it stands, then a new one to where they listen
        ("sip:a@127.0.0.9:5070", FLOW, FLOW, Address("127.0.0.9", 5070, "tcp")),
        ("sips:a@127.0.0.9", FLOW._replace(transport="tls"), FLOW._replace(transport="tls"),
         Address("127.0.0.9", 5061, "tls")),
        ("sip:a@127.0.0.9", FLOW._replace(transport="tls"), FLOW._replace(transport="tls"),
         Address("127.0.0.9", 5061, "tls")),
        ("sip:a@127.0.0.7", FLOW, Address("127.0.0.7", 5060, "tcp"), None),  # somebody else behind them
        ("sip:a@pbx.example", FLOW, FLOW, None),
        ("sip:a@192.168.1.5:5060", FLOW._replace(host="8.8.8.8"), FLOW._replace(host="8.8.8.8"), None),
    ],
)  # fmt: skip
def test_next_hop_over_a_connection(
    target: str, source: Address, hop: Address, spare: Address | None
) -> None:
    assert way_to((), target, source) == (hop, spare)


def test_who_calls_itself_by_an_inner_address_is_where_it_came_from() -> None:
    """NAT between two private networks: no address tells it, the only Via does."""
    inner = invite(
        ("Contact", "<sip:a@10.9.9.9:5060>"), via="SIP/2.0/UDP 10.9.9.9:5060;branch=z9hG4bKn;rport"
    )
    assert as_callee(inner, open_envelope(inner), "t", PEER).hop == PEER
    proxied = invite(("Contact", "<sip:a@10.9.9.9:5060>"))
    assert as_callee(proxied, open_envelope(proxied), "t", PEER).hop == Address("10.9.9.9", 5060)


def test_a_phone_rung_through_its_nat_stays_there() -> None:
    """Registered as 10.9.9.9, reached at PEER, answering with its inner address again."""
    assert caller(("Contact", "<sip:a@127.0.0.1:5080>")).hop == PEER
    assert caller(("Contact", "<sip:a@127.0.0.8:5080>")).hop == Address("127.0.0.8", 5080)


def test_target_refresh() -> None:
    dialog = callee(("Contact", "<sip:bob@127.0.0.7>"))
    moved = dialog.refreshed(invite(("Contact", "<sip:bob@127.0.0.8:5070>")), PEER)
    assert (moved.target, moved.hop) == ("sip:bob@127.0.0.8:5070", Address("127.0.0.8", 5070))
    assert dialog.refreshed(invite(), PEER) is dialog
    assert dialog.refreshed(invite(("Contact", "<tel:110>")), PEER) is dialog


text = st.text(min_size=1, max_size=20)


@given(
    st.builds(
        Dialog,
        call_id=text,
        local_tag=text,
        remote_tag=text,
        local=text,
        remote=text,
        target=text,
        hop=st.builds(Address, text, st.integers(1, 65535)),
        routes=st.lists(text, max_size=3).map(tuple),
        local_cseq=st.integers(0, 2**31),
        remote_cseq=st.integers(-1, 2**31),
        early=st.booleans(),
    )
)
def test_the_journal_gives_back_what_was_written(dialog: Dialog) -> None:
    line = dialog.encode()
    assert "\n" not in line
    assert Dialog.decode(line) == dialog

"""What a call shows of us over each transport, and where its messages go when a connection is gone."""

from __future__ import annotations

import itertools

import pytest

from bridge.sip import events as ev
from bridge.sip.dialog import Dialog
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address, Request
from bridge.sip.orders import Invitation, Reuse, Send
from bridge.sip.parser import parse_message
from bridge.sip.useragent import UserAgent

US = Address("127.0.0.2", 5060)
TCP, TLS = Address("127.0.0.2", 5062, "tcp"), Address("127.0.0.2", 5061, "tls")
PEER = Address("127.0.0.3", 5060, "tcp")
FLOW = Address("127.0.0.3", 40000, "tcp", flow=True)
OFFER = b"v=0\r\n"


@pytest.fixture
def agent() -> UserAgent:
    tokens = itertools.count(1)
    return UserAgent(local=US, others=(TCP, TLS), new_token=lambda: f"t{next(tokens)}")


def call(agent: UserAgent, to: Address, **more: object) -> list[Send]:
    uri = str(more.pop("uri", f"sip:110@{to.host}"))
    who = parse_name_addr("<sip:1@127.0.0.2>")
    invitation = Invitation(uri, who, who, to, more.pop("body", OFFER), **more)  # type: ignore[arg-type]
    return sends(agent.invite("leg", invitation, 0.0))


def sends(outputs: list[ev.Output]) -> list[Send]:
    return [output for output in outputs if isinstance(output, Send)]


def invite(*headers: str, uri: str = "sip:110@b", transport: str = "TCP") -> bytes:
    lines = (
        f"INVITE {uri} SIP/2.0", f"Via: SIP/2.0/{transport} 127.0.0.3:5070;branch=z9hG4bKi;alias",
        "From: <sip:a@127.0.0.3>;tag=f", "To: <sip:110@b>", "Call-ID: c", "CSeq: 1 INVITE",
        "Contact: <sip:a@127.0.0.3:5070;transport=tcp>", *headers, f"Content-Length: {len(OFFER)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + OFFER


def headers_of(sent: Send, name: str) -> list[str]:
    return parse_message(sent.data).headers.all(name)


@pytest.mark.parametrize(
    ("to", "uri", "via", "contact"),
    [
        (US, "sip:x@h", "UDP 127.0.0.2:5060", "<sip:bridge@127.0.0.2:5060>"),
        (TCP, "sip:x@h", "TCP 127.0.0.2:5062", "<sip:bridge@127.0.0.2:5062;transport=tcp>"),
        (TLS, "sip:x@h", "TLS 127.0.0.2:5061", "<sip:bridge@127.0.0.2:5061;transport=tls>"),
        (TLS, "sips:x@h", "TLS 127.0.0.2:5061", "<sips:bridge@127.0.0.2:5061>"),
    ],
)
def test_via_and_contact_follow_the_way(
    agent: UserAgent, to: Address, uri: str, via: str, contact: str
) -> None:
    (sent,) = call(agent, to, uri=uri)
    assert headers_of(sent, "via")[0].startswith(f"SIP/2.0/{via};branch=")
    assert headers_of(sent, "via")[0].endswith(";rport" if to.transport == "udp" else ";rport;alias")
    assert headers_of(sent, "contact") == [contact]


def test_a_sips_call_is_answered_with_a_sips_contact(agent: UserAgent) -> None:
    agent.receive(invite(uri="sips:110@b", transport="TLS"), FLOW._replace(transport="tls"), 0.0)
    (leg,) = agent.legs()
    (accepted,) = sends(agent.accept(leg, OFFER, 1.0))
    assert headers_of(accepted, "contact") == ["<sips:bridge@127.0.0.2:5061>"]


def test_over_tcp_an_invite_is_sent_once_and_given_up_all_the_same(agent: UserAgent) -> None:
    call(agent, PEER)
    assert sends(agent.on_timer(31.9)) == []
    assert agent.on_timer(32.0) == [ev.Refused("leg", 408, "Request Timeout")]


def test_a_lost_connection_gets_its_request_once_more(agent: UserAgent) -> None:
    (first,) = call(agent, PEER)
    assert agent.connection_lost(PEER, 1.0) == [Send(first.data, PEER)]
    assert agent.connection_lost(PEER, 2.0) == [ev.Refused("leg", 503, "Service Unavailable")]


def test_a_lost_phone_has_nowhere_else_to_be_called(agent: UserAgent) -> None:
    call(agent, FLOW)
    assert agent.connection_lost(FLOW, 1.0) == [ev.Refused("leg", 503, "Service Unavailable")]


def test_a_spare_address_is_tried_when_the_first_cannot_be_reached(agent: UserAgent) -> None:
    spare = Address("127.0.0.4", 5060, "tcp")
    (first,) = call(agent, PEER, spare=spare)
    assert agent.transport_error(PEER, 1.0) == [Send(first.data, spare)]
    assert agent.transport_error(spare, 2.0) == [ev.Refused("leg", 503, "Service Unavailable")]


def test_what_was_heard_is_not_sent_anew(agent: UserAgent) -> None:
    (first,) = call(agent, PEER)
    request = parse_message(first.data)
    trying = "\r\n".join(
        [
            "SIP/2.0 100 Trying",
            *(f"{n}: {v}" for n, v in request.headers if n != "Content-Length"),
            "l: 0",
            "",
            "",
        ]
    )
    agent.receive(trying.encode(), PEER, 0.5)
    assert agent.connection_lost(PEER, 1.0) == []


def test_responses_and_requests_of_a_call_keep_to_its_connection(agent: UserAgent) -> None:
    """RFC 3261 §18.2.2 names where they go when it is gone."""
    spare = Address("127.0.0.3", 5070, "tcp")
    outputs = agent.receive(invite(), FLOW, 0.0)
    assert Reuse(FLOW, spare) in outputs
    (leg,) = agent.legs()
    assert [(each.to, each.spare) for each in sends(outputs)] == [(FLOW, spare)]
    (accepted,) = sends(agent.accept(leg, OFFER, 1.0))
    assert (accepted.to, accepted.spare) == (FLOW, spare)
    dialog = agent.dialog(leg)
    assert dialog is not None
    assert Dialog.decode(dialog.encode()) == dialog
    ack = invite().replace(b"INVITE", b"ACK").replace(b"z9hG4bKi", b"z9hG4bKa")
    agent.receive(ack.replace(b"To: <sip:110@b>", f"To: {dialog.local}".encode()), FLOW, 1.5)
    (bye,) = sends(agent.hang_up(leg, 2.0))
    assert (bye.to, bye.spare) == (FLOW, spare)
    assert agent.connection_lost(FLOW, 3.0) == [Send(bye.data, spare)]


@pytest.mark.parametrize(("host", "alias"), [("127.0.0.9", ";alias"), ("127.0.0.3", "")])
def test_nobody_draws_anothers_calls_to_himself(agent: UserAgent, host: str, alias: str) -> None:
    data = invite().replace(b"TCP 127.0.0.3", b"TCP " + host.encode()).replace(b";alias", alias.encode())
    assert not [each for each in agent.receive(data, FLOW, 0.0) if isinstance(each, Reuse)]


def test_on_a_stream_a_message_must_say_how_long_it_is(agent: UserAgent) -> None:
    headless = invite().replace(f"Content-Length: {len(OFFER)}\r\n".encode(), b"")
    (answer, told) = agent.receive(headless, FLOW, 0.0)
    assert isinstance(answer, Send)
    assert answer.data.startswith(b"SIP/2.0 400 ")
    assert told == ev.Discarded("content-length", FLOW)


@pytest.mark.parametrize(("size", "transport"), [(100, "udp"), (1300, "tcp")])
def test_a_large_request_goes_by_tcp_where_the_peer_has_it(
    agent: UserAgent, size: int, transport: str
) -> None:
    """RFC 3261 §18.1.1."""
    peer = Address("127.0.0.3", 5060)
    (sent,) = call(agent, peer, body=b"x" * size, large=peer._replace(transport="tcp"))
    assert sent.to == peer._replace(transport=transport)
    request = parse_message(sent.data)
    assert isinstance(request, Request)
    assert f"/{transport.upper()} " in (request.headers.first("via") or "")
    (same,) = sends(agent.on_timer(0.5)) or [sent]
    assert same.data == sent.data

"""The call flows of RFC 3665 that a telephone exchange takes part in, each as what is on the wire.

Every flow of the RFC stands in FLOWS, with its test or with the reason why it is nobody's here. Who is a
proxy in the RFC is written by hand: it adds its Via and Record-Route and answers 100 and 407, as there.
Registration (§2) is the registrar's and the doorman's: those tests are named below.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bridge.sip import events as ev
from bridge.sip.auth import challenge
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address, Headers, Request, Response
from bridge.sip.orders import Credentials, Invitation
from bridge.sip.parser import parse_message
from tests.sip.conftest import ANSWER, OFFER, Net

ALICE, BOB, PROXY = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060), Address("127.0.0.5", 5060)
ROUTE = f"<sip:{PROXY.host};lr>"
TESTS = Path(__file__).parents[1]

FLOWS: Final = {
    "2.1 successful new registration": (
        "adapters/test_sip_doorman.py::test_an_extension_with_proof_is_bound_until_its_time_is_over"
    ),
    "2.2 update of contact list": "routing/test_registrar.py::test_a_refresh_is_not_a_new_phone",
    "2.3 request for current contact list": "routing/test_registrar.py::test_no_contact_asks_only",
    "2.4 cancellation of registration": "routing/test_registrar.py::test_star_with_zero_removes_all",
    "2.5 unsuccessful registration": "adapters/test_sip_doorman.py::test_a_wrong_proof_is_asked_for_again",
    "3.1 successful session establishment": "test_3_1",
    "3.2 session establishment through two proxies": "test_3_2",
    "3.3 session with multiple proxy authentication": "test_3_3",
    "3.4 successful session with proxy failure": "test_3_4",
    "3.5 session through a SIP ALG": "test_3_5",
    "3.6 session via redirect and proxy servers with SDP in ACK": "test_3_6",
    "3.7 session with re-INVITE (IP address change)": "test_3_7",
    "3.8 unsuccessful, no answer": "test_3_8",
    "3.9 unsuccessful, busy": "test_3_9",
    "3.10 unsuccessful, no response from the other agent": "test_3_10",
    "3.11 unsuccessful, temporarily unavailable": "test_3_11",
}


def test_every_flow_has_its_test() -> None:
    for flow, where in FLOWS.items():
        file, _, name = where.rpartition("::")
        text = (TESTS / (file or "sip/test_rfc3665.py")).read_text()
        assert f"\ndef {name}" in text, flow


# --- the stage ---


def invitation(hop: Address, credentials: Credentials | None = None) -> Invitation:
    return Invitation(
        uri=f"sip:bob@{BOB.host}",
        from_=parse_name_addr(f"<sip:alice@{ALICE.host}>"),
        to=parse_name_addr(f"<sip:bob@{BOB.host}>"),
        next_hop=hop,
        body=OFFER,
        credentials=credentials,
    )


@pytest.fixture
def people(net: Net) -> Net:
    """Alice and Bob; nobody in between yet."""
    net.agent(ALICE.host)
    net.agent(BOB.host)
    return net


def calls(net: Net, hop: Address = BOB, credentials: Credentials | None = None) -> None:
    net.do(ALICE, lambda agent: agent.invite("out", invitation(hop, credentials), net.now))


def bobs_leg(net: Net) -> str:
    return next(iter(net.agents[BOB].legs()))


def picks_up(net: Net) -> None:
    leg = bobs_leg(net)
    net.do(BOB, lambda agent: agent.accept(leg, ANSWER, net.now))


def rings(net: Net) -> None:
    leg = bobs_leg(net)
    net.do(BOB, lambda agent: agent.ring(leg, net.now))


def ladder(net: Net) -> list[str]:
    """`Alice INVITE`, `Bob 180 INVITE`: all that was sent, in order, each repetition once."""
    names, seen, rungs = {ALICE: "Alice", BOB: "Bob"}, set[bytes](), []
    for source, datagram in net.sent:
        if datagram.data in seen:
            continue
        seen.add(datagram.data)
        message = parse_message(datagram.data)
        method = (message.headers.first("cseq") or "").rpartition(" ")[2]
        what = f"{message.status} {method}" if isinstance(message, Response) else method
        rungs.append(f"{names[source]} {what}")
    return rungs


def last(net: Net, who: Address, method: str) -> Request:
    return next(m for m in reversed(net.messages(who)) if isinstance(m, Request) and m.method == method)


def through(request: Request, hops: int) -> bytes:
    """A request as it comes out of so many proxies."""
    headers = [("Via", f"SIP/2.0/UDP {PROXY.host};branch=z9hG4bKp{n}") for n in range(hops)]
    headers += [("Record-Route", ROUTE.replace("sip:", f"sip:p{n}@")) for n in range(hops)]
    return Request(request.method, request.uri, Headers([*headers, *request.headers]), request.body).encode()


def back(response: Response, hops: int) -> bytes:
    """A response without the proxies' Vias."""
    vias = response.headers.all("via")[hops:]
    rest = response.headers.without("via")
    return Response(
        response.status, response.reason, Headers([*(("Via", v) for v in vias), *rest]), response.body
    ).encode()


def answer(request: Request, status: int, *headers: tuple[str, str]) -> bytes:
    """A proxy's own."""
    kept = request.headers.without(
        "contact", "content-type", "allow", "supported", "user-agent", "max-forwards"
    )
    tagged = [(n, f"{v};tag=proxy" if n == "To" and "tag=" not in v else v) for n, v in kept]
    return Response(status, "x", Headers([*tagged, *headers])).encode()


def pass_on(net: Net, hops: int = 1) -> None:
    """Everything on the wire, through the proxies, until nothing is left."""
    while net.wire:
        source, datagram = net.wire.pop(0)
        other = BOB if source == ALICE else ALICE
        message = parse_message(datagram.data)
        data = through(message, hops) if isinstance(message, Request) else back(message, hops)
        net.feed(other, data, PROXY)


# --- §3 ---


def test_3_1_successful_session(people: Net) -> None:
    calls(people)
    people.deliver()
    rings(people)
    people.deliver()
    picks_up(people)
    people.deliver()
    leg = bobs_leg(people)
    people.do(BOB, lambda agent: agent.hang_up(leg, people.now))
    people.deliver()
    assert ladder(people) == [
        "Alice INVITE", "Bob 100 INVITE", "Bob 180 INVITE", "Bob 200 INVITE", "Alice ACK", "Bob BYE",
        "Alice 200 BYE",
    ]  # fmt: skip
    assert people.agents[ALICE].legs() == people.agents[BOB].legs() == {}


def test_3_2_through_two_proxies_that_stay_on_the_path(people: Net) -> None:
    calls(people, PROXY)
    pass_on(people, 2)
    rings(people)
    picks_up(people)
    pass_on(people, 2)
    people.do(ALICE, lambda agent: agent.hang_up("out", people.now))
    bye = last(people, ALICE, "BYE")
    assert [parse_name_addr(route).uri.user for route in bye.headers.all("route")] == ["p1", "p0"]
    assert people.sent[-1][1].to == PROXY
    assert last(people, ALICE, "ACK").headers.all("route") == bye.headers.all("route")
    pass_on(people, 2)
    assert people.agents[BOB].legs() == {}


def test_3_3_both_proxies_want_proof(people: Net) -> None:
    calls(people, PROXY, Credentials("alice", "secret"))
    asked = []
    for realm in ("atlanta", "biloxi"):
        asked.append(last(people, ALICE, "INVITE"))
        people.wire.clear()
        wants = ("Proxy-Authenticate", challenge(realm, "n1", "MD5"))
        people.feed(ALICE, answer(asked[-1], 407, wants), PROXY)
    third = last(people, ALICE, "INVITE")
    proofs = third.headers.all("proxy-authorization")
    assert len(proofs) == 2
    assert 'realm="atlanta"' in proofs[0]
    assert 'realm="biloxi"' in proofs[1]
    assert third.headers.first("cseq") == "3 INVITE"
    assert {m.headers.first("call-id") for m in (*asked, third)} == {third.headers.first("call-id")}
    people.wire = people.wire[-1:]
    pass_on(people)
    picks_up(people)
    pass_on(people)
    assert isinstance(people.last(ALICE), ev.Answered)
    assert last(people, ALICE, "ACK").headers.all("proxy-authorization") == proofs  # §22.1


def test_3_4_the_first_proxy_is_dead_and_the_second_takes_the_call(people: Net) -> None:
    two = replace(invitation(Address("127.0.0.99", 5060)), further=(PROXY,), patience=2.0)
    people.do(ALICE, lambda agent: agent.invite("out", two, people.now))
    people.wire.clear()
    people.tick(people.now + 10, deliver=False)
    people.wire = [each for each in people.wire if each[1].to == PROXY][:1]
    assert people.wire
    pass_on(people)
    picks_up(people)
    pass_on(people)
    assert isinstance(people.last(ALICE), ev.Answered)


def test_3_5_through_an_alg(people: Net) -> None:
    """It looks like a telephone to both sides: its own Contact and address in the description."""
    calls(people, PROXY)
    invite = last(people, ALICE, "INVITE")
    people.wire.clear()
    outside = invite.encode().replace(ALICE.host.encode(), PROXY.host.encode())
    people.feed(BOB, outside, PROXY)
    picks_up(people)
    ok = next(m for m in people.messages(BOB) if isinstance(m, Response) and m.status == 200)
    inside = (
        ok.encode()
        .replace(PROXY.host.encode(), ALICE.host.encode())
        .replace(BOB.host.encode(), PROXY.host.encode())
    )
    people.wire.clear()
    people.feed(ALICE, inside, PROXY)
    assert people.sent[-1][1].to == PROXY
    people.do(ALICE, lambda agent: agent.hang_up("out", people.now))
    assert last(people, ALICE, "BYE").uri == f"sip:bridge@{PROXY.host}:5060"


def test_3_6_redirected_and_the_description_in_the_ack(people: Net) -> None:
    """We don't follow a 302 by ourselves (whoever sent it would choose whom an emergency line calls): it is a
    refusal, its Contact is handed on. The late offer, as the caller makes it in this flow, is taken."""
    calls(people, PROXY)
    redirect = answer(last(people, ALICE, "INVITE"), 302, ("Contact", f"<sip:bob@{BOB.host}>"))
    people.wire.clear()
    people.feed(ALICE, redirect, PROXY)
    refused = people.last(ALICE)
    assert isinstance(refused, ev.Refused)
    assert (refused.status, dict(refused.headers)["Contact"]) == (302, f"<sip:bob@{BOB.host}>")
    assert last(people, ALICE, "ACK")
    headers = last(people, ALICE, "INVITE").headers.without("content-type")
    silent = Request("INVITE", f"sip:bob@{BOB.host}", headers)
    people.feed(BOB, silent.encode().replace(b"z9hG4bK", b"z9hG4bKlate"), ALICE)
    leg = bobs_leg(people)
    people.do(BOB, lambda agent: agent.accept(leg, OFFER, people.now))
    ok = next(m for m in people.messages(BOB) if isinstance(m, Response) and m.status == 200)
    assert ok.body == OFFER
    kept = [(name, value) for name, value in ok.headers if name in {"From", "To", "Call-ID"}]
    lines = [("Via", f"SIP/2.0/UDP {ALICE.host};branch=z9hG4bKack"), *kept, ("CSeq", "1 ACK")]
    people.feed(BOB, Request("ACK", f"sip:bob@{BOB.host}", Headers(lines), ANSWER).encode(), ALICE)
    assert people.last(BOB) == ev.Confirmed(leg, ANSWER)


def test_3_7_the_address_changes_in_the_middle_of_the_call(people: Net) -> None:
    calls(people)
    people.deliver()
    picks_up(people)
    people.deliver()
    leg = bobs_leg(people)
    moved = Address("127.0.0.77", 5060)
    dialog = people.agents[ALICE].dialog("out")
    assert dialog is not None
    head = (("Contact", f"<sip:alice@{moved.host}>"), ("Content-Type", "application/sdp"))
    via = f"SIP/2.0/UDP {moved.host};branch=z9hG4bKmoved;rport"
    people.feed(BOB, dialog.write("INVITE", 14, via, head, OFFER).encode(), moved)
    assert isinstance(people.last(BOB), ev.OfferReceived)
    people.do(BOB, lambda agent: agent.answer_offer(leg, ANSWER, people.now))
    assert people.sent[-1][1].to == moved
    people.feed(BOB, dialog.write("ACK", 14, via + "a", (), b"").encode(), moved)
    people.do(BOB, lambda agent: agent.hang_up(leg, people.now))
    assert (people.sent[-1][1].to, last(people, BOB, "BYE").uri) == (moved, f"sip:alice@{moved.host}")


def test_3_8_nobody_picks_up_so_the_caller_gives_up(people: Net) -> None:
    calls(people)
    people.deliver()
    rings(people)
    people.deliver()
    people.do(ALICE, lambda agent: agent.hang_up("out", people.now))
    people.deliver()
    assert ladder(people) == [
        "Alice INVITE", "Bob 100 INVITE", "Bob 180 INVITE", "Alice CANCEL", "Bob 200 CANCEL",
        "Bob 487 INVITE", "Alice ACK",
    ]  # fmt: skip


def test_3_9_busy(people: Net) -> None:
    calls(people)
    people.deliver()
    leg = bobs_leg(people)
    people.do(BOB, lambda agent: agent.refuse(leg, 486, "Busy Here", people.now))
    people.deliver()
    assert ladder(people) == ["Alice INVITE", "Bob 100 INVITE", "Bob 486 INVITE", "Alice ACK"]
    refused = people.last(ALICE)
    assert isinstance(refused, ev.Refused)
    assert (refused.status, refused.reason) == (486, "Busy Here")


def test_3_11_temporarily_unavailable(people: Net) -> None:
    """The proxy says 480 for a telephone that is away."""
    calls(people, PROXY)
    people.feed(ALICE, answer(last(people, ALICE, "INVITE"), 480), PROXY)
    refused = people.last(ALICE)
    assert isinstance(refused, ev.Refused)
    assert refused.status == 480
    assert last(people, ALICE, "ACK").headers.first("cseq") == "1 ACK"


def test_3_10_no_response(people: Net) -> None:
    """The INVITE is repeated with doubled pauses and given up after 64*T1."""
    calls(people, Address("127.0.0.99", 5060))
    people.tick(people.now + 33, deliver=False)
    times = [datagram.data for _, datagram in people.sent]
    assert (len(times), len(set(times))) == (7, 1)
    refused = people.last(ALICE)
    assert isinstance(refused, ev.Refused)
    assert refused.status == 408

"""What has gone wrong in other people's stacks, message by message; the whole of it is in tests/wire."""

from __future__ import annotations

import pytest

from bridge.sip import events as ev
from bridge.sip.message import Address, Request, Response
from tests.sip.conftest import ANSWER, OFFER, Net

A, B = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060)


@pytest.fixture
def leg(net: Net) -> str:
    """A talks with B; B's leg."""
    net.agent(A.host)
    net.agent(B.host)
    net.invite(A, B)
    net.deliver()
    name = next(iter(net.agents[B].legs()))
    net.do(B, lambda agent: agent.accept(name, ANSWER, net.now))
    net.deliver()
    for told in net.told.values():
        told.clear()
    return name


def by_hand(
    net: Net, method: str, number: int, *headers: tuple[str, str], body: bytes = b"", branch: str = ""
) -> list[ev.Event]:
    """A request of A's, written by the test."""
    dialog = net.agents[A].dialog("out")
    assert dialog is not None
    via = f"SIP/2.0/UDP {A.host};branch=z9hG4bK{branch or method + str(number)};rport"
    extra = (("Contact", f"<sip:a@{A.host}>"), ("Content-Type", "application/sdp"), *headers)
    return net.feed(B, dialog.write(method, number, via, extra, body).encode(), A)


def statuses(net: Net, method: str) -> list[int]:
    answers = [m for m in net.messages(B) if isinstance(m, Response)]
    return [m.status for m in answers if (m.headers.first("cseq") or "").endswith(method)]


def test_a_cancel_that_races_a_reinvite_leaves_room_for_the_next_one(net: Net, leg: str) -> None:
    """No 482: what was cancelled is over, and a request within a dialog is never a merged one (§8.2.2.2)."""
    by_hand(net, "INVITE", 10, body=OFFER, branch="ten")
    by_hand(net, "CANCEL", 10, branch="ten")
    assert statuses(net, "INVITE")[-1] == 487
    (event,) = by_hand(net, "INVITE", 11, body=OFFER)
    assert isinstance(event, ev.OfferReceived)
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    assert statuses(net, "INVITE")[-1] == 200
    assert 482 not in statuses(net, "INVITE")


def test_a_cancel_that_comes_after_the_answer_to_a_reinvite_changes_nothing(net: Net, leg: str) -> None:
    by_hand(net, "INVITE", 10, body=OFFER, branch="ten")
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    assert by_hand(net, "CANCEL", 10, branch="ten") == []
    assert (statuses(net, "INVITE")[-1], statuses(net, "CANCEL")) == (200, [200])
    assert net.agents[B].legs() == {leg: "confirmed"}


def test_hold_and_refer_back_to_back_are_both_taken(net: Net, leg: str) -> None:
    """Linphone answers such with 491; a REFER needs no offer to be over."""
    by_hand(net, "INVITE", 10, body=OFFER)
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    (event,) = by_hand(net, "REFER", 11, ("Refer-To", "<sip:110@127.0.0.9>"))
    assert isinstance(event, ev.ReferReceived)
    net.do(B, lambda agent: agent.accept_refer(leg, net.now))
    assert statuses(net, "REFER") == [202]


def test_a_refer_while_the_hold_waits_for_our_answer_is_taken_too(net: Net, leg: str) -> None:
    by_hand(net, "INVITE", 10, body=OFFER)
    (event,) = by_hand(net, "REFER", 11, ("Refer-To", "<sip:110@127.0.0.9>"))
    assert isinstance(event, ev.ReferReceived)
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    assert statuses(net, "INVITE")[-1] == 200


def test_a_peer_that_answers_491_is_asked_again_after_its_wait(net: Net, leg: str) -> None:
    """§14.1: the side that made the Call-ID waits 2.1 to 4 seconds."""
    net.do(A, lambda agent: agent.reinvite("out", OFFER, net.now))
    invite = net.messages(A)[-1]
    net.lose()
    net.feed(A, Response(491, "Request Pending", invite.headers).encode(), B)
    before = len(reinvites(net))
    net.tick(net.now + 2.0, deliver=False)
    assert len(reinvites(net)) == before
    net.tick(net.now + 2.1, deliver=False)
    assert len(reinvites(net)) == before + 1
    assert net.told[A] == []


def reinvites(net: Net) -> set[str | None]:
    return {
        m.headers.first("cseq") for m in net.messages(A) if isinstance(m, Request) and m.method == "INVITE"
    }


def test_an_update_of_theirs_that_meets_our_reinvite_gets_491_and_ours_goes_on(net: Net, leg: str) -> None:
    net.do(B, lambda agent: agent.reinvite(leg, OFFER, net.now))
    net.lose()
    by_hand(net, "UPDATE", 10, body=OFFER)
    assert statuses(net, "UPDATE") == [491]
    assert net.agents[B].legs() == {leg: "confirmed"}


def test_a_bye_that_meets_our_reinvite_ends_the_call_once(net: Net, leg: str) -> None:
    net.do(B, lambda agent: agent.reinvite(leg, OFFER, net.now))
    net.lose()
    assert by_hand(net, "BYE", 10) == [ev.Ended(leg, "bye", "")]
    net.tick(net.now + 40, deliver=False)
    assert [event for event in net.told[B] if isinstance(event, ev.Ended)] == [ev.Ended(leg, "bye", "")]

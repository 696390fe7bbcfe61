"""Reliable provisionals (RFC 3262) between two user agents; with what gets lost, doubled and out of order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.sip import events as ev
from bridge.sip.message import Address, Request, Response
from bridge.sip.parser import parse_message
from tests.sip.conftest import ANSWER, OFFER, Net

A, B = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060)


@pytest.fixture
def rung(net: Net) -> Net:
    """A's call has arrived at B."""
    net.agent(A.host)
    net.agent(B.host)
    net.invite(A, B)
    net.deliver()
    return net


def leg_of(net: Net) -> str:
    return next(iter(net.agents[B].legs()))


def ring(net: Net, status: int = 183, body: bytes = b"") -> None:
    leg = leg_of(net)
    net.do(B, lambda agent: agent.ring(leg, net.now, status, "X", (), body, reliably=True))


def requests(net: Net, who: Address, method: str) -> list[Request]:
    return [m for m in net.messages(who) if isinstance(m, Request) and m.method == method]


def statuses(net: Net, who: Address, method: str = "INVITE") -> list[int]:
    answers = [m for m in net.messages(who) if isinstance(m, Response)]
    return [m.status for m in answers if (m.headers.first("cseq") or "").endswith(method)]


def progress(net: Net) -> list[tuple[int, bytes]]:
    return [(e.status, e.body) for e in net.told[A] if isinstance(e, ev.Progress)]


def test_it_is_acknowledged_and_its_answer_is_not_said_again(rung: Net) -> None:
    ring(rung, 183, ANSWER)
    rung.deliver()
    (prack,) = requests(rung, A, "PRACK")
    provisional = next(m for m in rung.messages(B) if isinstance(m, Response) and m.status == 183)
    assert prack.headers.first("rack") == f"{provisional.headers.first('rseq')} 1 INVITE"
    assert provisional.headers.first("require") == "100rel"
    assert (progress(rung), statuses(rung, B, "PRACK")) == ([(183, ANSWER)], [200])
    rung.do(B, lambda agent: agent.accept(leg_of(rung), ANSWER, rung.now))
    rung.deliver()
    answered = rung.last(A)
    assert isinstance(answered, ev.Answered)
    assert (answered.response.body, answered.early) == (b"", ANSWER)
    assert isinstance(rung.last(B), ev.Confirmed)


def test_after_a_prack_the_bye_counts_on(rung: Net) -> None:
    ring(rung)
    rung.deliver()
    rung.do(B, lambda agent: agent.accept(leg_of(rung), ANSWER, rung.now))
    rung.deliver()
    rung.do(A, lambda agent: agent.hang_up("out", rung.now))
    rung.deliver()
    assert requests(rung, A, "BYE")[0].headers.first("cseq") == "3 BYE"
    assert isinstance(rung.last(B), ev.Ended)


def test_lost_it_comes_again_until_the_prack_and_then_no_more(rung: Net) -> None:
    ring(rung, 183, ANSWER)
    rung.lose()
    rung.tick(rung.now + 0.6)
    assert progress(rung) == [(183, ANSWER)]
    count = len(rung.sent)
    rung.tick(rung.now + 30)
    assert len(rung.sent) == count


def test_a_lost_prack_is_repeated_and_its_double_absorbed(rung: Net) -> None:
    ring(rung)
    source, datagram = rung.wire.pop(0)
    rung.feed(A, datagram.data, source)
    rung.lose()
    rung.tick(rung.now + 0.6)
    assert statuses(rung, B, "PRACK")[-1] == 200
    pracks = [d.data for s, d in rung.sent if s == A and d.data.startswith(b"PRACK")]
    rung.feed(B, pracks[0], A)
    assert statuses(rung, B, "PRACK")[-1] == 200
    assert len(progress(rung)) == 1


def test_nobody_acknowledges_so_the_call_is_refused_with_504(rung: Net) -> None:
    ring(rung)
    rung.lose()
    rung.tick(rung.now + 33, deliver=False)
    assert statuses(rung, B)[-1] == 504
    assert rung.told[B][-1].cause == "timeout"  # type: ignore[union-attr]
    assert rung.agents[B].legs() == {}


def test_several_go_one_after_the_other(rung: Net) -> None:
    ring(rung, 180)
    ring(rung, 183, ANSWER)
    ring(rung, 182)
    assert statuses(rung, B)[1:] == [180]
    rung.deliver()
    assert statuses(rung, B)[1:] == [180, 183, 182]
    rseqs = [int(m.headers.first("rseq") or 0) for m in rung.messages(B) if m.headers.first("rseq")]
    assert rseqs == [rseqs[0], rseqs[0] + 1, rseqs[0] + 2]
    assert [status for status, _ in progress(rung)] == [180, 183, 182]


def test_the_answer_waits_for_the_prack_of_its_description(rung: Net) -> None:
    ring(rung, 183, ANSWER)
    rung.do(B, lambda agent: agent.accept(leg_of(rung), ANSWER, rung.now))
    assert 200 not in statuses(rung, B)
    rung.deliver()
    assert isinstance(rung.last(A), ev.Answered)
    assert isinstance(rung.last(B), ev.Confirmed)


def test_an_answer_does_not_wait_for_a_bare_ringing(rung: Net) -> None:
    ring(rung, 180)
    rung.lose()
    rung.do(B, lambda agent: agent.accept(leg_of(rung), ANSWER, rung.now))
    rung.deliver()
    assert isinstance(rung.last(A), ev.Answered)
    count = len(rung.sent)
    rung.tick(rung.now + 20)
    assert len(rung.sent) == count  # the 180 is not repeated any more


def test_one_out_of_order_is_not_acknowledged(rung: Net) -> None:
    ring(rung, 180)
    _, first = rung.wire.pop(0)
    rung.feed(A, first.data, B)
    rung.wire.clear()
    (prack,) = requests(rung, A, "PRACK")
    later = first.data.replace(b"RSeq: ", b"RSeq: 9")
    rung.feed(A, later, B)
    rung.feed(A, first.data, B)
    assert requests(rung, A, "PRACK") == [prack]
    assert len(progress(rung)) == 1


def test_who_requires_it_gets_it_so(net: Net) -> None:
    net.agent(B.host)
    net.feed(B, invite(("Require", "100rel")), A)
    net.do(B, lambda agent: agent.ring(leg_of(net), net.now))
    assert net.messages(B)[-1].headers.first("rseq")


def test_who_does_not_know_it_gets_none(net: Net) -> None:
    net.agent(B.host)
    net.feed(B, invite(), A)
    ring(net, 183, ANSWER)
    assert net.messages(B)[-1].headers.first("rseq") is None


def test_who_could_gets_it_only_when_wished(rung: Net) -> None:
    rung.do(B, lambda agent: agent.ring(leg_of(rung), rung.now))
    assert rung.messages(B)[-1].headers.first("rseq") is None


def test_without_an_offer_ours_goes_with_the_ringing_and_the_answer_with_the_prack(net: Net) -> None:
    net.agent(B.host)
    net.feed(B, invite(("Require", "100rel"), body=b""), A)
    ring(net, 180, OFFER)
    events = net.feed(B, prack(net, body=ANSWER), A)
    assert events == [ev.AnswerReceived(leg_of(net), ANSWER)]
    net.do(B, lambda agent: agent.accept(leg_of(net), OFFER, net.now))
    assert (net.messages(B)[-1].status, net.messages(B)[-1].body) == (200, b"")  # type: ignore[union-attr]


def test_a_prack_may_bring_a_new_offer(net: Net) -> None:
    net.agent(B.host)
    net.feed(B, invite(("Require", "100rel")), A)
    ring(net, 183, ANSWER)
    (event,) = net.feed(B, prack(net, body=OFFER), A)
    assert isinstance(event, ev.OfferReceived)
    net.do(B, lambda agent: agent.answer_offer(leg_of(net), ANSWER, net.now))
    assert (statuses(net, B, "PRACK"), net.messages(B)[-1].body) == ([200], ANSWER)


@pytest.mark.parametrize(
    ("rack", "status"),
    [("nonsense", 400), ("1 2", 400), ("{rseq} 9 INVITE", 481), ("0 1 INVITE", 481), ("{rseq} 1 BYE", 481)],
)
def test_a_prack_for_nothing(net: Net, rack: str, status: int) -> None:
    net.agent(B.host)
    net.feed(B, invite(("Require", "100rel")), A)
    ring(net)
    rseq = net.messages(B)[-1].headers.first("rseq") or ""
    net.feed(B, prack(net, rack=rack.format(rseq=rseq)), A)
    assert statuses(net, B, "PRACK") == [status]


def update(net: Net, who: Address, leg: str) -> None:
    net.do(who, lambda agent: agent.reinvite(leg, OFFER, net.now))
    net.deliver()


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_once_the_first_offer_is_answered_another_goes_by_update_before_the_call_is(
    rung: Net, who: str
) -> None:
    mine, theirs, leg = (A, B, "out") if who == "caller" else (B, A, leg_of(rung))
    update(rung, mine, leg)
    assert requests(rung, mine, "UPDATE") == []  # not yet
    ring(rung, 183, ANSWER)
    rung.deliver()
    update(rung, mine, leg)
    assert isinstance(rung.last(theirs), ev.OfferReceived)
    other = leg_of(rung) if who == "caller" else "out"
    rung.do(theirs, lambda agent: agent.answer_offer(other, ANSWER, rung.now))
    rung.deliver()
    assert isinstance(rung.last(mine), ev.OfferAnswered)
    rung.do(B, lambda agent: agent.accept(leg_of(rung), ANSWER, rung.now))
    rung.deliver()
    assert set(rung.agents[A].legs().values()) == {"confirmed"}


def test_before_it_is_answered_an_update_with_an_offer_is_too_early(rung: Net) -> None:
    """RFC 3311 §5.2: the callee has not answered the first offer (500), the caller's waits for its answer
    (491)."""
    ring(rung, 183)
    rung.deliver()
    rung.wire.clear()
    callee = rung.agents[B].dialog(leg_of(rung))
    assert callee is not None
    _, early = callee.request("UPDATE", VIA.format(B.host), headers=CONTENT, body=OFFER)
    rung.feed(A, early.encode(), B)
    assert statuses(rung, A, "UPDATE") == [491]
    caller = dialog_of_caller(rung)
    rung.feed(B, caller("UPDATE", 20, OFFER), A)
    assert statuses(rung, B, "UPDATE") == [500]


def test_both_update_at_once(rung: Net) -> None:
    ring(rung, 183, ANSWER)
    rung.deliver()
    rung.do(A, lambda agent: agent.reinvite("out", OFFER, rung.now))
    rung.do(B, lambda agent: agent.reinvite(leg_of(rung), OFFER, rung.now))
    rung.deliver()
    assert (statuses(rung, A, "UPDATE"), statuses(rung, B, "UPDATE")) == ([491], [491])


def test_another_branch_that_answers_later_is_thanked_and_hung_up_on(rung: Net) -> None:
    """A fork: two early dialogs, both acknowledged; nothing the loser says ends the winner's call."""
    ring(rung, 183, ANSWER)
    rung.deliver()
    ours = next(m for m in rung.messages(B) if isinstance(m, Response) and m.status == 183)
    tag = (ours.headers.first("to") or "").rpartition("=")[2]
    fork = ours.encode().replace(tag.encode(), b"other").replace(b"RSeq: ", b"RSeq: 7")
    rung.feed(A, fork, B)
    assert len(requests(rung, A, "PRACK")) == 2
    rung.wire.clear()
    rung.do(B, lambda agent: agent.accept(leg_of(rung), ANSWER, rung.now))
    won = rung.wire[-1][1].data
    rung.deliver()
    second = won.replace(tag.encode(), b"other")
    rung.feed(A, second, B)
    (hung_up,) = requests(rung, A, "BYE")
    assert (hung_up.headers.first("to") or "").endswith("other")
    assert hung_up.headers.first("cseq") == "3 BYE"  # behind its PRACK
    bye = b"BYE sip:x@y SIP/2.0\r\n" + reversed_dialog(second)
    rung.feed(A, bye, B)
    assert rung.agents[A].legs() == {"out": "confirmed"}


VIA = "SIP/2.0/UDP {};branch=z9hG4bKhand;rport"
CONTENT = (("Content-Type", "application/sdp"),)


def reversed_dialog(response: bytes) -> bytes:
    """Headers of a request from whoever sent that response."""
    message = parse_message(response)
    lines = [
        f"Via: {VIA.format(B.host)}x", f"From: {message.headers.first('to')}",
        f"To: {message.headers.first('from')}", f"Call-ID: {message.headers.first('call-id')}",
        "CSeq: 1 BYE", "Content-Length: 0",
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode()


def dialog_of_caller(net: Net) -> Callable[[str, int, bytes], bytes]:
    """Requests of the caller by hand, within the early dialog."""
    provisional = next(m for m in net.messages(B) if isinstance(m, Response) and m.status > 100)
    head = provisional.headers

    def write(method: str, number: int, body: bytes) -> bytes:
        lines = [
            f"{method} sip:bridge@{B.host} SIP/2.0", f"Via: {VIA.format(A.host)}{number}",
            f"From: {head.first('from')}", f"To: {head.first('to')}", f"Call-ID: {head.first('call-id')}",
            f"CSeq: {number} {method}", f"Contact: <sip:a@{A.host}>", "Content-Type: application/sdp",
            f"Content-Length: {len(body)}",
        ]  # fmt: skip
        return "\r\n".join([*lines, "", ""]).encode() + body

    return write


def invite(*headers: tuple[str, str], body: bytes = OFFER) -> bytes:
    lines = [
        f"INVITE sip:110@{B.host} SIP/2.0", f"Via: {VIA.format(A.host)}i", f"From: <sip:a@{A.host}>;tag=f",
        f"To: <sip:110@{B.host}>", "Call-ID: hand", "CSeq: 1 INVITE", f"Contact: <sip:a@{A.host}>",
        *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}",
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


def prack(net: Net, *, body: bytes = b"", rack: str = "") -> bytes:
    """For the last reliable provisional."""
    head = next(m for m in reversed(net.messages(B)) if m.headers.first("rseq")).headers
    lines = [
        f"PRACK sip:bridge@{B.host} SIP/2.0", f"Via: {VIA.format(A.host)}p", f"From: {head.first('from')}",
        f"To: {head.first('to')}", f"Call-ID: {head.first('call-id')}", "CSeq: 2 PRACK",
        f"RAck: {rack or head.first('rseq') + ' 1 INVITE'}", f"Content-Length: {len(body)}",  # type: ignore[operator]
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def updating(rung: Net) -> Net:
    """A's UPDATE before the answer is on its way, its answer to be written by the test."""
    ring(rung, 183, ANSWER)
    rung.deliver()
    rung.do(A, lambda agent: agent.reinvite("out", OFFER, rung.now))
    rung.wire.clear()
    rung.told[A].clear()
    return rung


def answer_update(net: Net, status: int) -> list[ev.Event]:
    request = requests(net, A, "UPDATE")[-1]
    return net.feed(A, Response(status, "x", request.headers).encode(), B)


@pytest.mark.parametrize("status", [481, 408])
def test_before_the_answer_only_the_invites_own_outcome_ends_the_leg(updating: Net, status: int) -> None:
    assert answer_update(updating, status) == [ev.OfferRefused("out", status)]
    updating.do(B, lambda agent: agent.accept(leg_of(updating), ANSWER, updating.now))
    updating.deliver()
    assert isinstance(updating.last(A), ev.Answered)


def test_after_hanging_up_nothing_more_is_told_of_it(updating: Net) -> None:
    updating.do(A, lambda agent: agent.hang_up("out", updating.now))
    assert answer_update(updating, 200) == []

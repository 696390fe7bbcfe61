"""Within a call: re-INVITE and UPDATE with glare, REFER and NOTIFY, INFO, sequence numbers, challenges."""

from __future__ import annotations

import pytest

from bridge.sip import events as ev
from bridge.sip.auth import challenge
from bridge.sip.message import Address, Headers, Request, Response
from bridge.sip.orders import Credentials
from bridge.sip.refer import SUBSCRIPTION_SECONDS

OFFER, ANSWER = b"v=0\r\noffer", b"v=0\r\nanswer"
A, B = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060)


@pytest.fixture
def leg(net) -> str:
    """A call from A ("out") to B, confirmed; B's name for it."""
    net.agent(A.host), net.agent(B.host)
    net.invite(A, B)
    net.deliver()
    name = net.told[B][0].leg
    net.do(B, lambda agent: agent.accept(name, ANSWER, net.now))
    net.deliver()
    net.told[A].clear(), net.told[B].clear()
    return name


def within(net, method: str, number: int, *headers: tuple[str, str], body: bytes = b"") -> list[ev.Event]:
    """A request as A would write it in the call, fed to B."""
    dialog = net.agents[A].dialog("out")
    via = f"SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKhand{method}{number};rport"
    return net.feed(B, dialog.write(method, number, via, headers, body).encode(), A)


def status(net, who=B) -> int:
    return net.messages(who)[-1].status


def test_a_reinvite_is_answered_and_acknowledged(net, leg) -> None:
    net.do(A, lambda agent: agent.reinvite("out", OFFER, net.now))
    net.deliver()
    [received] = net.told[B]
    assert (type(received), received.request.body) == (ev.OfferReceived, OFFER)
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    net.deliver()
    assert [type(event) for event in net.told[A]] == [ev.OfferAnswered]
    count = len(net.sent)
    net.tick(net.now + 31)
    assert len(net.sent) == count  # nothing is repeated: the ACK came


def test_a_refused_reinvite_changes_nothing(net, leg) -> None:
    net.do(A, lambda agent: agent.reinvite("out", OFFER, net.now))
    net.deliver()
    net.do(B, lambda agent: agent.refuse_offer(leg, 488, "Not Acceptable Here", net.now))
    net.deliver()
    assert net.told[A] == [ev.OfferRefused("out", 488)]
    assert net.agents[A].legs() == {"out": "confirmed"}


def test_two_offers_meet_and_both_are_made_in_the_end(net, leg) -> None:
    net.do(A, lambda agent: agent.reinvite("out", OFFER, net.now))
    net.do(B, lambda agent: agent.reinvite(leg, OFFER, net.now))
    net.deliver()
    assert net.told[A] == net.told[B] == []  # 491 both ways; each waits its time
    for _ in range(60):
        net.tick(net.now + 0.1)
        for who, name in ((A, "out"), (B, leg)):
            if any(isinstance(event, ev.OfferReceived) for event in net.told[who]):
                net.do(who, lambda agent, name=name: agent.answer_offer(name, ANSWER, net.now))
        net.deliver()
    for who in (A, B):
        assert sorted(type(event).__name__ for event in net.told[who]) == ["OfferAnswered", "OfferReceived"]


def test_of_waiting_offers_the_last_is_made(net, leg) -> None:
    for body in (b"first", b"second", b"third"):
        net.do(A, lambda agent, body=body: agent.reinvite("out", body, net.now))
    net.deliver()
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    net.deliver()
    assert [event.request.body for event in net.told[B]] == [b"first", b"third"]


def test_an_offer_that_meets_its_own_sides_earlier_one_waits(net, leg) -> None:
    within(net, "INVITE", 10, body=OFFER)
    within(net, "UPDATE", 11, body=OFFER)
    assert status(net) == 500
    assert net.messages(B)[-1].headers.first("retry-after")


def test_a_cancelled_reinvite_is_withdrawn(net, leg) -> None:
    within(net, "INVITE", 10, ("Contact", "<sip:a@127.0.0.2>"), body=OFFER)
    dialog = net.agents[A].dialog("out")
    cancel = dialog.write("CANCEL", 10, "SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKhandINVITE10;rport", (), b"")
    assert net.feed(B, cancel.encode(), A) == [ev.OfferWithdrawn(leg)]
    assert [message.status for message in net.messages(B)[-2:]] == [200, 487]
    assert net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now)) == []
    assert net.agents[B].legs() == {leg: "confirmed"}


def test_update_with_and_without_an_offer(net, leg) -> None:
    assert within(net, "UPDATE", 10, ("Contact", "<sip:a@127.0.0.77>")) == []
    assert status(net) == 200
    assert net.agents[B].dialog(leg).target == "sip:a@127.0.0.77"
    [received] = within(net, "UPDATE", 11, body=OFFER)
    assert received.request.method == "UPDATE"
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    assert (status(net), net.messages(B)[-1].body) == (200, ANSWER)


@pytest.mark.parametrize(("answer", "cause"), [(481, "gone"), (408, "timeout")])
def test_a_dialog_the_far_end_does_not_know_ends(net, leg, answer: int, cause: str) -> None:
    net.do(A, lambda agent: agent.reinvite("out", OFFER, net.now))
    invite = net.messages(A)[-1]
    net.feed(A, Response(answer, "X", invite.headers.without("contact", "content-type")).encode(), B)
    assert net.told[A] == [ev.Ended("out", cause, "")]
    assert net.messages(A)[-1].method == "BYE"


def test_a_reinvite_nobody_answers_ends_the_leg(net, leg) -> None:
    net.do(A, lambda agent: agent.reinvite("out", OFFER, net.now))
    net.lose()
    net.tick(net.now + 33, deliver=False)
    assert net.told[A] == [ev.Ended("out", "timeout", "")]


def test_refer_accepted_and_reported_to_the_end(net, leg) -> None:
    headers = (("Refer-To", "<sip:110@127.0.0.3>"), ("Referred-By", "<sip:8001@127.0.0.2>"))
    [received] = within(net, "REFER", 10, *headers)
    assert (received.leg, received.refer_to.uri.user, received.referred_by) == (
        leg,
        "110",
        "<sip:8001@127.0.0.2>",
    )
    for command in (
        lambda agent: agent.accept_refer(leg, net.now),
        lambda agent: agent.notify(leg, 180, "Ringing", net.now),
        lambda agent: agent.notify(leg, 200, "OK", net.now),
        lambda agent: agent.notify(leg, 200, "OK", net.now),  # the last one was the last
    ):
        net.do(B, command)
    accepted, *notifies = net.messages(B)[-4:]
    assert accepted.status == 202
    assert [message.body for message in notifies] == [
        b"SIP/2.0 100 Trying\r\n",
        b"SIP/2.0 180 Ringing\r\n",
        b"SIP/2.0 200 OK\r\n",
    ]
    assert notifies[-1].headers.first("subscription-state") == "terminated;reason=noresource"
    assert notifies[0].headers.first("event") == "refer"


def test_the_transferor_hangs_up_before_the_outcome_and_still_hears_it(net, leg) -> None:
    within(net, "REFER", 10, ("Refer-To", "<sip:110@127.0.0.3>"))
    net.do(B, lambda agent: agent.accept_refer(leg, net.now))
    assert within(net, "BYE", 11) == [ev.Ended(leg, "bye", "")]
    assert net.agents[B].legs() == {}
    net.do(B, lambda agent: agent.notify(leg, 486, "Busy Here", net.now))
    assert net.messages(B)[-1].body == b"SIP/2.0 486 Busy Here\r\n"
    count = len(net.sent)
    net.do(B, lambda agent: agent.notify(leg, 486, "Busy Here", net.now))
    assert len(net.sent) == count


def test_reports_lapse(net, leg) -> None:
    within(net, "REFER", 10, ("Refer-To", "<sip:110@127.0.0.3>"))
    net.do(B, lambda agent: agent.accept_refer(leg, net.now))
    within(net, "BYE", 11)
    net.tick(net.now + SUBSCRIPTION_SECONDS + 1)
    count = len(net.sent)
    net.do(B, lambda agent: agent.notify(leg, 200, "OK", net.now))
    assert len(net.sent) == count


def test_refer_refused_or_without_reports(net, leg) -> None:
    within(net, "REFER", 10, ("Refer-To", "<sip:999@127.0.0.3>"))
    within(net, "REFER", 11, ("Refer-To", "<sip:110@127.0.0.3>"))
    assert status(net) == 491  # the first one still waits
    net.do(B, lambda agent: agent.refuse_refer(leg, 404, "Not Found", net.now))
    assert status(net) == 404
    within(net, "REFER", 12, ("Refer-To", "<sip:110@127.0.0.3>"), ("Refer-Sub", "false"))
    net.do(B, lambda agent: agent.accept_refer(leg, net.now))
    assert (status(net), net.messages(B)[-1].headers.first("refer-sub")) == (202, "false")
    within(net, "REFER", 13)
    assert status(net) == 400
    assert net.agents[B].legs() == {leg: "confirmed"}


def test_a_second_refer_is_told_apart(net, leg) -> None:
    for number in (10, 11):
        within(net, "REFER", number, ("Refer-To", "<sip:110@127.0.0.3>"))
        net.do(B, lambda agent: agent.accept_refer(leg, net.now))
    assert net.messages(B)[-1].headers.first("event") == "refer;id=11"


def test_info_options_and_what_we_do_not_take(net, leg) -> None:
    [info] = within(net, "INFO", 10, ("Content-Type", "Application/dtmf-relay; x=1"), body=b"Signal=5")
    assert info == ev.InfoReceived(leg, "application/dtmf-relay", b"Signal=5")
    for number, (method, answer) in enumerate([("OPTIONS", 200), ("NOTIFY", 489), ("REGISTER", 405)], 11):
        assert within(net, method, number) == []
        assert status(net) == answer


def test_sequence_numbers_only_rise(net, leg) -> None:
    within(net, "INFO", 20)
    for number in (19, 20):
        within(net, "OPTIONS", number)
        assert status(net) == 500
    assert within(net, "BYE", 21) == [ev.Ended(leg, "bye", "")]


def test_a_bye_answers_what_was_left_open(net, leg) -> None:
    within(net, "INVITE", 10, body=OFFER)
    within(net, "REFER", 11, ("Refer-To", "<sip:110@127.0.0.3>"))
    within(net, "BYE", 12)
    assert sorted(m.status for m in net.messages(B)[-3:]) == [200, 487, 487]
    net.do(A, lambda agent: agent.hang_up("out", net.now))
    net.tick(net.now + 200)
    assert [agent.transactions() for agent in net.agents.values()] == [0, 0]


def challenged(net, who, status_: int, header: str) -> None:
    invite = net.messages(who)[-1]
    headers = Headers(
        [*invite.headers.without("contact", "content-type"), (header, challenge("r", "n", "MD5"))]
    )
    net.feed(who, Response(status_, "Unauthorized", headers).encode(), B)


@pytest.mark.parametrize(
    ("status_", "asks", "says"),
    [(401, "WWW-Authenticate", "authorization"), (407, "Proxy-Authenticate", "proxy-authorization")],
)
def test_a_challenge_is_answered_once(net, status_: int, asks: str, says: str) -> None:
    net.agent(A.host)
    net.invite(A, B, credentials=Credentials("u", "secret"))
    challenged(net, A, status_, asks)
    first, ack, second = net.messages(A)
    assert (first.method, ack.method, second.method) == ("INVITE", "ACK", "INVITE")
    assert 'username="u"' in second.headers.first(says)
    assert second.headers.first("cseq") == "2 INVITE"
    assert first.headers.first("call-id") == second.headers.first("call-id")
    challenged(net, A, status_, asks)
    assert [event.status for event in net.told[A]] == [status_]
    assert "secret" not in repr(Credentials("u", "secret"))


def test_a_challenge_without_credentials_or_of_an_unknown_kind_is_a_refusal(net) -> None:
    net.agent(A.host)
    net.invite(A, B)
    challenged(net, A, 401, "WWW-Authenticate")
    net.invite(A, B, leg="two", credentials=Credentials("u", "p"))
    invite = net.messages(A)[-1]
    headers = Headers([*invite.headers.without("contact"), ("WWW-Authenticate", 'Bearer realm="x"')])
    net.feed(A, Response(401, "No", headers).encode(), B)
    assert [event.status for event in net.told[A]] == [401, 401]


def test_a_request_for_no_dialog_gets_481(net, leg) -> None:
    dialog = net.agents[A].dialog("out")
    for method in ("BYE", "INVITE", "UPDATE", "INFO", "REFER"):
        request = dialog.write(method, 50, "SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKz", (), b"")
        headers = request.headers.without("to")
        headers.add("To", "<sip:x@y>;tag=unknown")
        headers.add("Contact", "<sip:a@127.0.0.2>")
        assert net.feed(B, Request(method, request.uri, headers).encode(), A) == []
        assert status(net) == 481

"""REFER of ours: asked, reported on by NOTIFY, refused, given up, and answered out of order (RFC 3515)."""

from __future__ import annotations

import pytest

from bridge.sip import events as ev
from bridge.sip.message import Request, Response

ANSWER = b"v=0\r\nanswer"


@pytest.fixture
def pair(net):
    """Two agents in a call: a made it, and asks."""
    a, b = net.agent("127.0.0.2"), net.agent("127.0.0.3")
    net.invite(a, b)
    net.deliver()
    leg = net.told[b][0].leg
    net.do(b, lambda agent: agent.accept(leg, ANSWER, net.now))
    net.deliver()
    return a, b, leg


def ask(net, a) -> None:
    headers = (("Referred-By", "<sip:8001@a>"),)
    net.do(a, lambda agent: agent.refer("out", "<sip:110@c>", net.now, headers))
    net.deliver()


def told(net, who) -> list[tuple[int, str]]:
    return [(event.status, event.reason) for event in net.told[who] if isinstance(event, ev.ReferTold)]


def test_it_is_asked_and_told_to_the_end(net, pair) -> None:
    a, b, leg = pair
    ask(net, a)
    [asked] = [event for event in net.told[b] if isinstance(event, ev.ReferReceived)]
    assert (asked.refer_to.uri.encode(), asked.referred_by) == ("sip:110@c", "<sip:8001@a>")
    net.do(b, lambda agent: agent.accept_refer(leg, net.now))
    net.deliver()
    for status, reason in ((180, "Ringing"), (200, "OK")):
        net.do(b, lambda agent, s=status, r=reason: agent.notify(leg, s, r, net.now))
        net.deliver()
    assert told(net, a) == [(100, "Trying"), (100, "Trying"), (180, "Ringing"), (200, "OK")]


def test_a_refusal_is_the_outcome(net, pair) -> None:
    a, b, leg = pair
    ask(net, a)
    net.do(b, lambda agent: agent.refuse_refer(leg, 603, "Decline", net.now))
    net.deliver()
    assert told(net, a) == [(603, "Decline")]


def test_nobody_answers(net, pair) -> None:
    a, _, _ = pair
    net.do(a, lambda agent: agent.refer("out", "<sip:110@c>", net.now))
    net.lose()
    net.tick(net.now + 40, deliver=False)
    assert told(net, a) == [(408, "Request Timeout")]


def notify(net, pair, *headers: tuple[str, str], body: bytes = b"SIP/2.0 200 OK\r\n") -> int:
    """A NOTIFY of b's own making; what a answers."""
    a, b, leg = pair
    dialog = net.agents[b].dialog(leg)
    given = (("Content-Type", "message/sipfrag"), *headers)
    request = dialog.request("NOTIFY", "SIP/2.0/UDP 127.0.0.3;branch=z9hG4bKn", headers=given, body=body)[1]
    net.feed(a, request.encode(), b)
    answers = [m for m in net.messages(a) if isinstance(m, Response) and "NOTIFY" in m.headers.first("cseq")]
    return answers[-1].status


ACTIVE, ENDED = (
    ("Subscription-State", "active;expires=60"),
    ("Subscription-State", "terminated;reason=timeout"),
)


@pytest.mark.parametrize(
    ("headers", "body", "status", "heard"),
    [
        ((("Event", "refer"), ACTIVE), b"SIP/2.0 183 Progress", 200, [(183, "Progress")]),
        ((("Event", "refer;id=1"), ENDED), b"SIP/2.0 486 Busy\r\nTo: x\r\n", 200, [(486, "Busy")]),
        ((("Event", "refer"), ENDED), b"SIP/2.0 180 Ringing", 200, [(408, "Ringing")]),
        ((("Event", "refer"), ENDED), b"", 200, [(408, "")]),
        ((("Event", "refer"), ACTIVE), b"nonsense", 400, []),
        ((("Event", "refer;id=77"), ACTIVE), b"SIP/2.0 200 OK", 481, []),
        ((("Event", "presence"), ACTIVE), b"SIP/2.0 200 OK", 489, []),
        ((), b"SIP/2.0 200 OK", 489, []),
    ],
)
def test_a_notify_may_overtake_the_answer_and_say_anything(
    net, pair, headers: tuple[tuple[str, str], ...], body: bytes, status: int, heard: list[tuple[int, str]]
) -> None:
    a, _, _ = pair
    net.do(a, lambda agent: agent.refer("out", "<sip:110@c>", net.now))
    net.lose()
    assert notify(net, pair, *headers, body=body) == status
    assert told(net, a) == heard


def test_what_was_given_up_or_never_asked_is_refused(net, pair) -> None:
    a, _, _ = pair
    assert notify(net, pair, ("Event", "refer"), ENDED) == 481
    ask(net, a)
    net.do(a, lambda agent: agent.give_up_refer("out"))
    assert notify(net, pair, ("Event", "refer"), ENDED) in {481, 500}
    assert told(net, a) == []


def test_a_leg_that_is_gone_cannot_be_asked(net, pair) -> None:
    a, _, _ = pair
    net.do(a, lambda agent: agent.hang_up("out", net.now))
    net.do(a, lambda agent: agent.refer("out", "<sip:110@c>", net.now))
    assert told(net, a) == [(481, "Call/Transaction Does Not Exist")]
    assert [m.method for m in net.messages(a) if isinstance(m, Request)].count("REFER") == 0

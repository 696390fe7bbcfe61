"""Calls between two user agents in memory: the flows of RFC 3665, repetitions, races and time-outs."""

from __future__ import annotations

import gc
from functools import partial

import pytest

from bridge.sip import events as ev
from bridge.sip.carriage import Client, Server
from bridge.sip.dialog import Dialog
from bridge.sip.leg import Leg
from bridge.sip.message import Address, Request, Response
from bridge.sip.uac import MAX_FORKS

OFFER, ANSWER = b"v=0\r\noffer", b"v=0\r\nanswer"


@pytest.fixture
def a(net) -> Address:
    return net.agent("127.0.0.2")


@pytest.fixture
def b(net) -> Address:
    return net.agent("127.0.0.3")


def ring_in(net, a, b) -> str:
    """A calls B; B has its INVITE; the leg's name at B."""
    net.invite(a, b)
    net.deliver()
    [received] = [event for event in net.told[b] if isinstance(event, ev.InviteReceived)]
    return received.leg


def connect(net, a, b) -> str:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.ring(leg, net.now))
    net.do(b, lambda agent: agent.accept(leg, ANSWER, net.now))
    net.deliver()
    return leg


def starts(net, who) -> list[str]:
    return [
        f"{message.method}" if isinstance(message, Request) else f"{message.status}"
        for message in net.messages(who)
    ]


def gone(net) -> None:
    """Nothing is left once every timer rang."""
    net.tick(net.now + 200)
    for agent in net.agents.values():
        assert (agent.legs(), agent.transactions()) == ({}, 0)


def test_a_call_from_ring_to_bye(net, a, b) -> None:
    leg = connect(net, a, b)
    assert [type(event).__name__ for event in net.told[a]] == ["Trying", "Progress", "Answered"]
    assert net.told[b][1:] == [ev.Confirmed(leg)]
    net.do(a, lambda agent: agent.hang_up("out", net.now, (("Reason", "Q.850;cause=16"),)))
    net.deliver()
    assert net.last(b) == ev.Ended(leg, "bye", "Q.850;cause=16")
    assert starts(net, a) == ["INVITE", "ACK", "BYE"]
    assert starts(net, b) == ["100", "180", "200", "200"]
    gone(net)


@pytest.mark.parametrize("end", ["answered", "refused", "nobody"])
def test_nothing_of_a_call_waits_for_the_garbage_collector(net, a, b, end: str) -> None:
    """A process that collects once in tens of thousands of calls would keep all of them until then."""
    gc.collect()
    before = alive()
    gc.disable()
    try:
        if end == "answered":
            connect(net, a, b)
            net.do(a, lambda agent: agent.hang_up("out", net.now))
        elif end == "refused":
            leg = ring_in(net, a, b)
            net.do(b, lambda agent: agent.refuse(leg, 486, "Busy Here", net.now))
        else:
            net.invite(a, Address("127.0.0.9", 5060))
        net.deliver()
        gone(net)
        assert alive() <= before
    finally:
        gc.enable()


def alive() -> int:
    """Legs and transactions in memory."""
    return sum(isinstance(each, Leg | Client | Server) for each in gc.get_objects())


def test_the_callee_hangs_up(net, a, b) -> None:
    leg = connect(net, a, b)
    net.do(b, lambda agent: agent.hang_up(leg, net.now))
    net.deliver()
    assert net.last(a) == ev.Ended("out", "bye", "")
    gone(net)


def test_both_hang_up_at_once(net, a, b) -> None:
    leg = connect(net, a, b)
    net.do(a, lambda agent: agent.hang_up("out", net.now))
    net.do(b, lambda agent: agent.hang_up(leg, net.now))
    net.deliver()
    assert not [event for who in (a, b) for event in net.told[who] if isinstance(event, ev.Ended)]
    gone(net)


def test_a_refusal_carries_status_reason_and_headers(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.refuse(leg, 486, "Busy Here", net.now, (("X-Why", "line"),)))
    net.deliver()
    refused = net.last(a)
    assert (refused.status, refused.reason) == (486, "Busy Here")
    assert ("X-Why", "line") in refused.headers
    assert starts(net, a) == ["INVITE", "ACK"]
    gone(net)


def test_nobody_answers(net, a) -> None:
    net.invite(a, Address("127.0.0.99", 5060))
    net.tick(net.now + 31.9)
    assert net.told[a] == []
    assert starts(net, a) == ["INVITE"] * 7  # 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
    net.tick(net.now + 0.2)
    assert net.told[a] == [ev.Refused("out", 408, "Request Timeout")]
    gone(net)


def test_nobody_listens_there(net, a) -> None:
    dead = Address("127.0.0.99", 5060)
    net.invite(a, dead)
    net.do(a, lambda agent: agent.transport_error(dead, net.now))
    assert net.told[a] == [ev.Refused("out", 503, "Service Unavailable")]
    gone(net)


def test_an_icmp_error_does_not_end_a_call_that_rings(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.ring(leg, net.now))
    net.deliver()
    net.do(a, lambda agent: agent.transport_error(b, net.now))
    assert list(net.agents[a].legs()) == ["out"]


def test_cancel_waits_for_a_provisional(net, a, b) -> None:
    net.invite(a, b)
    net.do(a, lambda agent: agent.hang_up("out", net.now, (("Reason", "SIP;cause=200"), ("X-No", "1"))))
    assert starts(net, a) == ["INVITE"]
    net.deliver()
    assert starts(net, a) == ["INVITE", "CANCEL", "ACK"]
    cancel = net.messages(a)[1]
    assert (cancel.headers.first("reason"), cancel.headers.first("x-no")) == ("SIP;cause=200", None)
    assert cancel.headers.first("via") == net.messages(a)[0].headers.first("via")
    assert net.last(b).cause == "cancel"
    assert net.told[a] == []
    gone(net)


def test_a_200_that_races_the_cancel_gets_ack_and_bye(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.accept(leg, ANSWER, net.now))
    net.do(a, lambda agent: agent.hang_up("out", net.now))
    net.deliver()
    assert starts(net, a) == ["INVITE", "CANCEL", "ACK", "BYE"]
    assert net.last(b) == ev.Ended(leg, "bye", "")
    assert net.told[a] == [ev.Trying("out")]
    gone(net)


def test_a_cancel_nobody_answers_ends_after_64_t1(net, a, b) -> None:
    ring_in(net, a, b)
    net.do(a, lambda agent: agent.hang_up("out", net.now))
    for _ in range(40):
        net.lose()
        net.tick(net.now + 1, deliver=False)
    assert net.agents[a].legs() == {}


def test_hang_up_of_a_ringing_call_that_came_in_refuses_it(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.hang_up(leg, net.now))
    net.deliver()
    assert net.last(a).status == 480
    gone(net)


def test_bye_waits_for_the_ack(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.accept(leg, ANSWER, net.now))
    net.do(b, lambda agent: agent.hang_up(leg, net.now))
    assert "BYE" not in starts(net, b)
    net.deliver()
    assert starts(net, b)[-1] == "BYE"
    assert net.last(a) == ev.Ended("out", "bye", "")
    assert not [event for event in net.told[b] if isinstance(event, ev.Confirmed)]
    gone(net)


def test_a_2xx_is_repeated_until_its_ack_and_the_ack_with_it(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.accept(leg, ANSWER, net.now))
    assert net.lose() == ["SIP/2.0 200 OK"]
    net.tick(net.now + 0.6, deliver=False)
    source, datagram = net.wire.pop(0)
    net.feed(a, datagram.data, source)
    net.feed(a, datagram.data, source)  # and once more, doubled on the way
    assert net.lose() == ["ACK sip:bridge@127.0.0.3:5060 SIP/2.0"] * 2
    assert [type(event).__name__ for event in net.told[a]] == ["Trying", "Answered"]
    net.tick(net.now + 1.1)
    assert net.last(b) == ev.Confirmed(leg)
    count = len(net.sent)
    net.tick(net.now + 20)
    assert len(net.sent) == count


def test_without_an_ack_the_callee_says_bye(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.accept(leg, ANSWER, net.now))
    for _ in range(35):
        net.lose()
        net.tick(net.now + 1, deliver=False)
    assert net.last(b) == ev.Ended(leg, "timeout", "")
    assert starts(net, b).count("200") == 11  # 0, 0.5, 1.5, 3.5, then each 4 s up to 31.5 s
    assert starts(net, b)[-1] == "BYE"
    net.tick(net.now + 64, deliver=False)
    assert net.agents[b].legs() == {}


def test_a_repeated_invite_gets_the_last_provisional_again(net, a, b) -> None:
    leg = ring_in(net, a, b)
    invite = net.sent[0][1]
    assert net.feed(b, invite.data, a) == []
    assert net.lose() == ["SIP/2.0 100 Trying"]
    net.do(b, lambda agent: agent.ring(leg, net.now))
    net.lose()
    net.feed(b, invite.data, a)
    assert net.lose() == ["SIP/2.0 180 Ringing"]


def test_a_long_ringing_is_repeated_each_minute(net, a, b) -> None:
    leg = ring_in(net, a, b)
    net.do(b, lambda agent: agent.ring(leg, net.now))
    net.tick(net.now + 130)
    assert starts(net, b) == ["100", "180", "180", "180"]


def test_commands_out_of_place_change_nothing(net, a, b) -> None:
    leg = connect(net, a, b)
    before = len(net.sent)
    late = [
        lambda agent, name: agent.ring(name, net.now),
        lambda agent, name: agent.accept(name, ANSWER, net.now),
        lambda agent, name: agent.refuse(name, 486, "Busy", net.now),
        lambda agent, name: agent.answer_offer(name, ANSWER, net.now),
        lambda agent, name: agent.refuse_offer(name, 488, "No", net.now),
        lambda agent, name: agent.accept_refer(name, net.now),
        lambda agent, name: agent.refuse_refer(name, 404, "No", net.now),
        lambda agent, name: agent.notify(name, 200, "OK", net.now),
    ]
    for who, name in ((b, leg), (b, "nobody"), (a, "out")):
        for command in late:
            net.do(who, partial(command, name=name))
    net.do(b, lambda agent: agent.respond("nothing", 200, "OK", net.now))
    net.do(b, lambda agent: agent.hang_up("nobody", net.now))
    assert len(net.sent) == before
    for _ in range(3):
        net.do(a, lambda agent: agent.hang_up("out", net.now))
    assert len(net.sent) == before + 1


def test_wrong_statuses_are_the_callers_mistake(net, a, b) -> None:
    leg = ring_in(net, a, b)
    agent = net.agents[b]
    for wrong in (
        lambda: agent.ring(leg, net.now, 200),
        lambda: agent.refuse(leg, 200, "OK", net.now),
        lambda: agent.refuse_offer(leg, 100, "", net.now),
        lambda: agent.respond("x", 99, "", net.now),
    ):
        with pytest.raises(ValueError, match="status"):
            wrong()
    with pytest.raises(ValueError, match="exists"):
        net.invite(a, b)


def test_an_invite_without_an_offer_is_answered_in_the_ack(net, a, b) -> None:
    # The agent always offers, so this INVITE is written by hand.
    invite = (
        b"INVITE sip:110@127.0.0.3 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKx\r\n"
        b"From: <sip:x@127.0.0.2>;tag=f\r\nTo: <sip:110@127.0.0.3>\r\nCall-ID: late\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:x@127.0.0.2>\r\nContent-Length: 0\r\n\r\n"
    )
    [received] = net.feed(b, invite, a)
    net.do(b, lambda agent: agent.accept(received.leg, OFFER, net.now))
    [*_, accepted] = net.messages(b)
    ack = Request(
        "ACK", "sip:bridge@127.0.0.3:5060", accepted.headers.without("cseq", "via", "contact"), ANSWER
    )
    ack.headers.add("CSeq", "1 ACK")
    ack.headers.add("Via", "SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKy")
    assert net.feed(b, ack.encode(), a) == [ev.Confirmed(received.leg, ANSWER)]


def test_a_dialog_written_down_is_adopted_by_another_process(net, a, b) -> None:
    leg = connect(net, a, b)
    line = net.agents[b].dialog(leg).encode()
    net.agent(b.host)  # the process died; a new one at its address
    net.agents[b].adopt(leg, Dialog.decode(line))
    net.do(a, lambda agent: agent.hang_up("out", net.now))
    net.deliver()
    assert net.last(b) == ev.Ended(leg, "bye", "")
    net.invite(b, a, leg="x")
    with pytest.raises(ValueError, match="exists"):
        net.agents[b].adopt("x", Dialog.decode(line))


def response_to_invite(net, a, status: int, tag: str, *more: tuple[str, str]) -> bytes:
    invite = net.messages(a)[0]
    headers = invite.headers.without("contact", "to", "content-type")
    headers.add("To", f"<sip:110@127.0.0.3>;tag={tag}")
    headers.add("Contact", f"<sip:{tag}@127.0.0.3>")
    for name, value in more:
        headers.add(name, value)
    return Response(status, "X", headers).encode()


def test_of_a_forked_call_the_first_answer_wins(net, a) -> None:
    b = Address("127.0.0.3", 5060)
    net.invite(a, b)
    for tag in ("one", "two"):
        net.feed(a, response_to_invite(net, a, 180, tag), b)
    net.feed(a, response_to_invite(net, a, 200, "two"), b)
    net.lose()
    for _ in range(2):
        net.feed(a, response_to_invite(net, a, 200, "one"), b)
    assert net.lose() == [
        "ACK sip:one@127.0.0.3 SIP/2.0",
        "BYE sip:one@127.0.0.3 SIP/2.0",
        "ACK sip:one@127.0.0.3 SIP/2.0",
    ]
    assert [type(event).__name__ for event in net.told[a]] == ["Progress", "Progress", "Answered"]
    assert net.agents[a].dialog("out").remote_tag == "two"


def test_a_flood_of_forks_is_bounded(net, a) -> None:
    b = Address("127.0.0.3", 5060)
    net.invite(a, b)
    for number in range(40):
        net.feed(a, response_to_invite(net, a, 183, f"early{number}"), b)
        net.feed(a, response_to_invite(net, a, 200, f"fork{number}"), b)
    assert starts(net, a).count("ACK") == MAX_FORKS
    assert starts(net, a).count("BYE") == MAX_FORKS - 1

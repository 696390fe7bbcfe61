"""RFC 3263 §4.3: several addresses of one place, tried in turn; and OPTIONS, which asks whether one lives."""

from __future__ import annotations

import pytest

from bridge.sip.events import Answered, InviteReceived, OptionsAnswered, Passed, Refused, Trying
from bridge.sip.message import Address, Request
from bridge.sip.orders import Send
from bridge.sip.parser import parse_message
from tests.sip.conftest import ANSWER, Net

HERE, ONE, TWO, THREE = (f"192.0.2.{n}" for n in (1, 11, 12, 13))


def invites(net: Net, me: Address) -> list[Request]:
    found = (message for message in net.messages(me) if isinstance(message, Request))
    return [message for message in found if message.method == "INVITE"]


def branch(request: Request) -> str:
    return (request.headers.first("Via") or "").partition("branch=")[2].partition(";")[0]


def two(net: Net, *, alive: tuple[str, ...]) -> tuple[Address, Address, Address]:
    """A caller and a place of two addresses, of which some are there."""
    me, one, two = net.agent(HERE), Address(ONE, 5060), Address(TWO, 5060)
    for host in alive:
        net.agent(host)
    net.invite(me, one, further=(two,), patience=2.0)
    return me, one, two


def test_a_silent_address_is_passed_over_in_its_time(net: Net) -> None:
    me, one, two_ = two(net, alive=(TWO,))
    net.deliver()
    net.tick(net.now + 2.0)
    assert net.told[me] == [Passed("out", one), Trying("out")]
    first, last = invites(net, me)[0], invites(net, me)[-1]
    assert branch(first) != branch(last)  # another transaction …
    for name in ("Call-ID", "CSeq", "From", "To"):  # … of the same call
        assert first.headers.first(name) == last.headers.first(name)
    assert first.uri == last.uri
    offered = next(event for event in net.told[two_] if isinstance(event, InviteReceived))
    net.do(two_, lambda agent: agent.accept(offered.leg, ANSWER, net.now))
    net.deliver()
    assert isinstance(net.last(me), Answered)


def test_an_address_where_nobody_listens_is_passed_over_at_once(net: Net) -> None:
    me, one, _ = two(net, alive=(TWO,))
    net.lose()
    net.do(me, lambda agent: agent.transport_error(one, net.now))
    assert net.told[me] == [Passed("out", one)]


@pytest.mark.parametrize(("status", "goes_on"), [(503, True), (486, False), (500, False), (603, False)])
def test_503_goes_to_the_next_address_and_other_refusals_do_not(net: Net, status: int, goes_on: bool) -> None:
    me, one, _ = two(net, alive=(ONE, TWO))
    net.deliver()
    offered = net.told[one][0]
    assert isinstance(offered, InviteReceived)
    net.do(one, lambda agent: agent.refuse(offered.leg, status, "No", net.now))
    net.deliver()
    assert (Passed("out", one) in net.told[me]) is goes_on
    assert any(isinstance(event, Refused) for event in net.told[me]) is not goes_on


def test_when_the_last_one_fails_the_call_has_failed(net: Net) -> None:
    me, _one, two_ = two(net, alive=())
    net.lose()
    net.tick(net.now + 2.5)
    net.do(me, lambda agent: agent.transport_error(two_, net.now))
    assert net.last(me) == Refused("out", 503, "Service Unavailable", ())
    assert net.agents[me].legs() == {}


def test_one_that_gave_a_sign_of_life_is_waited_for(net: Net) -> None:
    me, _, _ = two(net, alive=(ONE, TWO))
    net.deliver()  # 100
    net.tick(net.now + 10.0)
    assert not any(isinstance(event, Passed) for event in net.told[me])


def test_a_call_given_up_goes_nowhere_else(net: Net) -> None:
    me, _, _ = two(net, alive=())
    net.lose()
    net.do(me, lambda agent: agent.hang_up("out", net.now))
    net.tick(net.now + 40.0)
    assert {message.headers.first("CSeq") for message in invites(net, me)} == {"1 INVITE"}
    assert net.told[me] == []
    assert {sent.to.host for _, sent in net.sent} == {ONE}


@pytest.mark.parametrize("answers", [True, False])
def test_an_address_passed_over_that_wakes_up_rings_for_nobody(net: Net, answers: bool) -> None:
    me, one, two_ = two(net, alive=())
    late = net.wire[0][1].data
    net.lose()
    net.tick(net.now + 2.0)
    net.lose()
    net.agent(ONE)
    net.feed(one, late, me)
    offered = net.told[one][0]
    assert isinstance(offered, InviteReceived)
    if answers:
        net.do(one, lambda agent: agent.accept(offered.leg, ANSWER, net.now))
    net.deliver()
    net.tick(net.now + 1.0)
    methods = [m.method for m in net.messages(me) if isinstance(m, Request)]
    assert ("BYE" if answers else "CANCEL") in methods
    assert net.agents[one].legs() == {}
    assert not any(isinstance(event, Answered) for event in net.told[me])
    assert net.agents[me].legs() != {}  # the call itself goes on, to the other address
    assert two_ in {sent.to for _, sent in net.sent}


def test_options_is_answered_by_whoever_lives(net: Net) -> None:
    me, one = net.agent(HERE), net.agent(ONE)
    net.do(me, lambda agent: agent.options("k", "sip:192.0.2.11", one, net.now))
    net.deliver()
    assert net.told[me] == [OptionsAnswered("k", 200)]


def test_options_into_the_void_ends(net: Net) -> None:
    me, nobody = net.agent(HERE), Address(ONE, 5060)
    net.do(me, lambda agent: agent.options("k", "sip:192.0.2.11", nobody, net.now))
    request = parse_message(net.wire[0][1].data)
    assert isinstance(request, Request)
    assert request.headers.first("Max-Forwards") == "70"
    net.tick(net.now + 32.0)
    assert net.told[me] == [OptionsAnswered("k", 408)]
    net.do(me, lambda agent: agent.options("l", "sip:192.0.2.11", nobody, net.now))
    assert all(isinstance(sent, Send) for _, sent in net.wire)
    net.do(me, lambda agent: agent.transport_error(nobody, net.now))
    assert net.last(me) == OptionsAnswered("l", 503)
    assert net.agents[me].transactions() == 0

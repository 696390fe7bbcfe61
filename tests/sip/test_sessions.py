"""Session timers at work: refreshes both ways, their means, and the end of a session nobody refreshes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.sip import events as ev
from bridge.sip.message import Address, Headers, Request, Response
from bridge.sip.session_timer import Policy
from bridge.sip.useragent import UserAgent
from tests.sip.conftest import ANSWER, OFFER, Net

A, B = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060)
Made = Callable[..., Net]


@pytest.fixture
def talk(net: Net) -> Made:
    """A talks with B, each with a policy of its own."""

    def make(mine: Policy, theirs: Policy) -> Net:
        for address, policy in ((A, mine), (B, theirs)):
            net.agent(address.host)
            tokens = iter(f"{address.host}-{n}" for n in range(10_000))
            net.agents[address] = UserAgent(local=address, new_token=tokens.__next__, session=policy)
        net.invite(A, B)
        net.deliver()
        if legs := net.agents[B].legs():
            leg = next(iter(legs))
            net.do(B, lambda agent: agent.accept(leg, ANSWER, net.now))
            net.deliver()
        return net

    return make


def asked(net: Net, who: Address, method: str) -> list[Request]:
    return [m for m in net.messages(who) if isinstance(m, Request) and m.method == method]


def expires(message: Request | Response) -> str | None:
    return message.headers.first("session-expires")


def the_200(net: Net, who: Address, method: str = "INVITE") -> Response:
    answers = [m for m in net.messages(who) if isinstance(m, Response) and m.status == 200]
    return next(m for m in answers if (m.headers.first("cseq") or "").endswith(method))


def test_the_caller_refreshes_by_update_as_long_as_the_call_lasts(talk: Made) -> None:
    net = talk(Policy(600), Policy(1800))
    assert expires(asked(net, A, "INVITE")[0]) == "600"
    assert expires(the_200(net, B)) == "600;refresher=uac"
    net.tick(net.now + 2000)
    updates = asked(net, A, "UPDATE")
    assert len(updates) == 6  # every 300 s
    assert {expires(update) for update in updates} == {"600;refresher=uac"}
    assert all(not update.body for update in updates)
    assert expires(the_200(net, B, "UPDATE")) == "600;refresher=uac"
    assert asked(net, B, "UPDATE") == []
    assert set(net.agents[A].legs().values()) == set(net.agents[B].legs().values()) == {"confirmed"}


def test_when_both_sides_vanish_nothing_is_left(talk: Made) -> None:
    """A's refreshes go nowhere: A ends the call; B hears none: so does B."""
    net = talk(Policy(600), Policy(600))
    net.tick(net.now + 700, deliver=False)
    assert net.told[A][-1] == ev.Ended("out", "timeout")
    assert net.told[B][-1].cause == "expired"  # type: ignore[union-attr]
    net.tick(net.now + 100, deliver=False)
    assert (net.agents[A].legs(), net.agents[B].legs()) == ({}, {})


def test_who_refuses_a_short_interval_names_one_and_gets_it(talk: Made) -> None:
    net = talk(Policy(90), Policy(1800, 300))
    first, second = asked(net, A, "INVITE")
    assert (expires(first), expires(second)) == ("90", "300")
    assert second.headers.first("min-se") == "300"
    assert second.headers.first("cseq") == "2 INVITE"
    assert first.headers.first("call-id") == second.headers.first("call-id")
    assert set(net.agents[A].legs().values()) == {"confirmed"}


def test_a_422_that_asks_for_no_more_than_we_offered_is_a_refusal(talk: Made) -> None:
    net = talk(Policy(600), Policy(600))
    net.invite(A, B, leg="two")
    net.lose()
    invite = asked(net, A, "INVITE")[-1]
    headers = Headers([*invite.headers.without("contact", "content-type"), ("Min-SE", "600")])
    net.feed(A, Response(422, "x", headers).encode(), B)
    assert net.told[A][-1].status == 422  # type: ignore[union-attr]


def silence_updates(net: Net) -> None:
    """B's answers do not say that it takes UPDATE."""
    for agent in net.agents.values():
        for leg in agent._core.legs.values():
            leg.updates = False


def test_without_update_a_reinvite_that_changes_nothing(talk: Made) -> None:
    net = talk(Policy(600), Policy(600))
    silence_updates(net)
    net.tick(net.now + 301, deliver=False)
    again = asked(net, A, "INVITE")[-1]
    assert (again.body, expires(again)) == (OFFER, "600;refresher=uac")
    net.deliver()
    leg = next(iter(net.agents[B].legs()))
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    net.deliver()
    assert isinstance(net.last(A), ev.OfferAnswered)
    net.tick(net.now + 250)
    assert set(net.agents[B].legs().values()) == {"confirmed"}


def test_who_knows_no_timers_is_asked_whether_it_lives(talk: Made) -> None:
    net = talk(Policy(600), Policy(600))
    hide_timers(net)
    net.tick(net.now + 950)
    assert len(asked(net, A, "OPTIONS")) == 3
    assert asked(net, A, "UPDATE") == []
    assert set(net.agents[A].legs().values()) == {"confirmed"}


def test_who_answers_neither_options_nor_a_reinvite_is_gone(talk: Made) -> None:
    net = talk(Policy(600), Policy(600))
    hide_timers(net)
    net.tick(net.now + 301 + 70, deliver=False)
    assert (len(set(asked_once(net, "OPTIONS"))), len(set(asked_once(net, "INVITE")))) == (1, 2)
    assert net.told[A][-1] == ev.Ended("out", "timeout")


def test_who_ignores_options_but_answers_a_reinvite_lives(talk: Made) -> None:
    net = talk(Policy(600), Policy(600))
    hide_timers(net)
    net.tick(net.now + 301, deliver=False)
    net.lose()
    net.tick(net.now + 33, deliver=False)
    net.wire = [each for each in net.wire if each[1].data.startswith(b"INVITE")]
    net.deliver()
    leg = next(iter(net.agents[B].legs()))
    net.do(B, lambda agent: agent.answer_offer(leg, ANSWER, net.now))
    net.deliver()
    net.tick(net.now + 200)
    assert set(net.agents[A].legs().values()) == {"confirmed"}


def asked_once(net: Net, method: str) -> list[str | None]:
    return [request.headers.first("cseq") for request in asked(net, A, method)]


def hide_timers(net: Net) -> None:
    """As if B had said nothing of timers and UPDATE in its 200."""
    silence_updates(net)
    core = net.agents[A]._core
    leg = core.legs["out"]
    from bridge.sip.session_timer import Lease  # noqa: PLC0415

    core.alarms.cancel(leg.session_alarm)
    leg.session_alarm = None
    sessions = net.agents[A]._caller._sessions
    sessions._hold(leg, Lease(600, ours=True, told=False), net.now)
    other = net.agents[B]._core
    for theirs in other.legs.values():
        other.alarms.cancel(theirs.session_alarm)
        theirs.session_alarm = theirs.lease = None


@pytest.mark.parametrize("status", [405, 501])
def test_update_refused_for_ever_a_reinvite_takes_its_place(talk: Made, status: int) -> None:
    net = talk(Policy(600), Policy(600))
    net.tick(net.now + 301, deliver=False)
    net.lose()
    update = asked(net, A, "UPDATE")[0]
    net.feed(A, Response(status, "x", update.headers).encode(), B)
    assert len(asked(net, A, "INVITE")) == 2


def test_a_refresh_refused_for_the_moment_is_made_again(talk: Made) -> None:
    net = talk(Policy(600), Policy(600))
    net.tick(net.now + 301, deliver=False)
    net.lose()
    update = asked(net, A, "UPDATE")[0]
    net.feed(A, Response(500, "x", update.headers).encode(), B)
    net.tick(net.now + 35)
    assert len(set(asked_once(net, "UPDATE"))) == 2
    assert set(net.agents[A].legs().values()) == {"confirmed"}


def test_a_refresh_for_a_call_nobody_knows_ends_it(talk: Made) -> None:
    net = talk(Policy(600), Policy(600))
    net.tick(net.now + 301, deliver=False)
    update = asked(net, A, "UPDATE")[0]
    net.feed(A, Response(481, "x", update.headers).encode(), B)
    assert net.told[A][-1] == ev.Ended("out", "gone")


def test_switched_off_nothing_is_asked_for_and_nothing_waits(talk: Made) -> None:
    net = talk(Policy(), Policy())
    assert expires(asked(net, A, "INVITE")[0]) is None
    assert expires(the_200(net, B)) is None
    net.tick(net.now + 100)
    assert net.agents[A].next_timer() is None

"""Keys by INFO: in order, one at a time, in the way the peer reads."""

from __future__ import annotations

import pytest

from bridge.sip.info import MAX_WAITING
from bridge.sip.message import Address, Headers, Response
from tests.sip.conftest import Net

A, B = Address("127.0.0.2", 5060), Address("127.0.0.3", 5060)


@pytest.fixture
def call(net: Net) -> Net:
    """A talks with B, whose answers are given by hand."""
    net.agent(A.host)
    net.agent(B.host)
    net.invite(A, B)
    net.deliver()
    leg = next(iter(net.agents[B].legs()))
    net.do(B, lambda agent: agent.accept(leg, b"v=0\r\n", net.now))
    net.deliver()
    return net


def press(net: Net, digits: str) -> None:
    for digit in digits:
        net.do(A, lambda agent, digit=digit: agent.press("out", digit, net.now))


def answer(net: Net, status: int) -> None:
    """B's answer to A's last INFO."""
    request = [m for m in net.messages(A) if m.method == "INFO"][-1]  # type: ignore[union-attr]
    net.wire.clear()
    net.feed(A, Response(status, "x", Headers(request.headers.without("content-type"))).encode(), B)


def sent(net: Net) -> list[tuple[str | None, bytes]]:
    infos = [m for m in net.messages(A) if getattr(m, "method", "") == "INFO"]
    return [(m.headers.first("content-type"), m.body) for m in infos]


def test_keys_arrive_in_order(call: Net) -> None:
    press(call, "12#")
    assert sent(call) == [("application/dtmf-relay", b"Signal=1\r\nDuration=160\r\n")]
    call.deliver()
    assert [event.body[7:8] for event in call.told[B][-3:]] == [b"1", b"2", b"#"]  # type: ignore[union-attr]


@pytest.mark.parametrize("status", [415, 400, 501])
def test_who_cannot_read_the_first_way_gets_the_second_from_then_on(call: Net, status: int) -> None:
    press(call, "7")
    answer(call, status)
    answer(call, 200)
    press(call, "8")
    assert sent(call)[1:] == [("application/dtmf", b"7"), ("application/dtmf", b"8")]
    answer(call, 415)
    press(call, "9")
    assert len(sent(call)) == 4  # a key lost is a key lost: no third way


def test_a_peer_that_does_not_know_the_call_ends_it(call: Net) -> None:
    press(call, "7")
    answer(call, 481)
    assert call.told[A][-1].cause == "gone"  # type: ignore[union-attr]


def test_keys_do_not_pile_up(call: Net) -> None:
    press(call, "1" * (MAX_WAITING + 10))
    call.deliver()
    assert len(sent(call)) == MAX_WAITING


def test_no_keys_before_the_call_stands(net: Net) -> None:
    net.agent(A.host)
    net.invite(A, B)
    press(net, "1")
    assert sent(net) == []

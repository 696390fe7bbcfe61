"""What is kept of calls on the wire, and what makes room."""

from __future__ import annotations

import pytest

from bridge.sip import trace as room
from bridge.sip.message import Address
from bridge.sip.trace import MAX_FRESH, MAX_MESSAGES, Seen, Trace

PEER = Address("10.0.0.9", 5060)


def message(start: str, call_id: str, header: str = "Call-ID") -> bytes:
    return f"{start} SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n{header}: {call_id}\r\n\r\n".encode()


def test_a_leg_has_all_messages_of_its_call_id_in_order() -> None:
    trace = Trace(10)
    trace.note(1.0, PEER, message("INVITE sip:a@b", "one"), out=False)
    trace.name("leg", "one")
    trace.note(1.1, PEER, message("INVITE sip:a@b", "other"), out=False)
    trace.note(1.2, PEER, b"SIP/2.0 200 OK\r\ni:one \r\n\r\n", out=True)
    flow = trace.of("leg")
    assert flow is not None
    assert [(seen.at, seen.out) for seen in flow.messages] == [(1.0, False), (1.2, True)]
    assert flow.messages[0] == Seen(1.0, False, PEER, message("INVITE sip:a@b", "one"))


def test_a_leg_of_ours_is_named_before_its_invite() -> None:
    trace = Trace(10)
    trace.name("out", "mine")
    trace.note(1.0, PEER, message("INVITE sip:a@b", "mine"), out=True)
    flow = trace.of("out")
    assert flow is not None
    assert len(flow.messages) == 1


@pytest.mark.parametrize(
    "data", [message("REGISTER sip:b", "r"), message("OPTIONS sip:b", "o"), b"\r\n\r\n", b"\xff"]
)
def test_what_is_of_no_call_is_not_kept(data: bytes) -> None:
    trace = Trace(10)
    trace.note(1.0, PEER, data, out=False)
    assert not trace._flows


def test_strangers_put_out_each_other_and_no_call() -> None:
    trace = Trace(10)
    trace.note(1.0, PEER, message("INVITE sip:a@b", "ours"), out=False)
    trace.name("leg", "ours")
    trace.claim("leg")
    for count in range(5 * MAX_FRESH):
        trace.note(2.0, PEER, message("INVITE sip:a@b", f"theirs{count}"), out=False)
        trace.name(f"stranger{count}", f"theirs{count}")
    assert trace.of("leg") is not None
    assert len(trace._flows) == MAX_FRESH + 1
    assert len(trace._key_of) <= 4 * (2 * MAX_FRESH + 2)


def test_a_flow_without_end_is_counted_only() -> None:
    trace = Trace(10)
    for _ in range(MAX_MESSAGES + 7):
        trace.note(1.0, PEER, message("INVITE sip:a@b", "one"), out=False)
    trace.name("leg", "one")
    flow = trace.of("leg")
    assert flow is not None
    assert (len(flow.messages), flow.left_out) == (MAX_MESSAGES, 7)


def over(trace: Trace, name: str) -> list[str]:
    trace.note(1.0, PEER, message("INVITE sip:a@b", name), out=False)
    trace.name(name, name)
    trace.claim(name)
    return trace.over(f"call {name}", (name,))


def test_calls_that_are_over_make_room_oldest_first() -> None:
    trace = Trace(2)
    assert [over(trace, name) for name in "abc"] == [[], [], ["call a"]]
    assert trace.of("a") is None
    assert trace.of("b") is not None


def test_so_they_do_when_they_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_BYTES", 200)
    trace = Trace(1000)
    gone = [call for count in range(50) for call in over(trace, f"{count:03}")]
    assert gone == [f"call {count:03}" for count in range(len(gone))]
    assert 0 < trace._bytes <= 200

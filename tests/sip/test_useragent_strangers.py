"""What strangers send: refused, answered where the RFC wants it, counted, and never harmful (RFC 3261 §8.2,
§18)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sip import core, exchange
from bridge.sip import events as ev
from bridge.sip.message import Address, Headers, Request, Response
from bridge.sip.useragent import UserAgent

US, STRANGER = Address("127.0.0.3", 5060), Address("127.0.0.66", 40000)


@pytest.fixture(autouse=True)
def us(net) -> None:
    net.agent(US.host)


def request(
    method: str = "INVITE", *more: tuple[str, str], uri: str = "sip:110@127.0.0.3", **over: str
) -> bytes:
    base = {
        "via": "SIP/2.0/UDP 127.0.0.66:5070;branch=z9hG4bKa;rport",
        "from": "<sip:x@127.0.0.66>;tag=f",
        "to": "<sip:110@127.0.0.3>",
        "call-id": "c1",
        "cseq": f"1 {method}",
        "contact": "<sip:x@127.0.0.66:5070>",
    } | {name.replace("_", "-"): value for name, value in over.items()}
    return Request(method, uri, Headers([*[item for item in base.items() if item[1]], *more])).encode()


def answer(net, data: bytes) -> tuple[list[ev.Event], Response | None]:
    before = len(net.sent)
    events = net.feed(US, data, STRANGER)
    messages = net.messages(US)[before:]
    return events, messages[-1] if messages else None


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request("PUBLISH"), 405),
        (request("MESSAGE"), 405),
        (request(uri="mailto:x@y"), 416),
        (request("INVITE", ("Max-Forwards", "0")), 483),
        (request("INVITE", ("Require", "100rel, teleport")), 420),
        (request(contact=""), 400),
        (request("INVITE", ("Record-Route", "<<>")), 400),
        (request("BYE"), 481),
        (request("CANCEL"), 481),
        (request("INFO"), 481),
        (request("UPDATE"), 481),
        (request("NOTIFY"), 489),
        (request("BYE", to="<sip:110@127.0.0.3>;tag=never"), 481),
        (request("OPTIONS"), 200),
        (request("OPTIONS", ("Max-Forwards", "0")), 200),
        (request().replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1), 505),
        (request().replace(b"Content-Length: 0", b"Content-Length: 99"), 400),
        (request().replace(b"Content-Length: 0", b"Content-Length: -1"), 400),
    ],
)
def test_refusals(net, data: bytes, status: int) -> None:
    events, response = answer(net, data)
    assert response is not None
    assert response.status == status
    assert response.headers.first("via").endswith(";received=127.0.0.66;rport=40000")
    assert ";tag=" in response.headers.first("to")
    assert net.wire[-1][1].to == STRANGER
    assert not [event for event in events if not isinstance(event, ev.Discarded)]
    assert net.agents[US].legs() == {}
    net.tick(net.now + 100)
    assert net.agents[US].transactions() == 0


def test_what_refusals_tell(net) -> None:
    assert "REFER" in answer(net, request("PUBLISH"))[1].headers.first("allow")
    bad = answer(net, request("INVITE", ("Require", "100rel, teleport"), call_id="c2", via=VIA(2)))[1]
    assert bad.headers.all("unsupported") == ["teleport"]
    options = answer(net, request("OPTIONS", call_id="c3", via=VIA(3)))[1]
    assert options.headers.first("accept") == "application/sdp"
    assert options.headers.first("supported") is not None


def VIA(n: int) -> str:  # noqa: N802
    return f"SIP/2.0/UDP 127.0.0.66:5070;branch=z9hG4bK{n};rport"


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"hello", "end"),
        (b"\xff\xfe\r\n\r\n", "encoding"),
        (request("ACK"), "unmatched-ack"),
        (Response(200, "OK", Headers([*Request("X", "sip:a").headers])).encode(), "from"),
    ],
)
def test_what_leads_to_nothing_is_counted(net, data: bytes, part: str) -> None:
    events, response = answer(net, data)
    assert events == [ev.Discarded(part, STRANGER)]
    assert response is None


def test_a_response_to_nothing_is_counted(net) -> None:
    data = request("BYE").replace(b"BYE sip:110@127.0.0.3 SIP/2.0", b"SIP/2.0 200 OK")
    assert answer(net, data) == ([ev.Discarded("unmatched-response", STRANGER)], None)


def test_keepalives_are_nothing(net) -> None:
    assert answer(net, b"\r\n\r\n") == ([], None)
    assert answer(net, b"\0") == ([], None)


def test_a_merged_request_gets_482_and_a_new_branch_after_the_end_does_not(net) -> None:
    [received], _ = answer(net, request())
    events, response = answer(net, request(via=VIA(9)))
    assert (events, response.status) == ([], 482)
    net.do(US, lambda agent: agent.refuse(received.leg, 603, "Decline", net.now))
    net.tick(net.now + 100)
    assert [type(event) for event in answer(net, request(via=VIA(10)))[0]] == [ev.InviteReceived]


def test_a_repeated_final_is_absorbed_by_its_ack(net) -> None:
    [received], _ = answer(net, request())
    net.do(US, lambda agent: agent.refuse(received.leg, 486, "Busy Here", net.now))
    net.tick(net.now + 1.6)
    assert [m.status for m in net.messages(US)] == [100, 486, 486, 486]
    assert answer(net, request("ACK")) == ([], None)
    net.tick(net.now + 4)
    assert len(net.messages(US)) == 4


def test_without_rport_the_answer_goes_to_the_sent_by_port(net) -> None:
    answer(net, request("OPTIONS", via="SIP/2.0/UDP pbx.example:5070;branch=z9hG4bKq"))
    assert net.wire[-1][1].to == Address("127.0.0.66", 5070)
    assert net.messages(US)[-1].headers.first("via").endswith(";received=127.0.0.66")
    answer(
        net, request("OPTIONS", call_id="c2", via="SIP/2.0/UDP 127.0.0.66;branch=z9hG4bKr;maddr=127.0.0.1")
    )
    assert net.wire[-1][1].to == Address("127.0.0.66", 5060)


def test_an_rfc_2543_peer_without_cookie_is_matched_by_the_old_rule(net) -> None:
    via = "SIP/2.0/UDP 127.0.0.66:5070;branch=1"
    [received], _ = answer(net, request(via=via))
    assert answer(net, request(via=via))[0] == []  # a repetition
    net.do(US, lambda agent: agent.accept(received.leg, b"v=0", net.now))
    tag = net.messages(US)[-1].headers.first("to")
    assert answer(net, request("ACK", via=via, to=tag))[0] == [ev.Confirmed(received.leg)]
    assert [type(event) for event in answer(net, request(via=via, call_id="c2"))[0]] == [ev.InviteReceived]
    events, response = answer(net, request("CANCEL", via=via, call_id="c2"))
    assert response.status == 487
    assert [event.cause for event in events] == ["cancel"]


def test_register_and_refer_outside_a_call_are_asked_and_answered_once(net) -> None:
    [register], response = answer(net, request("REGISTER"))
    assert (type(register), response) == (ev.RegisterReceived, None)
    net.do(US, lambda agent: agent.respond(register.key, 200, "OK", net.now, (("Expires", "60"),)))
    net.do(US, lambda agent: agent.respond(register.key, 403, "Forbidden", net.now))
    assert [m.status for m in net.messages(US)] == [200]
    assert answer(net, request("REGISTER"))[1].status == 200  # a repetition, answered from memory
    [refer], _ = answer(net, request("REFER", call_id="c2"))
    assert type(refer) is ev.RequestReceived
    net.tick(net.now + 33)
    assert net.messages(US)[-1].status == 500  # whoever should have answered did not
    net.tick(net.now + 33)
    assert net.agents[US].transactions() == 0


def test_a_require_in_a_cancel_is_ignored(net) -> None:
    answer(net, request())
    events, _ = answer(net, request("CANCEL", ("Require", "x"), ("Reason", "SIP;cause=200")))
    assert [(event.cause, event.reason) for event in events] == [("cancel", "SIP;cause=200")]


def test_a_cancel_after_the_answer_changes_nothing(net) -> None:
    [received], _ = answer(net, request())
    net.do(US, lambda agent: agent.accept(received.leg, b"v=0", net.now))
    events, response = answer(net, request("CANCEL"))
    assert (events, response.status) == ([], 200)
    assert net.agents[US].legs() == {received.leg: "accepted"}


def test_too_many_legs_or_transactions_get_503(net, monkeypatch) -> None:
    monkeypatch.setattr("bridge.sip.uas.MAX_LEGS", 1)
    answer(net, request())
    events, response = answer(net, request(call_id="c2", via=VIA(2)))
    assert (events, response.status) == ([], 503)
    monkeypatch.setattr(exchange, "MAX_TRANSACTIONS", 2)
    events, response = answer(net, request("OPTIONS", call_id="c3", via=VIA(3)))
    assert (events, response.status) == ([ev.Discarded("overload", STRANGER)], 503)
    assert response.headers.first("retry-after")
    bye = answer(net, request("BYE", call_id="c4", via=VIA(4), to="<sip:110@127.0.0.3>;tag=x"))[1]
    assert bye.status == 481  # requests within dialogs still pass
    net.invite(US, STRANGER)
    assert net.last(US) == ev.Refused("out", 503, "Too Many Calls")
    assert core.MAX_LEGS > 1


seeds = [request(m) for m in ("INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "REFER", "OPTIONS")]


@given(st.sampled_from(seeds), st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=6))
def test_broken_bytes_never_raise(seed: bytes, cuts: list[tuple[int, bytes]]) -> None:
    data = seed
    for at, put in cuts:
        data = data[:at] + put + data[at + 1 :]
    agent = UserAgent(local=US, new_token=iter(map(str, range(1000))).__next__)
    agent.receive(data, STRANGER, 0.0)
    agent.on_timer(100.0)
    agent.receive(seed, STRANGER, 200.0)

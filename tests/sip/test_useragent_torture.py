"""RFC 4475 end to end: each message into a user agent, and the outcome its section asks for.

A status: so it is answered at once. Where the RFC leaves a choice, the reason for ours stands beside it.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from bridge.sip import events as ev
from bridge.sip.message import Address, Response
from bridge.sip.orders import Send
from bridge.sip.parser import parse_message
from bridge.sip.useragent import UserAgent

MESSAGES = Path(__file__).parent.parent / "data" / "sip" / "torture"
STRANGER = Address("127.0.0.66", 40000)

CALL, REGISTER, IGNORED = "call", "register", "ignored"
OUTCOMES: dict[str, str | int] = {
    # §3.1.1 valid
    "wsinv": 481,  # understood: its To tag makes it a request within a dialog, and we know of none
    "intmeth": 405,  # understood: a method nobody has
    "esc01": CALL,
    "escnull": REGISTER,
    "esc02": 405,  # its method is not REGISTER: escapes mean nothing in a token
    "lwsdisp": 200,
    "longreq": CALL,
    "dblreq": REGISTER,  # the second message of the datagram is no message
    "semiuri": 200,
    "transports": 200,
    "mpart01": 405,  # MESSAGE is not ours; its binary body is read whole
    "unreason": IGNORED,  # a response to nothing we sent, however well-formed
    "noreason": IGNORED,
    # §3.1.2 invalid
    "badinv01": 400,
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "scalarlg": IGNORED,  # a response that is wrong is dropped
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "escruri": CALL,  # may be refused or not: of a Request-URI's headers we take none
    "baddate": CALL,  # may be refused or not: we don't read Date
    "regbadct": REGISTER,  # the registrar refuses its Contact with 400, see test_sip_doorman
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,  # or 501
    "bigcode": IGNORED,
    # §3.2 transactions
    "badbranch": 200,  # matched as RFC 2543 elements are
    # §3.3 application
    "insuf": 400,
    "unkscm": 416,
    "novelsc": 416,
    "unksm2": REGISTER,  # its registrar knows no such person
    "bext01": 420,
    "invut": CALL,  # 415 is the endpoint's, see test_sip_endpoint: bodies are no affair of SIP
    "regaut01": REGISTER,  # challenged by the registrar, as if it had shown nothing
    "multi01": 400,
    "mcl01": 400,
    "bcast": IGNORED,
    "zeromf": 200,  # a proxy would refuse it; it is meant for us
    "cparam01": REGISTER,
    "cparam02": REGISTER,
    "regescrt": REGISTER,
    "sdp01": 406,
    # §3.4 before RFC 3261
    "inv2543": CALL,
}


@pytest.fixture
def agent() -> UserAgent:
    tokens = itertools.count(1)
    return UserAgent(local=Address("127.0.0.3", 5060), new_token=lambda: f"t{next(tokens)}")


def responses(outputs: list[ev.Output]) -> list[Response]:
    found = [parse_message(output.data) for output in outputs if isinstance(output, Send)]
    return [message for message in found if isinstance(message, Response)]


def test_none_is_left_out() -> None:
    assert {path.stem for path in MESSAGES.glob("*.sip")} == OUTCOMES.keys()
    assert len(OUTCOMES) == 13 + 19 + 1 + 15 + 1


@pytest.mark.parametrize("name", OUTCOMES)
def test_its_outcome(agent: UserAgent, name: str) -> None:
    outputs = agent.receive((MESSAGES / f"{name}.sip").read_bytes(), STRANGER, 1.0)
    outcome = OUTCOMES[name]
    events = [output for output in outputs if not isinstance(output, Send)]
    if isinstance(outcome, int):
        raw = [output.data for output in outputs if isinstance(output, Send)]
        assert [int(data.split()[1]) for data in raw] == [outcome]
        assert all(isinstance(event, ev.Discarded) for event in events)
    elif outcome == CALL:
        assert [answer.status for answer in responses(outputs)] == [100]
        assert isinstance(events[0], ev.InviteReceived)
    elif outcome == REGISTER:
        assert isinstance(events[0], ev.RegisterReceived)
    else:
        assert responses(outputs) == []
        assert isinstance(events[0], ev.Discarded)


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_follows_it_is_served_as_ever(agent: UserAgent, name: str) -> None:
    """The process lives, and nothing of it is left behind but for its time."""
    agent.receive((MESSAGES / f"{name}.sip").read_bytes(), STRANGER, 1.0)
    for leg in list(agent.legs()):
        agent.refuse(leg, 486, "Busy Here", 2.0)
    agent.on_timer(3.0)
    agent.on_timer(200.0)
    agent.on_timer(400.0)
    assert (agent.legs(), agent.transactions()) == ({}, 0)


def test_the_unknown_extensions_are_named(agent: UserAgent) -> None:
    (refusal,) = responses(agent.receive((MESSAGES / "bext01.sip").read_bytes(), STRANGER, 1.0))
    assert refusal.headers.all("unsupported") == ["nothingSupportsThis", "nothingSupportsThisEither"]


def test_what_cannot_be_read_is_copied_back_as_it_stands(agent: UserAgent) -> None:
    (sent, told) = agent.receive((MESSAGES / "quotbal.sip").read_bytes(), STRANGER, 1.0)
    assert isinstance(sent, Send)
    assert sent.to == STRANGER
    assert b'\r\nto: "Mr. J. User <sip:j.user@example.com>;tag=400\r\n' in sent.data
    assert told == ev.Discarded("to", STRANGER)

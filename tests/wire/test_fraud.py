"""Toll fraud shapes: numbers nobody routed, keys that are not theirs, ways out to elsewhere. Refused and
counted, and nothing goes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.wire.house import CARRIER, PBX, POLICE, House
from tests.wire.phones import Phones
from tests.wire.raw import Raw, status

Open = Callable[[str], Raw]


def refused(house: House, why: str) -> float:
    return house.metric(f'bridge_sip_refused_total{{why="{why}"}}')


@pytest.mark.parametrize(
    ("host", "number"),
    [
        (CARRIER, "00442071838750"),  # abroad
        (CARRIER, "9013906350001"),  # an outside line, as many exchanges have one
        (CARRIER, "110"),  # a route, but not for the public network
        (POLICE, "1102"),  # a key of ours, but not theirs
        (POLICE, "12345"),
        (PBX, "12300"),
        (PBX, "*110"),
        (CARRIER, "+8613906350001"),
        (CARRIER, "8001"),  # an extension is no number
    ],
)
def test_a_number_that_is_not_routed_for_this_trunk_goes_nowhere(
    house: House, raw: Open, host: str, number: str
) -> None:
    before, trunk = refused(house, "unknown-number"), raw(host)
    invite = trunk.request("INVITE", uri=trunk.uri.replace("12345@", f"{number}@"))
    assert status(trunk.ask(invite)) == 404
    trunk.send(invite.replace(b"INVITE", b"ACK"))
    assert refused(house, "unknown-number") == before + 1
    assert house.calls() == []


@pytest.mark.parametrize("user", ["", "%00", "x" * 300, "110;ext=9", "110%3B9"])
def test_a_number_that_is_none_goes_nowhere(house: House, raw: Open, user: str) -> None:
    trunk = raw(CARRIER)
    address = trunk.uri.removeprefix("sip:12345@")
    invite = trunk.request("INVITE", uri=f"sip:{user}@{address}" if user else f"sip:{address}")
    assert status(trunk.ask(invite)) in {400, 404}
    trunk.send(invite.replace(b"INVITE", b"ACK"))
    assert house.calls() == []


@pytest.mark.parametrize("target", ["00442071838750", "12345", "0900555"])
def test_a_refer_to_a_number_not_routed_for_agents_is_refused_and_the_call_goes_on(
    house: House, phones: Phones, target: str
) -> None:
    before = refused(house, "refer")
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.cue().refer(target).recv(404).released(),
    )
    agent.cue()
    agent.sent("^REFER")
    caller.voice.hears(agent.voice)
    assert refused(house, "refer") == before + 1
    assert house.the_call()["transfers"] == []
    caller.cue()
    phones.done()


def test_a_refer_of_the_caller_moves_nothing(house: House, phones: Phones) -> None:
    """Whoever calls in cannot have us dial for them."""
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().refer("110").recv(603).cue().bye(),
        agent=lambda agent: agent.released(),
    )
    caller.cue()
    caller.got(r"^SIP/2.0 603")
    agent.voice.hears(caller.voice)
    assert house.the_call()["transfers"] == []
    caller.cue()
    phones.done()


def test_a_refer_out_of_the_blue_is_refused(house: House, raw: Open) -> None:
    trunk = raw(CARRIER)
    answer = trunk.ask(trunk.request("REFER", "Refer-To: <sip:00442071838750@premium.example>"))
    assert status(answer) in {403, 405, 603}
    assert house.calls() == []


def test_a_call_for_another_host_is_routed_by_our_routes_only(house: House, raw: Open) -> None:
    """A Request-URI that names somebody else's host does not make us a proxy to it."""
    trunk = raw(CARRIER)
    invite = trunk.request("INVITE", uri="sip:00442071838750@premium.example")
    assert status(trunk.ask(invite)) in {403, 404}
    trunk.send(invite.replace(b"INVITE", b"ACK"))
    assert house.calls() == []

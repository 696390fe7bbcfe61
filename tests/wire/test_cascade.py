"""From one target, and from one address of a trunk, to the next: busy, refusing, silent, dead, full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.wire.house import House
from tests.wire.phones import Part, Phones, phones_of, speak
from tests.wire.routed import RoutedHouse
from tests.wire.sipp import Sipp
from tests.wire.test_transfer_fails import failed, outcomes, still_together


@pytest.fixture
def house(routed_house: RoutedHouse) -> House:
    return routed_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def moves(number: str, ringing: int = 1) -> Part:
    """The agent's part when the key leads somewhere: told it is tried, that it rings, and that it is done."""

    def part(agent):
        agent = agent.presses(number)
        for _ in range(ringing):
            agent = agent.notified()
        return agent.notified().released()

    return part


def lands(house: House, phones: Phones, desk: Sipp, caller: Sipp) -> None:
    """The caller is with this desk; then everybody goes home."""
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    house.the_call(lambda call: call["transfers"][-1]["state"] == "connected")
    desk.cue()
    phones.done()


@pytest.mark.parametrize("status", [486, 503, 404])
def test_when_the_first_desk_cannot_the_next_region_is_rung(
    house: House, phones: Phones, status: int
) -> None:
    phones.answering("desk", phones.desk().recv_invite().refuses(status, "No"))
    region = phones.answering("second", phones.script(house.pbx_two, "110").rings().picks_up().cue().bye())
    caller, agent = phones.talking(caller=lambda caller: caller.released(), agent=moves("2001"))
    agent.cue()
    agent.done()
    assert region.got("^INVITE sip:110@")
    assert outcomes(agent) == [100, 180, 200]
    lands(house, phones, region, caller)


def test_a_desk_that_declines_is_not_tried_again_by_another_way(house: House, phones: Phones) -> None:
    """The second way to the same number is passed over; the third target is another region's people."""
    phones.answering("desk", phones.desk().recv_invite().refuses(603, "Decline"))
    region = phones.answering("second", phones.script(house.pbx_two, "110").rings().picks_up().cue().bye())
    caller, agent = phones.talking(caller=lambda caller: caller.released(), agent=moves("2001"))
    agent.cue()
    agent.done()
    assert region.messages("received")[0].startswith("INVITE sip:0531110@")
    lands(house, phones, region, caller)


def test_towards_an_emergency_even_a_desk_that_declines_is_tried_again(house: House, phones: Phones) -> None:
    phones.answering("desk", phones.desk().recv_invite().refuses(603, "Decline"))
    other_way = phones.answering("second", phones.script(house.pbx_two, "110").rings().picks_up().cue().bye())
    caller, agent = phones.talking(caller=lambda caller: caller.released(), agent=moves("2003"))
    agent.cue()
    agent.done()
    lands(house, phones, other_way, caller)


def test_all_targets_together_have_so_much_time(house: House, phones: Phones) -> None:
    """The desk would ring for half a minute; the route gives a second, and the second target none."""
    phones.answering("desk", phones.desk().rings().is_cancelled())
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("2002").notified().notified().cue().bye(),
    )
    agent.cue()
    failed(house, "silent")
    assert outcomes(agent) == [100, 180, 480]
    still_together(caller, agent)
    agent.cue()
    phones.done()


@pytest.mark.parametrize("number", ["2010", "2011", "2012", "2013"])
def test_an_address_that_fails_is_one_of_the_trunks_affairs(
    house: House, phones: Phones, number: str
) -> None:
    """Nobody listens, nobody answers, it says 503, the first server of a name is dead: the next address, and
    the key hears of none of it."""
    failovers = house.metric("bridge_sip_failovers_total")
    if number == "2012":
        phones.answering(
            "second", phones.script(house.pbx_two, "110").recv_invite().refuses(503, "Service Unavailable")
        )
    desk = phones.answering("desk", phones.desk().rings().picks_up().cue().bye())
    caller, agent = phones.talking(caller=lambda caller: caller.released(), agent=moves(number))
    agent.cue()
    agent.done()
    assert outcomes(agent) == [100, 180, 200]
    lands(house, phones, desk, caller)
    assert house.metric("bridge_sip_failovers_total") == failovers + 1


def test_a_full_trunk_is_passed_over(house: House, phones: Phones) -> None:
    """Its only channel is kept for emergencies."""
    region = phones.answering("second", phones.script(house.pbx_two, "110").rings().picks_up().cue().bye())
    caller, agent = phones.talking(caller=lambda caller: caller.released(), agent=moves("2020"))
    agent.cue()
    agent.done()
    lands(house, phones, region, caller)


def test_an_emergency_gets_the_reserve_and_the_next_one_finds_the_line_busy(
    house: House, phones: Phones
) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().cue().bye())
    first = phones.calling(phones.caller().connects().released(), "2021")
    desk.got("^ACK")
    shown = {each["name"]: each for each in house.api.get("/api/v1/status").json()["trunks"]}
    assert (shown["narrow"]["calls"], shown["narrow"]["channels"], shown["narrow"]["reserved"]) == (1, 1, 1)
    assert house.metric('bridge_trunk_calls{trunk="narrow"}') == 1
    phones.calling(phones.caller().invite().is_refused(486), "2021").done()
    desk.cue()
    first.done()
    phones.done()
    assert house.metric('bridge_trunk_calls{trunk="narrow"}') == 0

"""OPTIONS against a real exchange: one that dies is skipped before the press and its key says so, until it is
back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.peers.exchange import Exchange
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.routed import RoutedHouse
from tests.wire.sipp import until
from tests.wire.test_transfer_fails import failed, outcomes, still_together


@pytest.fixture
def house(routed_house: RoutedHouse) -> House:
    return routed_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


@pytest.fixture
def exchange(routed_house: RoutedHouse, need: Need, tmp_path: Path) -> Iterator[Callable[[], Exchange]]:
    """Starts the exchange; several times if asked."""
    made: list[Exchange] = []

    def start() -> Exchange:
        program = need("kamailio", debian="kamailio")
        made.append(Exchange(program, tmp_path, routed_house.exchange))
        return made[-1]

    yield start
    for each in made:
        each.stop()


def trunk(house: House) -> dict[str, Any]:
    """The exchange's trunk as status shows it."""
    return next(t for t in house.api.get("/api/v1/status").json()["trunks"] if t["name"] == "exchange")


def key(house: House, number: str) -> str:
    keys = house.api.get("/api/v1/keys").json()["keys"]
    return next(each["state"] for each in keys if each["number"] == number)


def told(house: House) -> str:
    """What the administrator's command says."""
    argv = ["route", "2030", "--from-agent", "8001", "-c", str(house.folder / "bridge.yaml")]
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *argv], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_exchange_that_dies_and_comes_back(
    house: House, phones: Phones, exchange: Callable[[], Exchange]
) -> None:
    alive = exchange()
    until(lambda: trunk(house)["state"] == "up", "the exchange answers")
    assert (key(house, "2030"), key(house, "2031")) == ("up", "up")
    assert house.metric('bridge_trunk_up{trunk="exchange"}') == 1
    alive.stop()
    until(lambda: trunk(house)["state"] == "down", "its silence is believed")
    assert (key(house, "2030"), key(house, "2031")) == ("up", "down")
    until(lambda: house.metric('bridge_trunk_up{trunk="exchange"}') == 0, "the figure")
    lines = [line for line in told(house).splitlines() if line.startswith("│")]
    assert "中继 pbx-two" in lines[0]
    assert "不通" in lines[1]
    assert "排到最后" in "".join(lines)
    # Skipped before the press: the second target is the first to hear of it.
    second = phones.answering("second", phones.script(house.pbx_two, "110").rings().picks_up().cue().bye())
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("2030").notified().notified().released(),
    )
    agent.cue()
    agent.done()
    speak(second)
    caller.voice.hears(second.voice)
    second.cue()
    phones.done()
    exchange()
    until(lambda: trunk(house)["state"] == "up", "it is believed again")
    assert key(house, "2031") == "up"


def test_if_every_target_is_dead_the_press_still_tries(
    house: House, phones: Phones, exchange: Callable[[], Exchange]
) -> None:
    """The exchange is back, but not yet believed: that everybody is busy is its own word."""
    until(lambda: trunk(house)["state"] == "down", "nobody is there")
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("2031").notified().cue().bye(),
    )
    exchange()
    agent.cue()
    failed(house, "busy")
    assert outcomes(agent) == [100, 486]
    still_together(caller, agent)
    agent.cue()
    phones.done()

"""We register with an exchange, as a telephone would: a Kamailio with digest, calls, refreshes, the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.peers.kamailio import Kamailio
from tests.peers.ports import address, free_udp
from tests.wire.house import House
from tests.wire.phones import Phones, speak

OFFICE = address(3, 16)
DOMAIN = "office.example"
OURS = """\
trunks:
  office: {{target: "{host}:{port}", trusted: false,
           register: {{user: "12345", domain: {domain}, username: "12345", expires_seconds: 600,
                       secret_file: {folder}/agent.secret}}}}
"""


@pytest.fixture
def office(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Kamailio]]:
    """A bridge of its own, registered with the exchange."""
    folder = tmp_path_factory.mktemp("office")
    house, at = House(folder), (OFFICE, free_udp(OFFICE))
    text = (folder / "bridge.yaml").read_text()
    ours = OURS.format(host=at[0], port=at[1], domain=DOMAIN, folder=folder)
    text = text.replace("trunks:\n", ours, 1).replace("from: [carrier]", "from: [carrier, office]", 1)
    (folder / "bridge.yaml").write_text(text)
    kamailio = Kamailio(need("kamailio", debian="kamailio"), folder, at, DOMAIN, house.password, seconds=3)
    try:
        yield house.start(), kamailio
    finally:
        house.stop()
        kamailio.stop()


@pytest.fixture
def phones(office: tuple[House, Kamailio], need: Need, tmp_path: Path) -> Iterator[Phones]:
    phones = Phones(need("sipp", debian="sip-tester"), tmp_path, office[0])
    try:
        yield phones
    finally:
        phones.close()


def test_the_number_registered_is_called_refreshed_and_given_up(
    office: tuple[House, Kamailio], phones: Phones
) -> None:
    """Three seconds are granted, and a nonce is good for one."""
    house, kamailio = office
    house.until_status(lambda now: now["registrations"]["office"]["up"])
    assert house.metric('bridge_trunk_registered{trunk="office"}') == 1
    agent = phones.answering("agent", phones.agent().rings().picks_up().released())
    caller = phones.calling(phones.caller(OFFICE).connects().cue().bye(), by=kamailio.at)
    speak(caller)
    speak(agent)
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()
    kamailio.wait("register 12345 expires 600", times=3)
    assert kamailio.log().count("register challenged") >= 3
    assert house.metric('bridge_trunk_registered{trunk="office"}') == 1
    assert house.bridge is not None
    house.bridge.stop()
    kamailio.wait("register 12345 expires 0")

"""Agents whose telephones encrypt (baresip), between plain trunks, and the key pressed from and to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.peers.baresip import Baresip
from tests.peers.ports import free_tcp, free_udp
from tests.wire.house import BRIDGE, PHONES, House
from tests.wire.phones import Phones, phones_of, speak


@pytest.fixture(scope="module")
def secret_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """8003 must encrypt, 8004 may; the administrator lets keys go over UDP, for baresip speaks it."""
    house = House(tmp_path_factory.mktemp("secret"))
    path = house.folder / "bridge.yaml"
    text = path.read_text()
    for old, new in (
        ("media: {", "media: {srtp_over_plain_sip: true, "),
        ("{name: 三号, ", "{name: 三号, srtp: required, "),
        ("pbx: {hosts", 'pbx: {srtp: "off", hosts'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    way = 'number: "1106", from: [agents, pbx], platform: "110", to: [{agent: "8003"}], key: true'
    text += f"  - {{name: 转三号, {way}}}\n"
    path.write_text(text)
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(secret_house: House) -> House:
    return secret_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


@pytest.fixture
def baresip(house: House, need: Need, tmp_path: Path) -> Iterator[Callable[..., Baresip]]:
    """`baresip("8003", "srtp-mand")`: that agent's telephone, registered, with this way of encrypting."""
    program = need("baresip", debian="baresip-core")
    made: list[Baresip] = []

    def make(user: str, mediaenc: str = "") -> Baresip:
        at, registrar = (PHONES, free_udp(PHONES)), f"{BRIDGE}:{house.sip}"
        folder = tmp_path / user
        folder.mkdir()
        extra = f";mediaenc={mediaenc}" if mediaenc else ""
        phone = Baresip(program, folder, at, free_tcp(), registrar, user, house.password, extra)
        made.append(phone)
        phone.register()
        return phone

    yield make
    for phone in made:
        phone.stop()


def accept(phone: Baresip) -> None:
    phone.wait("CALL_INCOMING")
    phone.order("accept")
    phone.wait("CALL_ESTABLISHED")


@pytest.mark.parametrize(
    ("user", "mediaenc", "secure"),
    [("8003", "srtp-mand", True), ("8004", "srtp", True), ("8004", "", False)],
    ids=["must and must", "may and may (RFC 8643)", "may, and the phone cannot"],
)
def test_from_a_plain_trunk_to_a_phone_and_by_the_key_to_a_plain_desk(
    house: House, phones: Phones, baresip: Callable[..., Baresip], user: str, mediaenc: str, secure: bool
) -> None:
    phone = baresip(user, mediaenc)
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), f"123{user[2:]}")
    accept(phone)
    speak(caller)
    caller.voice.hears_sound()
    assert ("SRTP is Enabled" in phone.log()) is secure
    assert [party["secure"] for party in house.the_call()["parties"]] == [False, secure]
    phone.order("transfer", f"sip:110@{BRIDGE}")
    desk.got("^INVITE sip:110@")
    desk.cue()
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    phone.wait("CALL_CLOSED")
    caller.cue()
    phones.done()


def test_from_a_plain_agent_by_the_key_to_a_phone_that_encrypts(
    house: House, phones: Phones, baresip: Callable[..., Baresip]
) -> None:
    phone = baresip("8003", "srtp-mand")
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("1106").notified().notified().released(),
    )
    agent.cue()
    accept(phone)
    caller.voice.hears_sound()
    assert "SRTP is Enabled" in phone.log()
    caller.cue()
    phones.done()


def test_a_phone_that_must_encrypt_and_cannot_is_not_spoken_to(
    house: House, phones: Phones, baresip: Callable[..., Baresip]
) -> None:
    phone = baresip("8003")
    caller = phones.calling(phones.caller().invite().is_refused(488), "12303")
    caller.done()
    assert "a=crypto" not in caller.messages("sent")[0]
    assert "CALL_ESTABLISHED" not in phone.log()
    phones.done()

"""The stage of the wire tests: one bridge for all that leave it whole, telephones of sipp for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.wire.house import House
from tests.wire.phones import Phones, media_of, phones_of
from tests.wire.sipp import Sipp


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The bridge that all tests share which do it no harm."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(shared_house: House) -> House:
    """The bridge of this test."""
    return shared_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    """This test's telephones."""
    yield from phones_of(house, need, tmp_path)


@pytest.fixture
def talk() -> Callable[[Sipp, str], None]:
    """Let a telephone's voice speak to where the bridge's description in a received message says."""

    def start(phone: Sipp, message: str = r"m=audio") -> None:
        phone.voice.talk(media_of(phone.got(message)))

    return start

"""The stage of the wire tests: one bridge for all that leave it whole, telephones of sipp for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of
from tests.wire.raw import Raw
from tests.wire.routed import RoutedHouse


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The bridge that all tests share which do it no harm."""
    house = House(tmp_path_factory.mktemp("house"))
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture(scope="session")
def routed_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoutedHouse]:
    """The bridge of the tests of routing."""
    house = RoutedHouse(tmp_path_factory.mktemp("routed"))
    try:
        house.start()
        yield house
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
def raw(house: House) -> Iterator[Callable[[str], Raw]]:
    """Sockets at addresses of the test's choice."""
    made: list[Raw] = []

    def make(host: str) -> Raw:
        made.append(Raw(house, host))
        return made[-1]

    yield make
    for each in made:
        each.close()

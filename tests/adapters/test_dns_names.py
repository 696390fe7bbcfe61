"""Names of trunks, asked of a name server on the wire: SRV, addresses, and what stays when it is out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Iterator

import pytest

from bridge.adapters import dns_names
from bridge.adapters.dns_names import STEP, Names, Wanted
from bridge.routing.addresses import Place
from tests.peers.name_server import NameServer

ZONE = {
    ("_sip._udp.gaj.example.", "SRV"): ["10 60 5070 one.gaj.example.", "20 0 5060 two.gaj.example."],
    ("_sip._tcp.gaj.example.", "SRV"): ["0 0 5075 two.gaj.example."],
    ("_sip._udp.closed.example.", "SRV"): ["0 0 0 ."],
    ("one.gaj.example.", "A"): ["10.2.0.1", "10.2.0.2"],
    ("two.gaj.example.", "A"): ["10.2.0.3"],
    ("plain.example.", "A"): ["10.9.0.1"],
}


@pytest.fixture
def server() -> Iterator[NameServer]:
    made = NameServer(ZONE)
    yield made
    made.close()


class Found:
    """What was told, and a wait for more."""

    def __init__(self) -> None:
        self.told: list[tuple[Place, ...]] = []
        self._news = asyncio.Event()

    def __call__(self, _trunk: str, places: Iterable[Place]) -> None:
        self.told.append(tuple(places))
        self._news.set()

    async def times(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.told) < count:
                self._news.clear()
                await self._news.wait()


async def looked_up(server: NameServer, *wanted: Wanted) -> tuple[Place, ...]:
    found = Found()
    names = Names({"police": wanted}, found, [server.address])
    await names.start()
    await names.stop()
    await names.stop()
    return found.told[0]


async def test_a_name_without_a_port_is_looked_up_by_service(server: NameServer) -> None:
    assert sorted(await looked_up(server, Wanted("gaj.example", None)), key=repr) == [
        Place("10.2.0.1", 5070, "udp", 10, 60),
        Place("10.2.0.2", 5070, "udp", 10, 60),
        Place("10.2.0.3", 5060, "udp", 20, 0),
    ]


async def test_each_transport_has_its_service(server: NameServer) -> None:
    assert await looked_up(server, Wanted("gaj.example", None, "tcp")) == (Place("10.2.0.3", 5075, "tcp"),)


async def test_a_name_with_a_port_or_without_a_service_is_an_address(server: NameServer) -> None:
    assert await looked_up(server, Wanted("plain.example", 5080)) == (Place("10.9.0.1", 5080),)
    assert await looked_up(server, Wanted("plain.example", None)) == (Place("10.9.0.1", 5060),)
    assert await looked_up(server, Wanted("plain.example", None, "tls")) == (Place("10.9.0.1", 5061, "tls"),)


async def test_numbers_beside_names_and_the_administrators_order_first(server: NameServer) -> None:
    number = Wanted("10.0.0.7", 5060, priority=1, named=False)
    assert await looked_up(server, Wanted("plain.example", None), number) == (
        Place("10.9.0.1", 5060),
        Place("10.0.0.7", 5060, "udp", STEP),
    )


@pytest.mark.parametrize("name", ["nobody.example", "closed.example"])
async def test_a_name_that_stands_for_nothing(server: NameServer, name: str) -> None:
    assert await looked_up(server, Wanted(name, None)) == ()


async def test_what_was_found_stays_while_the_server_is_out_and_follows_it(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_names, "LONGEST_TTL", 0.01)
    monkeypatch.setattr(dns_names, "LEAST_TTL", 0.01)
    monkeypatch.setattr(dns_names, "AGAIN", 0.01)
    found = Found()
    names = Names({"police": (Wanted("plain.example", None),)}, found, [server.address])
    await names.start()
    server.broken = True
    await found.times(len(found.told) + 3)
    assert set(found.told) == {(Place("10.9.0.1", 5060),)}
    server.zone["plain.example.", "A"], server.broken = ["10.9.0.2"], False
    await found.times(len(found.told) + 3)
    assert found.told[-1] == (Place("10.9.0.2", 5060),)
    await names.stop()


async def test_the_start_does_not_wait_for_a_server_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dns_names, "FIRST", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        found = Found()
        names = Names({"police": (Wanted("gaj.example", None),)}, found, [nobody.getsockname()])
        await names.start()
        assert found.told == []
        await names.stop()


async def test_nothing_named_nothing_asked(server: NameServer) -> None:
    names = Names({}, Found(), [server.address])
    await names.start()
    await names.stop()
    assert server.asked == 0

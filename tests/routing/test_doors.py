"""Who is at the door, by address, by registration, by password."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.doors import AgentDoor, Ask, Doors, Stranger, TrunkDoor, TrunkRule
from bridge.sip.message import Address

DOORS = Doors(
    (
        TrunkRule("wide", (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))),
        TrunkRule("narrow", (ip_network("10.1.0.0/16"),)),
        TrunkRule("proving", (ip_network("10.2.0.0/16"),), "gate"),
        TrunkRule("proving too", (ip_network("10.2.0.0/16"),), "gate2"),
    ),
    agents=("8001", "8002"),
    agent_networks=(ip_network("10.1.2.0/24"), ip_network("127.0.0.0/8")),
)
PHONES = {Address("10.1.0.9", 5060): "8001", Address("10.1.0.9", 5099): "9999"}


@pytest.mark.parametrize(
    ("host", "port", "door"),
    [
        ("10.9.9.9", 1, TrunkDoor("wide")),
        ("10.1.0.1", 1, TrunkDoor("narrow")),
        ("10.1.0.9", 5060, AgentDoor("8001")),
        ("10.1.0.9", 5061, TrunkDoor("narrow")),  # same house, another socket
        ("10.1.0.9", 5099, TrunkDoor("narrow")),  # registered once, no longer an agent
        ("10.1.2.3", 1, Ask((), agents=True)),
        ("10.2.0.1", 1, Ask(("proving", "proving too"), agents=False)),
        ("127.0.0.1", 1, Ask((), agents=True)),
        ("2001:db8::1", 1, TrunkDoor("wide")),
        ("::ffff:10.9.9.9", 1, TrunkDoor("wide")),
        ("192.0.2.1", 1, Stranger()),
        ("2001:db9::1", 1, Stranger()),
        ("sbc.example", 1, Stranger()),
        ("", 1, Stranger()),
    ],
)
def test_who(host: str, port: int, door: object) -> None:
    assert DOORS.who(Address(host, port), PHONES) == door


def test_a_password_opens_only_the_door_it_was_asked_at() -> None:
    gate, desk = Ask(("proving",), agents=False), Ask((), agents=True)
    assert DOORS.proved(gate, "gate") == TrunkDoor("proving")
    assert DOORS.proved(gate, "gate2") == Stranger()
    assert DOORS.proved(gate, "8001") == Stranger()
    assert DOORS.proved(desk, "8001") == AgentDoor("8001")
    assert DOORS.proved(desk, "gate") == Stranger()
    assert DOORS.proved(desk, "8003") == Stranger()


def test_a_trunk_without_networks_may_prove_itself_from_anywhere() -> None:
    doors = Doors(
        (TrunkRule("roaming", (), "road"), TrunkRule("fixed", (ip_network("10.0.0.1"),))),
        agents=("8001",),
        agent_networks=(ip_network("127.0.0.0/8"),),
    )
    assert doors.who(Address("192.0.2.1", 1), {}) == Ask(("roaming",), agents=False)
    assert doors.who(Address("127.0.0.1", 1), {}) == Ask(("roaming",), agents=True)
    assert doors.who(Address("10.0.0.1", 1), {}) == TrunkDoor("fixed")


def test_without_agents_nobody_is_asked() -> None:
    doors = Doors((), agents=(), agent_networks=(ip_network("127.0.0.0/8"),))
    assert doors.who(Address("127.0.0.1", 1), {}) == Stranger()


networks = st.builds(
    lambda number, length: ip_network((number & ~((1 << (32 - length)) - 1), length)),
    st.integers(0, 255).map(lambda low: (10 << 24) + low),
    st.integers(20, 32),
)


@given(st.lists(networks, min_size=1, max_size=6, unique=True), st.integers(0, 511))
def test_the_longest_prefix_wins(found, low: int) -> None:
    """Against the definition, written the slow way."""
    host = ip_address((10 << 24) + low)
    doors = Doors(TrunkRule(f"t{place}", (network,)) for place, network in enumerate(found))
    fits = [(network.prefixlen, f"t{place}") for place, network in enumerate(found) if host in network]
    door = doors.who(Address(str(host), 5060), {})
    assert door == (TrunkDoor(max(fits)[1]) if fits else Stranger())


def test_a_certificate_opens_the_door_it_names_and_its_address_alone_none() -> None:
    doors = Doors(
        (
            TrunkRule("police", (ip_network("10.2.0.0/24"),), certificate="SBC.police.example"),
            TrunkRule("roaming", certificate="far.example"),
        )
    )
    source = Address("10.2.0.1", 40000, "tls", flow=True)
    assert doors.who(source, {}, frozenset({"sbc.police.example"})) == TrunkDoor("police")
    assert doors.who(source, {}) == Stranger()
    assert doors.who(source._replace(host="10.3.0.1"), {}, frozenset({"sbc.police.example"})) == Stranger()
    assert doors.who(source._replace(host="x"), {}, frozenset({"sbc.police.example"})) == Stranger()
    assert doors.who(Address("192.0.2.1", 1), {}, frozenset({"far.example"})) == TrunkDoor("roaming")
    assert doors.who(source, {}, frozenset({"other.example"})) == Stranger()


def test_who_could_never_be_let_in_need_not_be_listened_to() -> None:
    assert DOORS.knocks("10.9.9.9", tls=False)
    assert DOORS.knocks("10.1.2.3", tls=False)
    assert not DOORS.knocks("192.0.2.1", tls=True)
    by_certificate = Doors([TrunkRule("police", (ip_network("10.2.0.0/24"),), certificate="p.example")])
    assert by_certificate.knocks("10.2.0.1", tls=True)
    assert not by_certificate.knocks("10.2.0.1", tls=False)
    assert not by_certificate.knocks("10.3.0.1", tls=True)

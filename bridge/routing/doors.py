"""Who is at the door: from the address a request came from to the trunk or agent it is, or how to find out.

Built once from the configuration; asked for each request outside a dialog, so it must be quick. Pure: it
proves no password itself, it says who may be asked for one, and who a proven user name is. A REGISTER always
proves itself, whatever this says; only that strangers are strangers holds for every method.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

from bridge.sip.certificate import proves
from bridge.sip.message import Address

Network = IPv4Network | IPv6Network
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TrunkDoor:
    """A trunk of ours."""

    name: str


@dataclass(frozen=True, slots=True)
class AgentDoor:
    """An agent of ours."""

    extension: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Nobody yet: challenge by digest. `trunks` and agents (if `agents`) are who may answer from there."""

    trunks: tuple[str, ...]
    agents: bool


@dataclass(frozen=True, slots=True)
class Stranger:
    """Nobody, and not to be asked: 403 (UnknownNetwork)."""


Door = TrunkDoor | AgentDoor | Ask | Stranger
STRANGER = Stranger()


@dataclass(frozen=True, slots=True)
class TrunkRule:
    """How a trunk is known. `networks` empty: from anywhere, by digest or certificate. `login`: the name it
    must prove. `certificate`: the name its TLS certificate must prove; without that its address is nothing.
    """

    name: str
    networks: tuple[Network, ...] = ()
    login: str | None = None
    certificate: str | None = None


class Doors:
    """The configured doors. Longest prefix wins; at equal length a trunk goes before the agents' networks."""

    CACHED = 4096
    """Addresses whose answer is kept. A flood from forged addresses costs us look-ups, never memory."""

    def __init__(
        self, trunks: Iterable[TrunkRule], agents: Iterable[str] = (), agent_networks: Iterable[Network] = ()
    ) -> None:
        given = tuple(trunks)
        rules = tuple(rule for rule in given if rule.certificate is None)
        self._certified = tuple(rule for rule in given if rule.certificate is not None)
        self._agents = frozenset(agents)
        self._logins = {rule.login: rule.name for rule in rules if rule.login is not None}
        self._anywhere = tuple(rule.name for rule in rules if rule.login is not None and not rule.networks)
        self._table = _table(rules, agent_networks if self._agents else ())
        self._by_host = lru_cache(self.CACHED)(self._look_up)

    @property
    def agents(self) -> frozenset[str]:
        """Extensions that register with us."""
        return self._agents

    def who(
        self, source: Address, registrations: Mapping[Address, str], proven: frozenset[str] = NOBODY
    ) -> Door:
        """Who sends from `source`. `registrations`: where a phone registered from -> its extension. `proven`:
        the names of the certificate shown on the connection.

        A registered address is more particular than any network. A host that is no IP address is a Stranger.
        """
        extension = registrations.get(source)
        if extension is not None and extension in self._agents:
            return AgentDoor(extension)
        if proven:
            for rule in self._certified:
                if proves(rule.certificate or "", proven) and _within(source.host, rule.networks):
                    return TrunkDoor(rule.name)
        return self._by_host(source.host)

    def knocks(self, host: str, *, tls: bool) -> bool:
        """Whether anybody at that host could be let in at all; if not, it need not even be listened to."""
        if self._by_host(host) != STRANGER:
            return True
        return tls and any(_within(host, rule.networks) for rule in self._certified)

    def proved(self, asked: Ask, username: str) -> TrunkDoor | AgentDoor | Stranger:
        """Who answered the challenge, once the digest for `username` has proved right."""
        trunk = self._logins.get(username)
        if trunk is not None and trunk in asked.trunks:
            return TrunkDoor(trunk)
        if asked.agents and username in self._agents:
            return AgentDoor(username)
        return STRANGER

    def _look_up(self, host: str) -> Door:
        try:
            address = ip_address(host)
        except ValueError:
            return STRANGER
        if address.version == 6 and address.ipv4_mapped is not None:  # how a dual-stack socket shows IPv4
            address = address.ipv4_mapped
        version, number = address.version, int(address)
        for network_version, mask, network, door in self._table:
            if network_version == version and number & mask == network:
                return self._also_anywhere(door)
        return self._also_anywhere(STRANGER)

    def _also_anywhere(self, door: Door) -> Door:
        """Trunks that may log in from anywhere may do so from an asked or unknown network too."""
        if not self._anywhere or isinstance(door, TrunkDoor):
            return door
        asked = door if isinstance(door, Ask) else Ask((), agents=False)
        return Ask(asked.trunks + self._anywhere, asked.agents)


def _within(host: str, networks: tuple[Network, ...]) -> bool:
    """Whether the host is in one of them; none at all: anywhere."""
    if not networks:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


_Row = tuple[int, int, int, Door]
"""IP version, netmask, network address, and who is there."""


def _table(trunks: Iterable[TrunkRule], agent_networks: Iterable[Network]) -> tuple[_Row, ...]:
    """Longest prefix first; sorting is stable, so trunks stay before agents at equal length.

    Several trunks that log in from one network share its row: the user name tells them apart.
    """
    doors: dict[Network, Door] = {}
    for rule in trunks:
        for network in rule.networks:
            doors[network] = _merge(doors.get(network), _trunk_door(rule))
    for network in agent_networks:
        doors[network] = _merge(doors.get(network), Ask((), agents=True))
    ordered = sorted(doors.items(), key=lambda item: -item[0].prefixlen)
    return tuple(
        (network.version, int(network.netmask), int(network.network_address), door)
        for network, door in ordered
    )


def _trunk_door(rule: TrunkRule) -> Door:
    return TrunkDoor(rule.name) if rule.login is None else Ask((rule.name,), agents=False)


def _merge(present: Door | None, further: Door) -> Door:
    if isinstance(present, Ask) and isinstance(further, Ask):
        return Ask(present.trunks + further.trunks, present.agents or further.agents)
    return further if present is None else present

"""Who our neighbours are: which hosts in an address are us or an exchange of ours, and who is behind one.

A REFER to anybody else's host is refused (toll fraud, and a transfer that would not go where the phone
thinks). Names need not be configured: whatever name a proven phone or trunk calls us by is learned, and so
many at most. A host decides only whether to refuse; where a call goes is the routes' affair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from ipaddress import ip_address
from typing import Final

from bridge.routing.plan import Origin
from bridge.settings import Trunk

MAX_LEARNED: Final = 256
"""Names learned: a bridge has a handful; a peer that calls us by ever new ones teaches no more."""


class Domains:
    """ours: hosts that are us by configuration; trunks by name; behind: extensions of agents whose phones are
    an exchange's -> its trunk; walled: trunks of platforms that are reached through another one only."""

    def __init__(
        self,
        ours: Iterable[str],
        trunks: Mapping[str, Trunk],
        behind: Mapping[str, str] | None = None,
        walled: Collection[str] = (),
    ) -> None:
        self._ours = {host.lower() for host in ours}
        self._learned = set[str]()
        self.renew(trunks, behind or {}, walled)

    def renew(self, trunks: Mapping[str, Trunk], behind: Mapping[str, str], walled: Collection[str]) -> None:
        """Other neighbours from now on; names that were learned stay."""
        self._trunks, self._behind, self._walled = trunks, behind, walled

    def learn(self, host: str) -> None:
        """Somebody who has proved themselves calls us so."""
        if len(self._learned) < MAX_LEARNED:
            self._learned.add(host)

    def known(self, host: str) -> bool:
        """Whether this is us, or an exchange of ours; "" is a telephone number without a host."""
        return not host or host in self._ours or host in self._learned or self._at(host) is not None

    def ours(self, host: str) -> bool:
        """Whether this is us."""
        return host in self._ours or host in self._learned

    def trunk(self, host: str) -> str | None:
        """The trunk whose exchange this is, if we can call there: no REFER goes past the platform between."""
        found = self._at(host)
        if found is None or found in self._walled:
            return None
        return found if self._trunks[found].places else None

    def trusted(self, origin: Origin) -> bool:
        """Whether what is asserted there is believed (RFC 3325 §5): a trunk inside our trust domain."""
        return origin.kind == "trunk" and origin.name in self._trunks and self._trunks[origin.name].trusted

    def agent_behind(self, number: str, origin: Origin) -> bool:
        """Whether this is an agent of ours who dials from behind that trunk's exchange."""
        return origin.kind == "trunk" and self._behind.get(number) == origin.name

    def _at(self, host: str) -> str | None:
        return next((name for name, trunk in self._trunks.items() if _is_at(trunk, host)), None)


def _is_at(trunk: Trunk, host: str) -> bool:
    if any(place.address.host == host for place in trunk.places):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in trunk.hosts if network.version == address.version)

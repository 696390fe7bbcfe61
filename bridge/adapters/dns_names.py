"""Trunks that are named instead of numbered: DNS asked ahead of need, so that the key never waits for it.

RFC 3263 §4.2: a name without a port has SRV records, else it is an address at 5060; NAPTR is not asked, the
transport is configured. What was found stays good until something newer is found: an old address is better
than none while the name server is out. dnspython speaks the protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver
import structlog

from bridge.adapters.metrics import DNS_FAILURES
from bridge.routing.addresses import Place

log = structlog.get_logger(__name__)

MOST: Final = 16
"""Addresses one name may stand for; more would never be tried."""
LEAST_TTL: Final = 5.0
LONGEST_TTL: Final = 300.0
"""Seconds between two questions: a record that lives a day is still asked for every five minutes, because an
administrator who moves a server expects to be followed."""
AGAIN: Final = 5.0
"""Seconds after a question that failed."""
PATIENCE: Final = 4.0
"""Seconds one name may take."""
FIRST: Final = 2.0
"""Seconds the start waits for the first answers."""
_SERVICE: Final = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_PORT: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}
STEP: Final = 1 << 16
"""A configured priority goes before every priority of a record."""

Found = Callable[[str, Iterable[Place]], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One address of a trunk as configured; port None: SRV says it. named: `host` is a name."""

    host: str
    port: int | None
    transport: str = "udp"
    priority: int = 0
    weight: int = 0
    named: bool = True


class Names:
    """trunks: those with at least one name; found: told a trunk's addresses whenever they were looked up.
    servers: (address, port) of name servers, empty: the machine's own."""

    def __init__(
        self, trunks: dict[str, tuple[Wanted, ...]], found: Found, servers: Iterable[tuple[str, int]] = ()
    ) -> None:
        self._trunks, self._found, self._servers = trunks, found, tuple(servers)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._known: dict[Wanted, tuple[Place, ...]] = {}

    async def start(self) -> None:
        """Look everything up once, waiting a little for it, and then again and again."""
        firsts = [self._begin(trunk, wanted) for trunk, wanted in self._trunks.items()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST):
                for first in firsts:
                    await first.wait()

    async def stop(self) -> None:
        """Ask no more. Harmless when repeated."""
        tasks, self._tasks = self._tasks, {}
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    def renew(self, trunks: dict[str, tuple[Wanted, ...]]) -> None:
        """Other names from now on; those that stay as they are are not asked for again. After `start`."""
        before, self._trunks = self._trunks, trunks
        for trunk in [name for name in before if trunks.get(name) != before[name]]:
            self._tasks.pop(trunk).cancel()
        for trunk, wanted in trunks.items():
            if before.get(trunk) != wanted:
                self._begin(trunk, wanted)

    def _begin(self, trunk: str, wanted: tuple[Wanted, ...]) -> asyncio.Event:
        """Ask for a trunk's names; the event: the first answer is there."""
        first = asyncio.Event()
        self._tasks[trunk] = asyncio.create_task(self._mind(trunk, wanted, first), name=f"dns {trunk}")
        return first

    async def _mind(self, trunk: str, wanted: tuple[Wanted, ...], first: asyncio.Event) -> None:
        while True:
            waits = [await self._look_up(trunk, item) for item in wanted]
            places = [place for item in wanted for place in self._known.get(item, ())]
            self._found(trunk, places)
            first.set()
            await asyncio.sleep(min(waits))

    async def _look_up(self, trunk: str, wanted: Wanted) -> float:
        """Seconds until it should be looked up again."""
        if not wanted.named:
            self._known[wanted] = (_place(wanted, wanted.host, wanted.port or 0, 0, 0),)
            return LONGEST_TTL
        try:
            async with asyncio.timeout(PATIENCE):
                places, ttl = await _Question(self._resolver(), wanted).ask()
        except (dns.exception.DNSException, OSError, TimeoutError) as error:
            DNS_FAILURES.labels(trunk).inc()
            known = len(self._known.get(wanted, ()))
            log.warning("dns.failed", trunk=trunk, name=wanted.host, error=type(error).__name__, kept=known)
            return AGAIN
        self._known[wanted] = tuple(places[:MOST])
        return min(max(ttl, LEAST_TTL), LONGEST_TTL)

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """A fresh one: /etc/resolv.conf may have changed since."""
        resolver = dns.asyncresolver.Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in self._servers]
        resolver.lifetime = PATIENCE
        return resolver


class _Question:
    """One look-up: SRV where there is no port, then addresses."""

    def __init__(self, resolver: dns.asyncresolver.Resolver, wanted: Wanted) -> None:
        self._resolver, self._wanted = resolver, wanted
        self._ttl = LONGEST_TTL

    async def ask(self) -> tuple[list[Place], float]:
        """The places, and how long they are good. Raises DNSException if there are none."""
        wanted = self._wanted
        servers = await self._servers() if wanted.port is None else []
        if not servers:
            port = wanted.port or _PORT[wanted.transport]
            servers = [(wanted.host, port, 0, wanted.weight)]
        places = [
            _place(wanted, address, port, priority, weight)
            for name, port, priority, weight in servers[:MOST]
            for address in await self._addresses(name, last=len(servers) == 1)
        ]
        if not places:
            raise dns.resolver.NoAnswer
        return places, self._ttl

    async def _servers(self) -> list[tuple[str, int, int, int]]:
        """SRV: (target, port, priority, weight)."""
        name = f"{_SERVICE[self._wanted.transport]}.{self._wanted.host}"
        try:
            answer = await self._resolver.resolve(name, "SRV")
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return []
        self._good_for(answer)
        records = [(str(one.target), one.port, one.priority, one.weight) for one in answer]
        there = [record for record in records if record[0] != "."]  # RFC 2782: "." means not here
        return sorted(there, key=lambda record: record[2])

    async def _addresses(self, name: str, *, last: bool) -> list[str]:
        """A records: voice is IPv4 only. A server of several that is not found is left out."""
        try:
            answer = await self._resolver.resolve(name, "A")
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            if last:
                raise
            return []
        self._good_for(answer)
        return [one.address for one in answer]

    def _good_for(self, answer: dns.resolver.Answer) -> None:
        self._ttl = min(self._ttl, float(answer.rrset.ttl if answer.rrset is not None else AGAIN))


def _place(wanted: Wanted, host: str, port: int, priority: int, weight: int) -> Place:
    return Place(host, port, wanted.transport, wanted.priority * STEP + priority, weight or wanted.weight)

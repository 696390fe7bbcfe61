"""SIP over TCP and TLS: listeners, and every connection by whom it reaches (RFC 3261 §18, RFC 5923).

A message goes over the connection that stands; without one, a new one is opened to whoever can be called.
How many connections there may be, from where, and how long they may be silent, is settled here. Knows
nothing of SIP beyond a message's edges.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

import structlog

from bridge.adapters import metrics
from bridge.adapters.sip_connection import Connection
from bridge.adapters.sip_tls import TlsPeer, TlsPipe
from bridge.errors import AdministratorError
from bridge.sip.message import Address

CONNECT_SECONDS: Final = 4.0
"""A host that takes longer to accept is as good as dead: a target is given up after 4 s without an answer."""
LOOK_SECONDS: Final = 1.0
"""Between two looks at the connections' time limits."""
BACKLOG: Final = 128

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """total, per_source: connections opened to us at once, all together and of one address; one more is
    closed at once. idle_seconds: silence after which one is closed: longer than a registration lasts, for
    then the phone would be lost with it."""

    total: int = 2000
    per_source: int = 256
    idle_seconds: float = 3900.0


@dataclass(frozen=True, slots=True)
class Listen:
    """Where we listen. tls None: plain TCP."""

    address: Address
    tls: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who is told: of each message; that nobody can be reached at an address; that a connection that stood is
    gone. Called from the loop; must not raise."""

    message: Callable[[bytes, Address], None]
    unreachable: Callable[[Address], None]
    lost: Callable[[Address], None]


class SipStreams:
    """All connections. peer: whom we call by TLS at an address, None: nobody we know, so it is not called.
    welcome: whether anybody at that host may connect at all (host, whether by TLS)."""

    def __init__(
        self,
        listens: tuple[Listen, ...],
        hearing: Hearing,
        *,
        peer: Callable[[Address], TlsPeer | None] = lambda _to: None,
        welcome: Callable[[str, bool], bool] = lambda _host, _tls: True,
        limits: Limits = Limits(),
    ) -> None:
        self._listens, self._hearing, self._limits = listens, hearing, limits
        self._peer, self._welcome = peer, welcome
        self._servers: list[asyncio.Server] = []
        self._connections: dict[Address, Connection] = {}
        self._aliases: dict[Address, Address] = {}
        self._sources: Counter[str] = Counter()
        self._dials: set[asyncio.Task[None]] = set()
        self._looking: asyncio.TimerHandle | None = None
        self._homes: dict[str, str] = {}

    async def start(self) -> tuple[Address, ...]:
        """Listen; the addresses bound. Raises AdministratorError naming the one that cannot be had."""
        bound: list[Address] = []
        for listen in self._listens:
            host, port, transport, _ = listen.address
            make = partial(_Arrival, self, listen)
            try:
                server = await asyncio.get_running_loop().create_server(make, host, port, backlog=BACKLOG)
            except OSError as error:
                await self.stop()
                raise AdministratorError(
                    f"{host}:{port}（{transport.upper()}）不能监听（{error.strerror}）："
                    f"换一个 sip.{transport} 的端口，或停掉占用它的程序"
                ) from error
            self._servers.append(server)
            self._homes[transport] = host
            bound.append(Address(host, server.sockets[0].getsockname()[1], transport))
        if bound:
            self._look()
        return tuple(bound)

    async def stop(self) -> None:
        """No more connections. Harmless when repeated."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        dials = list(self._dials)
        for dial in dials:
            dial.cancel()
        await asyncio.gather(*dials, return_exceptions=True)
        self._hearing = Hearing(lambda _d, _a: None, lambda _a: None, lambda _a: None)
        for connection in list(self._connections.values()):
            connection.close("stopped")

    def send(self, data: bytes, to: Address, spare: Address | None) -> None:
        """Send a message over the connection with `to`, else over a new one to it, else to `spare`. Who can't
        be reached at all is told as unreachable, in the next turn of the loop."""
        connection = self._standing(to)
        if connection is None and to.flow and spare is not None:
            to, connection = spare, self._standing(spare)
        if connection is None and not to.flow:
            connection = self._dial(to)
        if connection is None or not connection.send(data):
            metrics.SIP_UNSENT.labels("no-connection" if connection is None else "full").inc()
            asyncio.get_running_loop().call_soon(lambda: self._hearing.unreachable(to))

    def reuse(self, to: Address, alias: Address) -> None:
        """Requests to `alias` may go over this connection (RFC 5923 §5: by TLS only when its certificate
        proved who it is, §8)."""
        connection = self._connections.get(to)
        if connection is not None and (connection.names or to.transport != "tls"):
            self._aliases[alias] = to

    def names(self, source: Address) -> frozenset[str]:
        """What the certificate of a connection proved."""
        connection = self._connections.get(source)
        return connection.names if connection is not None else frozenset()

    # --- connections ---

    def message(self, data: bytes, connection: Connection) -> None:
        """A connection's message."""
        metrics.SIP_STREAM_MESSAGES.labels(connection.address.transport).inc()
        self._hearing.message(data, connection.address)

    def ended(self, connection: Connection, why: str, detail: str) -> None:
        """A connection's end: whoever waits for something on it is told."""
        address = connection.address
        metrics.SIP_CONNECTIONS_ENDED.labels(why).inc()
        if why not in {"closed", "idle", "stopped"}:
            log.info("sip.connection_ended", why=why, detail=detail, transport=address.transport)
        if self._connections.get(address) is not connection:
            return
        del self._connections[address]
        metrics.SIP_CONNECTIONS.labels(address.transport).dec()
        if not connection.opened:
            self._sources[address.host] -= 1
            if not self._sources[address.host]:
                del self._sources[address.host]
        lost = [alias for alias, flow in self._aliases.items() if flow == address] if self._aliases else []
        for alias in lost:
            del self._aliases[alias]
        for gone in (address, *lost):
            (self._hearing.lost if connection.stood else self._hearing.unreachable)(gone)

    def arrived(self, address: Address, tls: ssl.SSLContext | None) -> Connection | str:
        """The connection for somebody who connects, or why there is none for them."""
        host = address.host
        if not self._welcome(host, tls is not None):
            return "unknown-network"
        if self._sources[host] >= self._limits.per_source:
            return "per-source"
        if sum(self._sources.values()) >= self._limits.total:
            return "full"
        self._sources[host] += 1
        pipe = None if tls is None else TlsPipe(tls, None, server_side=True)
        return self._keep(Connection(self, address, pipe, self._now(), opened=False))

    def _keep(self, connection: Connection) -> Connection:
        self._connections[connection.address] = connection
        metrics.SIP_CONNECTIONS.labels(connection.address.transport).inc()
        return connection

    def _standing(self, to: Address) -> Connection | None:
        found = self._connections.get(to)
        return found if found is not None else self._connections.get(self._aliases.get(to, to))

    def _dial(self, to: Address) -> Connection | None:
        peer = self._peer(to) if to.transport == "tls" else None
        if to.transport not in self._homes or (to.transport == "tls" and peer is None):
            return None
        pipe = TlsPipe(peer.context, peer.name, server_side=False) if peer is not None else None
        connection = self._keep(Connection(self, to, pipe, self._now(), opened=True))
        dial = asyncio.get_running_loop().create_task(self._connect(connection))
        self._dials.add(dial)
        dial.add_done_callback(self._dials.discard)
        return connection

    async def _connect(self, connection: Connection) -> None:
        host, port, transport, _ = connection.address
        home = self._homes[transport]
        local = None if home in {"0.0.0.0", "::"} else (home, 0)  # noqa: S104  compared, not bound
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.create_connection(lambda: connection, host, port, local_addr=local)
        except (OSError, TimeoutError) as error:
            self.ended(connection, "unreachable", type(error).__name__)

    def _look(self) -> None:
        now, idle = self._now(), self._limits.idle_seconds
        for connection in list(self._connections.values()):
            connection.look(now, idle)
        self._looking = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class _Arrival(asyncio.Protocol):
    """Somebody connects: from the first moment on their connection takes over, or there is none."""

    def __init__(self, house: SipStreams, listen: Listen) -> None:
        self._house, self._listen = house, listen

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Who is it, and may they."""
        stream = cast(asyncio.Transport, transport)
        peer = stream.get_extra_info("peername")
        if not peer:  # gone before we looked
            stream.abort()
            return
        address = Address(peer[0], peer[1], self._listen.address.transport, flow=True)
        found = self._house.arrived(address, self._listen.tls)
        if isinstance(found, str):
            metrics.SIP_CONNECTIONS_ENDED.labels(found).inc()
            stream.abort()
            return
        stream.set_protocol(found)
        found.connection_made(stream)

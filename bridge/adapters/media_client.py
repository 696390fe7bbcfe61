"""Control's end of the media process: plans out, events in (a Unix socket, asyncio); beside it the taps.

Strategy: plans are declarative, so this remembers the present one of every call and, whenever a connection
is made, sends them all: a media process that was restarted is brought up to date, one that was not is told
nothing new. Ports come ahead of need, so that taking one never waits. Nothing blocks and nothing grows
without end: a media process that stops reading loses its connection. Knows nothing of calls or SIP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, get_args

import structlog

from bridge.adapters import metrics
from bridge.adapters.media_taps import TapSocket
from bridge.errors import Overload
from bridge.media.emodel import quality
from bridge.media.plan import CallPlan, LegStats, MediaEvent, Ports
from bridge.media.plan_lines import decode_event, encode_plan

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT = 10.0
"""Seconds `start` waits for the media process: it loads its sounds and binds its ports in one."""
HANG_UP = 1.0
"""Seconds for the last plans to go out before a connection is cut."""
RETRY = 0.1
"""Seconds between two attempts to connect: voice goes on without us, new calls do not."""
MAX_BUFFER = 4 * 1024 * 1024
"""Octets of plans not yet read by the media process: thousands of plans; then it is not alive."""
MAX_LINE = 1024 * 1024
"""Octets of one event; the longest is the first offer of ports."""
MAX_ENDED = 10_000
"""Ends of calls remembered while there is no connection."""

# Looked up once: a label costs more than the counting.
_EVENTS: Final = {kind: metrics.MEDIA_EVENTS.labels(kind.__name__) for kind in get_args(MediaEvent)}
_MOS_IN, _MOS_OUT = metrics.RTP_MOS.labels("in"), metrics.RTP_MOS.labels("out")
_PACKETS: Final = {
    field: metrics.RTP_PACKETS.labels(field.removeprefix("packets_"))
    for field in ("packets_in", "packets_out", "lost", "refused")
}


class MediaClient:
    """One media process. `on_event` gets every event but `Ports`; `on_tap` gets leg, CLOCK_MONOTONIC of the
    first sample, s16le at 8 kHz. Both are called on the event loop and must not block."""

    def __init__(
        self,
        socket_path: Path,
        tap_path: Path,
        *,
        on_event: Callable[[MediaEvent], None],
        on_tap: Callable[[str, float, bytes], None],
    ) -> None:
        self._socket_path, self._on_event = socket_path, on_event
        self._taps = TapSocket(tap_path, on_tap)
        self._plans: dict[str, CallPlan] = {}
        self._ended: dict[str, None] = {}
        self._free: dict[int, None] = {}
        self._offered: set[int] = set()
        self._taken: set[int] = set()
        self._user: dict[int, str] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Binds the tap socket, connects and waits for ports. Raises Overload when no media process
        answers."""
        self._taps.open()
        self._task = asyncio.create_task(self._stay_connected(), name="media client")
        try:
            await asyncio.wait_for(self._ready.wait(), CONNECT_TIMEOUT)
        except TimeoutError:
            await self.stop()
            raise Overload(f"no media process at {self._socket_path}") from None

    async def stop(self) -> None:
        """Disconnects; the media process goes on with what it was told."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._taps.close()

    @property
    def up(self) -> bool:
        """Whether the media process is there."""
        return self._writer is not None

    def take_port(self) -> int:
        """A bound RTP port for a new leg (RTCP is the next). Raises Overload when none is on offer."""
        if not self._free:
            raise Overload("no media port free")
        port = next(iter(self._free))
        del self._free[port]
        self._taken.add(port)
        metrics.MEDIA_PORTS_FREE.set(len(self._free))
        return port

    def give_back(self, port: int) -> None:
        """A port that was taken and is in no plan."""
        self._taken.discard(port)
        if port in self._offered:
            self._free[port] = None
        metrics.MEDIA_PORTS_FREE.set(len(self._free))

    def apply(self, plan: CallPlan) -> None:
        """Carries out a plan as soon as the media process can; in order; never waits."""
        before = self._plans.pop(plan.call, CallPlan(plan.call))
        ports = {leg.port for leg in plan.legs}
        for leg in before.legs:
            # A leg that went over to another call is that one's.
            if leg.port not in ports and self._user.get(leg.port) == plan.call:
                self._taken.discard(leg.port)
                del self._user[leg.port]
        self._taken |= ports
        self._user.update(dict.fromkeys(ports, plan.call))
        self._offered -= ports  # closing the leg closes the port; it is then offered anew, or another one is
        if plan.legs:
            self._plans[plan.call] = plan
        self._send(plan)

    def _send(self, plan: CallPlan) -> None:
        if self._writer is None or self._writer.is_closing():
            if not plan.legs and len(self._ended) < MAX_ENDED:
                self._ended[plan.call] = None
            return
        self._writer.write(encode_plan(plan))
        if self._writer.transport.get_write_buffer_size() > MAX_BUFFER:
            log.error("media process does not read", buffered=MAX_BUFFER)
            self._writer.transport.abort()
            self._writer = None

    async def _stay_connected(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(self._socket_path), limit=MAX_LINE)
            except OSError:
                await asyncio.sleep(RETRY)
                continue
            try:
                await self._serve(reader, writer)
            finally:
                self._disconnected()
                await _hang_up(writer)
            await asyncio.sleep(RETRY)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: everything we know out, then events in until it ends."""
        metrics.MEDIA_CONNECTS.inc()
        log.info("media process connected", calls=len(self._plans))
        self._writer = writer
        ended, self._ended = self._ended, {}
        for call in ended:
            self._send(CallPlan(call))
        for plan in list(self._plans.values()):
            self._send(plan)
        with suppress(OSError, ValueError):  # ValueError: a line longer than MAX_LINE
            while line := await reader.readline():
                self._receive(line)

    def _disconnected(self) -> None:
        """What it offered is void; the next connection offers again."""
        self._writer = None
        self._free.clear()
        self._offered.clear()
        metrics.MEDIA_PORTS_FREE.set(0)
        if self._task is not None:  # not by our own `stop`
            log.warning("media process disconnected")

    def _receive(self, line: bytes) -> None:
        try:
            event = decode_event(line)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            metrics.MEDIA_EVENTS.labels("malformed").inc()
            log.warning("event of the media process refused", error=repr(error)[:200])
            return
        _EVENTS[type(event)].inc()
        if isinstance(event, Ports):
            self._offer(event.ports)
            return
        if isinstance(event, LegStats):
            _count(event)
        try:
            self._on_event(event)
        except Exception:  # one call's trouble must not cut every call off from its media
            log.exception("media event not handled", kind=type(event).__name__)

    def _offer(self, ports: tuple[int, ...]) -> None:
        self._offered.update(ports)
        self._free.update(dict.fromkeys(port for port in ports if port not in self._taken))
        metrics.MEDIA_PORTS_FREE.set(len(self._free))
        self._ready.set()


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Closes a connection after the last plans have gone out, or without them when nobody reads."""
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(HANG_UP):
            await writer.wait_closed()
    writer.transport.abort()


def _count(stats: LegStats) -> None:
    for field, counter in _PACKETS.items():
        counter.inc(getattr(stats, field))
    metrics.RTP_LONGEST_GAP.observe(stats.longest_gap_ms / 1000)
    if stats.packets_in:
        loss = (stats.lost + stats.discarded) / (stats.packets_in + stats.lost)
        _MOS_IN.observe(quality(loss, stats.jitter_ms, stats.rtt_ms))
        metrics.RTP_JITTER.observe(stats.jitter_ms / 1000)
    if stats.remote_lost is not None:
        _MOS_OUT.observe(quality(stats.remote_lost, stats.remote_jitter_ms or 0.0, stats.rtt_ms))

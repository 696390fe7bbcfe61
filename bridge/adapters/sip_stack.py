"""Drives a user agent: datagrams and timers in, `Send`s out to the socket, events to whoever decides.

Knows the loop's clock and the order of things; decides nothing. An exception in the decider costs one event,
never the process: it is logged with its trace, counted, and the next event is handed on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from bridge.adapters import metrics
from bridge.adapters.sip_streams import Hearing, SipStreams
from bridge.adapters.sip_udp import SipUdp
from bridge.errors import BridgeError
from bridge.sip.events import Event, Output
from bridge.sip.message import Address
from bridge.sip.orders import Reuse, Send
from bridge.sip.trace import Trace
from bridge.sip.useragent import UserAgent

MIN_WAIT: Final = 0.001
"""Seconds: uvloop's timers tick in milliseconds and ring up to half of one early."""

log = structlog.get_logger(__name__)


class SipStack:
    """make_agent is called by `start` with the addresses bound, UDP's first; on_event hears everything
    but `Send`, in order. make_streams: what builds the connections of TCP and TLS; None: only UDP is spoken.
    trace: keeps every message; None: nobody does.

    Commands: `stack.run(lambda agent, now: agent.accept(leg, body, now))`, also from within on_event.
    """

    def __init__(
        self,
        bind: Address,
        make_agent: Callable[..., UserAgent],
        on_event: Callable[[Event], None],
        make_streams: Callable[[Hearing], SipStreams] | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._make_agent, self._on_event, self._trace = make_agent, on_event, trace
        self._udp = SipUdp(bind, self._datagram, self._unreachable)
        hearing = Hearing(self._message, self._unreachable, self._lost)
        self._streams = make_streams(hearing) if make_streams is not None else SipStreams((), hearing)
        self._agent: UserAgent | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = float("inf")
        self._events: deque[Event] = deque()
        self._telling = False

    async def start(self) -> Address:
        """Bind the sockets and make the agent; UDP's address. Raises OSError for UDP's,
        AdministratorError for others."""
        self._loop = asyncio.get_running_loop()
        bound = await self._udp.start()
        try:
            others = await self._streams.start()
        except BridgeError:
            await self._udp.stop()
            raise
        self._agent = self._make_agent(bound, *others)
        if self._trace is not None:
            self._agent.on_leg(self._trace.name)
        for each in (bound, *others):
            log.info("sip.listening", host=each.host, port=each.port, transport=each.transport)
        return bound

    def backlog(self) -> int:
        """Turns of the loop in a row, up to now, that left datagrams unread."""
        return self._udp.behind

    def proven(self, source: Address) -> frozenset[str]:
        """The names that the certificate of a TLS connection proved."""
        return self._streams.names(source)

    async def stop(self) -> None:
        """No more datagrams, no more timers; calls are not ended by it. Harmless when repeated."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, float("inf")
        await self._streams.stop()
        await self._udp.stop()

    @property
    def agent(self) -> UserAgent:
        """The user agent, from `start` on; to look at. Commands go through `run`."""
        if self._agent is None:
            raise RuntimeError("the SIP stack is not started")
        return self._agent

    def now(self) -> float:
        """The agent's time: the loop's, monotonic seconds."""
        return self._running().time()

    def run(self, command: Callable[[UserAgent, float], list[Output]]) -> None:
        """Do something with the agent now; what comes of it is sent at once, and told after the present
        event."""
        self._carry(command(self.agent, self.now()))

    def soon(self, then: Callable[[], None]) -> None:
        """Call back after the present event, in the next turn of the loop."""
        self._running().call_soon(self._guarded, then)

    def _carry(self, outputs: list[Output]) -> None:
        """Send, set the clock for what comes next, then tell. A command within on_event sends at once, but
        its events wait their turn: on_event is never entered twice."""
        now = self.now() if outputs and self._trace is not None else 0.0
        for output in outputs:
            if isinstance(output, Send):
                if self._trace is not None:
                    self._trace.note(now, output.to, output.data, out=True)
                if output.to.transport == "udp":
                    self._udp.send(output.data, output.to)
                else:
                    self._streams.send(output.data, output.to, output.spare)
            elif isinstance(output, Reuse):
                self._streams.reuse(output.to, output.alias)
            else:
                self._events.append(output)
        self._arm()
        if not self._telling:
            self._telling = True
            while self._events:
                self._tell(self._events.popleft())
            self._telling = False

    def _tell(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            _failed(type(event).__name__, getattr(event, "leg", None))

    def _guarded(self, then: Callable[[], None]) -> None:
        try:
            then()
        except Exception:
            _failed("soon", None)

    def _datagram(self, data: bytes, source: Address) -> None:
        metrics.SIP_DATAGRAMS.inc()
        self._message(data, source)

    def _message(self, data: bytes, source: Address) -> None:
        now = self.now()
        if self._trace is not None:
            self._trace.note(now, source, data, out=False)
        self._carry(self.agent.receive(data, source, now))

    def _lost(self, to: Address) -> None:
        self._carry(self.agent.connection_lost(to, self.now()))

    def _unreachable(self, to: Address) -> None:
        metrics.SIP_UNREACHABLE.inc()
        self._carry(self.agent.transport_error(to, self.now()))

    def _ring(self) -> None:
        self._timer, self._due = None, float("inf")
        self._carry(self.agent.on_timer(self.now()))

    def _arm(self) -> None:
        """Ring at the next timer. One that is set for earlier is left: it will set the next."""
        due = self.agent.next_timer()
        if due is None or due >= self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        loop = self._running()
        self._due = due
        self._timer = loop.call_at(max(due, loop.time() + MIN_WAIT), self._ring)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the SIP stack is not started")
        return self._loop


def _failed(kind: str, leg: str | None) -> None:
    """To be called while the exception is handled."""
    metrics.SIP_EVENT_FAILURES.labels(kind).inc()
    log.exception("sip.event_failed", kind=kind, leg=leg)

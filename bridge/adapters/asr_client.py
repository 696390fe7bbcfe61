"""The ears' nerve: one WebSocket per leg to a vosk-server (ours, or a farm of stock ones).

Speaks the stock protocol in its own step: one message of voice, one answer, the next message. So never more
than 0.4 s is on its way, a slow server is noticed by what waits here, and nothing between us and it can hide
a backlog. A server that is dead, slow or talks nonsense costs captions and nothing else: `feed` never waits,
the leg's state says "pending", and the one task of each leg tries again. The books are `asr_stream`'s; here
are only socket and time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final, Literal

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from asr.errors import ProtocolError
from asr.words import EOF_MESSAGE, Speech, config_message, parse_speech
from bridge.adapters import metrics
from bridge.adapters.asr_stream import AsrStream, Piece
from bridge.clock import Clock

State = Literal["up", "pending", "done"]

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0
"""A server that takes longer for 0.4 s of voice is stuck or hopelessly late: another connection may reach a
better."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
"""Between two tries, doubling, ±25 %, so that all legs do not knock at once on a server that comes back."""
PATIENCE: Final = 10.0
"""Seconds after `close` for which a leg still tries to get its last words recognised."""
LATE: Final = 4.0
CAUGHT_UP: Final = 2.0
"""Captions this many seconds behind the voice are "pending"; below the second figure they are "up" again."""
LARGEST_ANSWER: Final = 2**20
"""Bytes; a 20 s utterance with word times is some 10 kB."""

_TROUBLE: Final = (OSError, TimeoutError, WebSocketException, ProtocolError)

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Leg:
    """A leg's stream, its task, and what wakes it."""

    name: str
    stream: AsrStream
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closed_at: float | None = None
    state: State | None = None
    pause: float = FIRST_PAUSE
    task: asyncio.Task[None] | None = None


class AsrClient:
    """The control process's ears. All methods are called on the event loop's thread.

    on_speech(leg, speech, t0): t0 + word.start is CLOCK_MONOTONIC seconds; t0 is the same for all of a leg's
    speech. on_state(leg, state): "up" (captions come), "pending" (voice waits or is lost), "done" (after
    `close`, last).
    """

    def __init__(
        self,
        url: str,
        *,
        sample_rate: int = 8000,
        on_speech: Callable[[str, Speech, float], None],
        on_state: Callable[[str, State], None],
        clock: Clock,
    ) -> None:
        if sample_rate not in (8000, 16_000):
            raise ValueError(f"sample_rate must be 8000 or 16000, not {sample_rate}")
        self._url, self._rate = url, sample_rate
        self._on_speech, self._on_state = on_speech, on_state
        self._clock = clock
        self._legs: dict[str, _Leg] = {}
        self._running = False

    async def start(self) -> None:
        """Begins to serve the legs, also those opened before."""
        self._running = True
        for leg in self._legs.values():
            self._launch(leg)

    async def stop(self) -> None:
        """Ends every leg's task and waits for it; what was not recognised stays so. Harmless twice."""
        self._running = False
        tasks = [leg.task for leg in self._legs.values() if leg.task]
        self._legs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def open(self, leg: str) -> None:
        """Starts a stream for this leg; harmless if it is open. A leg still closing stays open instead."""
        known = self._legs.get(leg)
        if known is None:
            known = self._legs[leg] = _Leg(leg, AsrStream(self._rate))
            if self._running:
                self._launch(known)
        known.closed_at = None

    def feed(self, leg: str, at: float, pcm: bytes) -> None:
        """Voice of an open leg: s16le, 8 kHz, mono; `at`: CLOCK_MONOTONIC seconds of its first sample.

        Never waits; keeps 10 s, then drops the oldest and counts it, as it does all voice of a leg not open.
        """
        known = self._legs.get(leg)
        if known is None or known.closed_at is not None:
            metrics.ASR_DROPPED.labels("closed").inc(len(pcm) / 2 / 8000)
            return
        metrics.ASR_DROPPED.labels("full").inc(known.stream.feed(Piece(at, pcm)))
        known.wake.set()

    def close(self, leg: str) -> None:
        """No more voice for this leg; its last final still comes, then on_state(leg, "done"). Harmless
        twice."""
        known = self._legs.get(leg)
        if known is not None and known.closed_at is None:
            known.closed_at = self._clock.monotonic()
            known.wake.set()

    # --- one leg's task -------------------------------------------------------------------------------------

    def _launch(self, leg: _Leg) -> None:
        if leg.task is None:
            leg.task = asyncio.create_task(self._run(leg), name=f"asr {leg.name}")

    async def _run(self, leg: _Leg) -> None:
        """Conversation after conversation, until the leg is closed and everything is said."""
        with metrics.ASR_STREAMS.track_inprogress():
            while not self._over(leg):
                try:
                    async with self._connection() as socket:
                        await self._converse(leg, socket)
                except Exception as error:  # whatever it is, this leg's captions must come back
                    self._trouble(leg, error)
                    await asyncio.sleep(leg.pause * SystemRandom().uniform(0.75, 1.25))
                    leg.pause = min(2 * leg.pause, LONGEST_PAUSE)
            self._give_up(leg)
            self._legs.pop(leg.name, None)
            self._turn(leg, "done")

    def _connection(self) -> connect:
        return connect(
            self._url,
            proxy=None,
            compression=None,
            open_timeout=CONNECT_SECONDS,
            close_timeout=1.0,
            max_size=LARGEST_ANSWER,
        )

    def _over(self, leg: _Leg) -> bool:
        if leg.closed_at is None:
            return False
        return leg.stream.idle or self._clock.monotonic() - leg.closed_at > PATIENCE

    async def _converse(self, leg: _Leg, socket: ClientConnection) -> None:
        """One connection, until the leg is closed and its last final is here."""
        leg.stream.connected()
        await socket.send(config_message(self._rate))
        if leg.state is None:
            self._turn(leg, "up")
        while True:
            leg.wake.clear()
            closing = leg.closed_at is not None
            if pcm := leg.stream.take(rest=closing):
                await self._exchange(leg, socket, pcm)
            elif closing:
                await self._exchange(leg, socket, EOF_MESSAGE)
                return
            else:
                await leg.wake.wait()

    async def _exchange(self, leg: _Leg, socket: ClientConnection, message: str | bytes) -> None:
        """One message and its answer."""
        began = self._clock.monotonic()
        async with asyncio.timeout(ANSWER_SECONDS):
            await socket.send(message)
            answer = await socket.recv()
        now = self._clock.monotonic()
        metrics.ASR_ANSWER.observe(now - began)
        if isinstance(answer, bytes):
            raise ProtocolError("the recogniser sent a binary message")
        self._tell(leg, leg.stream.answered(parse_speech(answer)))
        if isinstance(message, bytes):
            self._judge(leg, now - leg.stream.heard)

    def _judge(self, leg: _Leg, behind: float) -> None:
        """Up or pending, by how far the captions are behind the voice; between the two limits as it was."""
        if leg.stream.settled:
            leg.pause = FIRST_PAUSE
        if behind > LATE:
            self._turn(leg, "pending")
        elif behind < CAUGHT_UP:
            self._turn(leg, "up")

    # --- what is told ---------------------------------------------------------------------------------------

    def _tell(self, leg: _Leg, speech: Speech | None) -> None:
        if speech is None:
            return
        if speech.kind == "final":
            metrics.ASR_FINALS.inc()
        try:
            self._on_speech(leg.name, speech, leg.stream.begin or 0.0)
        except Exception:  # a listener's fault must not cost the rest of the transcript
            log.exception("asr listener failed", leg=leg.name)

    def _turn(self, leg: _Leg, state: State) -> None:
        """The one door for a leg's state."""
        if state == leg.state:
            return
        log.info("asr leg", leg=leg.name, change=f"{leg.state} -> {state}")
        leg.state = state
        try:
            self._on_state(leg.name, state)
        except Exception:
            log.exception("asr listener failed", leg=leg.name)

    def _trouble(self, leg: _Leg, error: Exception) -> None:
        """The connection is gone or never came."""
        fault = not isinstance(error, _TROUBLE)
        log.warning(
            "x asr connection", leg=leg.name, error=type(error).__name__, retry_s=leg.pause, exc_info=fault
        )
        metrics.ASR_TROUBLE.labels(type(error).__name__).inc()
        kept, dropped = leg.stream.lost()
        metrics.ASR_DROPPED.labels("lost").inc(dropped)
        self._tell(leg, kept)
        self._turn(leg, "pending")

    def _give_up(self, leg: _Leg) -> None:
        """What no server heard, after all patience; nothing in the normal case."""
        kept, dropped = leg.stream.give_up()
        metrics.ASR_DROPPED.labels("unheard").inc(dropped)
        self._tell(leg, kept)

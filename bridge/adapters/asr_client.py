"""The ears' nerve: one stream per leg to one of the recognisers (ours, or a farm of stock vosk-servers).

Speaks the stock protocol in its own step: one message of voice, one answer, the next message. So never more
than 0.4 s is on its way, a slow server is noticed by what waits here, and nothing between us and it can hide
a backlog. A server that is dead, slow or talks nonsense costs captions and nothing else: `feed` never waits,
the one task of each leg goes on at another server at once, or tries again after a pause, and says the voice
since the last final once more there. What no server heard in time is told (`on_missed`): the recording may
have it. The books are `asr_stream`'s and `asr_farm`'s, the connection `asr_line`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final, Literal

import structlog

from asr.words import Speech
from bridge.adapters import metrics
from bridge.adapters.asr_farm import Server
from bridge.adapters.asr_line import TROUBLE, Line, Lines
from bridge.adapters.asr_said import Said
from bridge.adapters.asr_stream import AsrStream, Piece, Span
from bridge.clock import Clock

State = Literal["up", "pending", "done"]

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
"""Between two tries, doubling, ±25 %, so that all legs do not knock at once on a server that comes back."""
PATIENCE: Final = 10.0
"""Seconds after `close` for which a leg still tries to get its last words recognised."""
TAIL = 0.2
"""Seconds after `close` for which a leg's voice is still taken: its last words leave the media process when
it is told of the end, after us."""
LATE: Final = 4.0
CAUGHT_UP: Final = 2.0
"""Captions this many seconds behind the voice are "pending"; below the second figure they are "up" again."""

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Leg:
    """A leg's stream, its task, and what wakes it. server: the one it is with or was last; hops: how often it
    went on elsewhere without an answer."""

    name: str
    stream: AsrStream
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closed_at: float | None = None
    state: State | None = None
    pause: float = FIRST_PAUSE
    server: Server | None = None
    hops: int = 0
    task: asyncio.Task[None] | None = None


class AsrClient:
    """The control process's ears. All methods are called on the event loop's thread.

    on_speech(leg, speech, t0): t0 + word.start is CLOCK_MONOTONIC seconds; t0 is the same for all of a leg's
    speech. on_state(leg, state): "up" (captions come), "pending" (voice waits or is lost), "done" (after
    `close`, last). on_missed(leg, from, to): CLOCK_MONOTONIC seconds of voice that no server heard.
    """

    def __init__(
        self,
        lines: Lines,
        *,
        on_speech: Callable[[str, Speech, float], None],
        on_state: Callable[[str, State], None],
        on_missed: Callable[[str, float, float], None],
        clock: Clock,
    ) -> None:
        if lines.rate not in (8000, 16_000):
            raise ValueError(f"the rate must be 8000 or 16000, not {lines.rate}")
        self._lines = lines
        self._on_speech, self._on_state, self._on_missed = on_speech, on_state, on_missed
        self._clock = clock
        self._legs: dict[str, _Leg] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._running = False

    async def start(self) -> None:
        """Begins to serve the legs, also those opened before."""
        self._running = True
        for leg in self._legs.values():
            self._launch(leg)

    async def stop(self) -> None:
        """Ends every leg's task and waits for it; what was not recognised stays so. Harmless twice."""
        self._running = False
        tasks = [*self._leaving, *(leg.task for leg in self._legs.values() if leg.task)]
        self._legs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def open(self, leg: str) -> None:
        """Starts a stream for this leg; harmless if it is open. A leg still closing stays open instead."""
        known = self._legs.get(leg)
        if known is None:
            known = self._legs[leg] = _Leg(leg, AsrStream(self._lines.rate))
            if self._running:
                self._launch(known)
        known.closed_at = None

    def feed(self, leg: str, at: float, pcm: bytes) -> None:
        """Voice of an open leg: s16le, 8 kHz, mono; `at`: CLOCK_MONOTONIC seconds of its first sample.

        Never waits; keeps 10 s, then the oldest is missed. Voice of a leg not open is dropped and counted.
        """
        known = self._legs.get(leg)
        if known is None or (
            known.closed_at is not None and self._clock.monotonic() > known.closed_at + TAIL
        ):
            metrics.ASR_DROPPED.labels("closed").inc(len(pcm) / 2 / 8000)
            return
        if gone := known.stream.feed(Piece(at, pcm)):
            self._missed(known, "full", gone)
        known.wake.set()

    def close(self, leg: str) -> None:
        """No more voice for this leg; its last final still comes, then on_state(leg, "done"). Harmless
        twice."""
        known = self._legs.get(leg)
        if known is not None and known.closed_at is None:
            known.closed_at = self._clock.monotonic()
            known.wake.set()

    def abandon(self, leg: str) -> None:
        """No more patience with this leg: what was not recognised is told as missed, then it is done, all
        before this returns. Harmless on a leg that is gone."""
        known = self._legs.get(leg)
        if known is not None:
            if known.task is not None:
                known.task.cancel()
                self._leaving.add(known.task)
                known.task.add_done_callback(self._leaving.discard)
            self._end(known)

    @property
    def calm(self) -> bool:
        """Whether the captions of every call keep up, so that there is time for other work."""
        return not any(leg.state == "pending" for leg in self._legs.values())

    def server_of(self, leg: str) -> Server | None:
        """Who hears that leg, or heard it last; None for a leg that is not open."""
        known = self._legs.get(leg)
        return known.server if known is not None else None

    def just_said(self, leg: str) -> Said | None:
        """The voice of the final that on_speech is being told of; None at any other time, it is not kept."""
        known = self._legs.get(leg)
        return Said(known.stream.final) if known is not None and known.stream.final else None

    # --- one leg's task -------------------------------------------------------------------------------------

    def _launch(self, leg: _Leg) -> None:
        if leg.task is None:
            leg.task = asyncio.create_task(self._run(leg), name=f"asr {leg.name}")

    async def _run(self, leg: _Leg) -> None:
        """Conversation after conversation, until the leg is closed and everything is said."""
        with metrics.ASR_STREAMS.track_inprogress():
            while not self._over(leg):
                leg.server = server = self._lines.choose(leg.server if leg.hops else None)
                try:
                    async with self._lines.line(server) as line:
                        await self._converse(leg, line)
                except Exception as error:  # whatever it is, this leg's captions must come back
                    await self._again(leg, server, error)
        self._end(leg)

    async def _again(self, leg: _Leg, server: Server, error: Exception) -> None:
        """The connection is gone or never came: elsewhere at once, if there is a server not tried yet, else
        after a pause."""
        leg.hops += 1
        farm = self._lines.farm
        at_once = leg.hops < len(farm.servers) and farm.elsewhere(self._clock.monotonic(), server)
        self._trouble(leg, server, error, 0.0 if at_once else leg.pause)
        if not at_once:
            self._turn(leg, "pending")
            await asyncio.sleep(leg.pause * SystemRandom().uniform(0.75, 1.25))
            leg.pause = min(2 * leg.pause, LONGEST_PAUSE)

    def _over(self, leg: _Leg) -> bool:
        if leg.closed_at is None:
            return False
        return leg.stream.idle or self._clock.monotonic() - leg.closed_at > PATIENCE

    async def _converse(self, leg: _Leg, line: Line) -> None:
        """One connection, until the leg is closed and its last final is here."""
        leg.stream.connected()
        if leg.state is None:
            self._turn(leg, "up")
        while True:
            leg.wake.clear()
            closing = leg.closed_at is not None
            if pcm := leg.stream.take(rest=closing):
                self._heard(leg, await line.say(pcm))
                self._judge(leg, self._clock.monotonic() - leg.stream.heard)
            elif not closing:
                await leg.wake.wait()
            elif not await self._more(leg):
                self._heard(leg, await line.end())
                return

    async def _more(self, leg: _Leg) -> bool:
        """Whether a leg that was closed still says something, or is open again."""
        try:
            async with asyncio.timeout(TAIL):
                await leg.wake.wait()
        except TimeoutError:
            return False
        return True

    def _heard(self, leg: _Leg, speech: Speech) -> None:
        leg.hops = 0
        self._tell(leg, leg.stream.answered(speech))

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
        if speech is not None:
            if speech.kind == "final":
                metrics.ASR_FINALS.inc()
            _safely(leg, self._on_speech, speech, leg.stream.begin or 0.0)
        leg.stream.final = ()

    def _turn(self, leg: _Leg, state: State) -> None:
        """The one door for a leg's state."""
        if state != leg.state:
            log.info("asr leg", leg=leg.name, change=f"{leg.state} -> {state}")
            leg.state = state
            _safely(leg, self._on_state, state)

    def _missed(self, leg: _Leg, why: str, gone: list[Span]) -> None:
        for since, until in gone:
            metrics.ASR_DROPPED.labels(why).inc(until - since)
            _safely(leg, self._on_missed, since, until)

    def _trouble(self, leg: _Leg, server: Server, error: Exception, pause: float) -> None:
        log.warning(
            "x asr connection", leg=leg.name, url=server.url, error=type(error).__name__, retry_s=pause,
            exc_info=not isinstance(error, TROUBLE),
        )  # fmt: skip
        kept, gone = leg.stream.lost()
        self._tell(leg, kept)
        self._missed(leg, "lost", gone)

    def _end(self, leg: _Leg) -> None:
        """What no server heard, after all patience, is missed: nothing in the normal case."""
        if self._legs.pop(leg.name, None) is leg:
            kept, gone = leg.stream.give_up()
            self._tell(leg, kept)
            self._missed(leg, "unheard", gone)
            self._turn(leg, "done")


def _safely(leg: _Leg, listener: Callable[..., None], *what: object) -> None:
    """A listener's fault must not cost the rest of the transcript."""
    try:
        listener(leg.name, *what)
    except Exception:
        log.exception("asr listener failed", leg=leg.name)

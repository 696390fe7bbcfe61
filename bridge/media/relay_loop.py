"""The loop of the media process: one epoll, voice first, then everything else in small portions.

Strategy: each turn relays the whole ready batch, then does what the batch left over (keys, taps, mixes),
then the 5 ms slots that are due, then control's sockets and a few plans. A slot that comes late is made
good; after a longer stand still the clock leaps, and every timed stream leaps with it.
"""

from __future__ import annotations

import gc
import select
import time
from pathlib import Path

import structlog

from bridge.media import relay_mix, relay_taps
from bridge.media.plan import Dtmf, FirstPacket
from bridge.media.relay_calls import Calls
from bridge.media.relay_control import Control
from bridge.media.relay_leg import Leg
from bridge.media.relay_mix import Mixer
from bridge.media.relay_ports import PortPool
from bridge.media.relay_sounds import Sounds
from bridge.media.relay_taps import Taps
from bridge.media.relay_voice import Voice

log = structlog.get_logger(__name__)

SLOT = 0.005
"""Seconds. Four make a frame (`relay_mix.GROUPS`), twenty a tap's chunk (`relay_taps.GROUPS`)."""
HOUSEKEEPING = 20
"""Slots between two looks at spare ports and lost key ends: 100 ms; also the longest sleep of an idle
process."""
WATCH = 200
"""Slots between two looks for silent legs: 1 s."""
SWEEP = 12_000
"""Slots between two garbage collections, 60 s: the collector is off, and little can become garbage in
circles."""
CATCH_UP = 40
"""Slots made good after a delay (200 ms); beyond that listeners have given up waiting anyway."""
BATCH = 512
ROUNDS = 32
"""Batches of piled-up voice served before control is heard all the same: 0.6 s of every leg."""


class Loop:
    """The media process. `run` returns after `stop` was called (from a signal handler)."""

    def __init__(
        self,
        socket_path: Path,
        tap_path: Path | None,
        strip_path: Path | None,
        pool: PortPool,
        sounds: Sounds,
        *,
        dead_after: float,
    ) -> None:
        self._epoll = select.epoll()
        self._pool = pool
        self._voice = Voice(self._key, self._first)
        self._mixer = Mixer(self._voice)
        self._taps = Taps(self._epoll, tap_path, strip_path)
        self._control = Control(self._epoll, socket_path, self._connected)
        self._calls = Calls(
            self._epoll,
            pool,
            voice=self._voice,
            mixer=self._mixer,
            taps=self._taps,
            sounds=sounds.get,
            tell=self._control.tell,
            dead_after=dead_after,
        )
        self._began = time.monotonic()
        self._slot = 0
        self._next = self._began
        self._stopping = False
        self._reported = (0, 0, 0, 0)

    def stop(self) -> None:
        """Ends `run` within 100 ms."""
        self._stopping = True

    def run(self) -> None:
        """Serves until stopped. An error nobody foresaw costs one packet or one plan, never the other
        calls."""
        while not self._stopping:
            try:
                self._serve()
            except Exception:
                log.exception("media loop goes on after an error", legs=self._calls.legs)

    def _serve(self) -> None:
        """The loop itself: locals only, because it turns ten thousand times a second."""
        monotonic, poll, voice, control = time.monotonic, self._epoll.poll, self._voice, self._control
        serve = voice.serve
        patience = 0.0
        while not self._stopping:
            ready = poll(patience, BATCH)
            now = monotonic()
            serve(ready, now)
            if voice.noted:
                voice.after()
            if now >= self._next:
                self._tick(now)
            if control.busy or voice.others:
                self._others(now)
            patience = 0.0 if control.pending or now >= self._next else self._next - now

    def _others(self, now: float) -> None:
        """Everything but voice and the clock."""
        self._voice_first()
        self._serve_others(now)
        for plan in self._control.take():
            self._calls.apply(plan, now)
        self._control.flush()
        self._next = self._next_due()

    def close(self) -> None:
        """Closes every socket."""
        self._calls.close()
        self._taps.close()
        self._control.close()
        self._pool.close()
        self._epoll.close()

    def _next_due(self) -> float:
        """When the clock has something to do: at the next slot, or at housekeeping where no leg has one."""
        clocked = len(self._mixer) or len(self._taps)
        slot = self._slot + 1 if clocked else (self._slot // HOUSEKEEPING + 1) * HOUSEKEEPING
        return self._began + slot * SLOT

    def _tick(self, now: float) -> None:
        """Every slot whose time has come."""
        due = int((now - self._began) / SLOT)
        behind = due - self._slot - CATCH_UP
        if behind > 0:  # whole chunks, so that every group keeps its place
            leap = -(-behind // relay_taps.GROUPS) * relay_taps.GROUPS
            self._slot += leap
            self._mixer.skip(leap // relay_mix.GROUPS)
        while self._slot < due:
            self._slot += 1
            self._turn(self._slot, now)
        self._next = self._next_due()

    def _turn(self, slot: int, now: float) -> None:
        ended = self._mixer.turn(slot % relay_mix.GROUPS, now)
        if ended:
            self._calls.sounds_ended(ended)
        self._taps.turn(slot % relay_taps.GROUPS, now)
        if slot % HOUSEKEEPING == 0:
            self._calls.offer()
            self._calls.lapse_keys(self._key, now)
            self._calls.reports.turn(now)
        if slot % WATCH == 0:
            self._calls.watch(now)
            self._report()
        if slot % SWEEP == 0:
            gc.collect()

    def _voice_first(self) -> None:
        """Before control has its turn: voice that piled up meanwhile (a batch takes one packet of each
        leg)."""
        for _ in range(ROUNDS):
            ready = self._epoll.poll(0, BATCH)
            if all(fd in self._voice.others for fd, _ in ready):
                return
            self._voice.serve(ready, time.monotonic())
            self._voice.after()

    def _serve_others(self, now: float) -> None:
        others, self._voice.others = self._voice.others, {}
        for fd, events in others.items():
            if self._calls.receive_rtcp(fd, now) or self._control.handle(fd, events):
                continue
            self._taps.serve(fd)

    def _connected(self) -> tuple[int, ...]:
        self._calls.control_came()
        return self._pool.ports

    def _key(self, leg: Leg, key: str, at: float) -> None:
        self._control.tell(Dtmf(leg.id, key, at))

    def _first(self, leg: Leg, source: tuple[str, int], at: float) -> None:
        self._control.tell(FirstPacket(leg.id, source, at))

    def _report(self) -> None:
        """Says in the log when something had to be dropped since the last look."""
        counts = (*self._taps.dropped, self._control.dropped, self._control.malformed)
        if counts != self._reported:
            self._reported = counts
            taps, strips, events, plans = counts
            legs = self._calls.legs
            log.warning("dropped", taps=taps, strips=strips, events=events, plans_refused=plans, legs=legs)

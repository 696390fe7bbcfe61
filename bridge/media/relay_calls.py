"""Plans become legs and routes: the only place that knows which leg hears which.

Strategy: a plan replaces the one before it at one stroke: legs it no longer names are closed, new ones
opened, the others follow, then the routes of that call are written anew. Applying the same plan twice
changes nothing on the wire. A leg id belongs to the call that named it last.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable

import structlog

from bridge.media.plan import CallPlan, Dead, LegPlan, LegStats, MediaEvent, Played, Ports, Silent
from bridge.media.relay_comfort import keep_alive
from bridge.media.relay_leg import Leg, Playing
from bridge.media.relay_mix import Mixer
from bridge.media.relay_ports import PortPool
from bridge.media.relay_rtcp import Reports
from bridge.media.relay_taps import Taps
from bridge.media.relay_voice import Voice
from bridge.media.tones import Sound

log = structlog.get_logger(__name__)

SILENT_AFTER = 5.0
"""Seconds without a packet before a leg is reported silent: longer than any pause for breath of a telephone
that suppresses silence without comfort noise, short enough to save a call."""
ORPHAN_AFTER = 60.0
"""Seconds of silence of every leg after which a call that the present control never named is closed."""


class Calls:
    """Every leg of the process. Events go to `tell`. dead_after: seconds, 0: never."""

    def __init__(
        self,
        epoll: select.epoll,
        pool: PortPool,
        *,
        voice: Voice,
        mixer: Mixer,
        taps: Taps,
        sounds: Callable[[str], Sound | None],
        tell: Callable[[MediaEvent], None],
        dead_after: float,
    ) -> None:
        self.reports = Reports(tell)
        self._dead_after = dead_after
        self._epoll, self._pool, self._voice, self._mixer, self._taps = epoll, pool, voice, mixer, taps
        self._sounds, self._tell = sounds, tell
        self._plans: dict[str, CallPlan] = {}
        self._legs: dict[str, Leg] = {}
        self._rtcp: dict[int, Leg] = {}
        self._unnamed: set[str] = set()

    @property
    def legs(self) -> int:
        """How many are open."""
        return len(self._legs)

    def apply(self, plan: CallPlan, now: float) -> None:
        """Carries out one plan."""
        self._unnamed.discard(plan.call)
        before = self._named(plan.call)
        wanted = {leg.leg for leg in plan.legs}
        for leg in before:
            if leg.id not in wanted:
                self._close(leg)
        for leg_plan in plan.legs:
            self._follow(plan.call, leg_plan, now)
        self._plans[plan.call] = plan
        self._route(plan.call)
        if not plan.legs:
            del self._plans[plan.call]
        self.offer()

    def offer(self) -> None:
        """Binds spare ports in place of those used and tells control."""
        ports = self._pool.refill()
        if ports:
            self._tell(Ports(ports))

    def control_came(self) -> None:
        """A new control: whatever it does not name is an orphan (its voice goes on)."""
        self._unnamed = set(self._plans)

    def receive_rtcp(self, fd: int, now: float) -> bool:
        """Reads RTCP; False when the descriptor is none of ours."""
        leg = self._rtcp.get(fd)
        if leg is None:
            return False
        self.reports.receive(leg, now)
        return True

    def watch(self, now: float) -> None:
        """Once a second: reports legs that fell silent, ends keys whose end was lost, closes dead orphans."""
        for leg in self._legs.values():
            quiet = now - leg.heard
            if quiet < SILENT_AFTER:
                leg.silent = False
            elif not leg.silent and leg.plan.remote is not None:
                leg.silent = True
                self._tell(Silent(leg.id, round(quiet, 3)))
            self._look_for_death(leg, now)
            if leg.plan.noise is not None:
                heard = [self._legs[name] for name in leg.plan.hears if name in self._legs]
                keep_alive(self._voice, leg, heard, now)
        for call in [call for call in self._unnamed if self._is_dead(call, now)]:
            log.warning("call without control closed", call=call)
            self.apply(CallPlan(call), now)

    def _look_for_death(self, leg: Leg, now: float) -> None:
        """Neither voice, comfort noise nor RTCP, though it ought to send."""
        quiet = now - max(leg.heard, leg.rtcp.heard)
        if not self._dead_after or quiet < self._dead_after or leg.plan.quiet or leg.plan.remote is None:
            leg.dead = False
        elif not leg.dead:
            leg.dead = True
            self._tell(Dead(leg.id, round(quiet, 3)))

    def lapse_keys(self, on_key: Callable[[Leg, str, float], None], now: float) -> None:
        """Reports the keys whose end packets were all lost."""
        for leg in self._legs.values():
            for key in leg.dtmf.lapse(now):
                on_key(leg, key, now)

    def sounds_ended(self, legs: list[Leg]) -> None:
        """Their prompts (told to control) or the keys pressed towards them are over: they hear plainly
        again."""
        for leg in legs:
            if leg.typing is not None and leg.typing.over:
                leg.typing = None
            else:
                self._played(leg)
            self._route(leg.call)

    def close(self) -> None:
        """Closes every leg."""
        for leg in list(self._legs.values()):
            self._close(leg)
        self._plans.clear()

    def _is_dead(self, call: str, now: float) -> bool:
        return all(now - leg.heard > ORPHAN_AFTER for leg in self._named(call))

    def _named(self, call: str) -> list[Leg]:
        """The open legs of a call, by its plan."""
        named = (self._legs.get(leg.leg) for leg in self._plans.get(call, CallPlan(call)).legs)
        return [leg for leg in named if leg is not None and leg.call == call]

    def _follow(self, call: str, plan: LegPlan, now: float) -> None:
        leg = self._legs.get(plan.leg)
        if leg is not None and leg.plan.port != plan.port:
            self._close(leg)
            leg = None
        if leg is None:
            leg = self._open(call, plan, now)
        if leg is None:
            return
        settled = leg.latch.settled
        leg.call = call
        leg.follow(plan, now)
        if settled and not leg.latch.settled:
            self._voice.add(leg)
        self._play(leg)

    def _open(self, call: str, plan: LegPlan, now: float) -> Leg | None:
        try:
            pair = self._pool.take(plan.port)
        except OSError as error:
            log.warning("leg cannot be opened", call=call, leg=plan.leg, port=plan.port, error=str(error))
            self._tell(LegStats(plan.leg, 0, 0, 0, 0, 0.0))
            return None
        leg = Leg(call, plan, pair, now)
        self._legs[plan.leg] = leg
        self._rtcp[pair.rtcp.fileno()] = leg
        self._voice.add(leg)
        self.reports.add(leg, now)
        self._epoll.register(pair.rtp.fileno(), select.EPOLLIN)
        self._epoll.register(pair.rtcp.fileno(), select.EPOLLIN)
        return leg

    def _close(self, leg: Leg) -> None:
        self._voice.remove(leg)
        self._taps.remove(leg)
        self.reports.remove(leg, time.monotonic())
        del self._legs[leg.id], self._rtcp[leg.pair.rtcp.fileno()]
        self._route(leg.call)  # before its sockets are gone: nobody may still hold it
        self._tell(leg.stats())
        self._pool.release(leg.plan.port)
        leg.close()

    def _play(self, leg: Leg) -> None:
        """Begins, goes on with, or stops a sound."""
        play = leg.plan.play
        if play is None:
            leg.playing = None
        elif play.id != leg.played and (leg.playing is None or leg.playing.id != play.id):
            sound = self._sounds(play.sound)
            leg.playing = None if sound is None else Playing(sound, play.id)
            if sound is None:
                log.warning("unknown sound", call=leg.call, sound=play.sound)
                self._played(leg)

    def _played(self, leg: Leg) -> None:
        leg.playing = None
        if leg.plan.play is not None:
            leg.played = leg.plan.play.id
            self._tell(Played(leg.id, leg.played))

    def _route(self, call: str) -> None:
        """Writes who hears whom into the legs of one call."""
        legs = {leg.id: leg for leg in self._named(call)}
        for leg in legs.values():
            leg.unroute()
        for leg in legs.values():
            _listen(leg, tuple(legs[name] for name in leg.plan.hears if name in legs and name != leg.id))
        mixed = {source.id for leg in legs.values() for source in leg.mixed}
        for leg in legs.values():
            leg.feed(tap=self._taps.wanted(leg), mix=leg.id in mixed)
            self._taps.follow(leg)
        self._mixer.set_timed(call, tuple(leg for leg in legs.values() if leg.timed))


def _listen(leg: Leg, sources: tuple[Leg, ...]) -> None:
    """One leg's ear: relayed packets of one source, or frames on the clock."""
    # Who did not agree on comfort noise must hear that of a source that did: we make it.
    hushed = leg.plan.noise is None and any(source.plan.noise is not None for source in sources)
    sounds = leg.playing is not None or leg.typing is not None
    leg.timed = leg.plan.sends and (sounds or hushed or len(sources) > 1)
    if leg.timed:
        if leg.source is not None:
            leg.source, leg.stream.mark = None, True
        leg.mixed = sources
        for source in sources:
            source.event_listeners += (leg,)
    elif leg.plan.sends:
        for source in sources:
            source.listeners += (leg,)

"""Every conversation being recorded: plans say who belongs to which, strips bring what they say, the hand
writes.

Strategy: a strip and the plan that names its leg come by different ways, so strips of unknown legs are kept
for a while. While the disk is full nothing is kept; when there is room again each conversation that is still
wanted goes on in a new file, its next part. Knows no sockets and no files; time is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from bridge.media.strip import Strip
from bridge.media.takes import End, Kept, TakePlan
from bridge.media.timeline import Timeline

FLUSH: Final = 0.4
"""Seconds between two blocks of one file: with what a block waits for, at most one second is only in memory.
"""
LAST_STRIPS: Final = 0.5
"""Seconds a conversation that ended waits for its last strips, which leave the media process at once."""
EARLY: Final = 10.0
"""Seconds strips wait for the plan that names their leg."""
MAX_EARLY: Final = 4000
"""Strips waiting so: 10 MB."""
ORPHAN_AFTER: Final = 60.0
"""Seconds of silence after which a conversation that no control names any more is over."""
AGAIN: Final = 10.0
"""Seconds before a conversation whose file could not be written gets another."""


class Hand(Protocol):
    """Who writes (`hand.Hand`)."""

    def begin(self, kept: Kept) -> None:
        """A new file."""

    def write(self, file: str, first: int, octets: bytes) -> bool:
        """Append a block; False when it was dropped."""

    def legs(self, kept: Kept) -> None:
        """Somebody came into the conversation."""

    def finish(self, file: str, end: End, missing: float) -> None:
        """No more of this file."""


@dataclass(eq=False, slots=True)
class _Take:
    """One conversation. line: None until somebody is heard (and again between two parts)."""

    plan: TakePlan
    channels: dict[str, int]
    heard: float
    line: Timeline | None = None
    file: str = ""
    due: float = 0.0
    missing: float = 0.0
    ends_at: float | None = None
    not_before: float = field(default=0.0)


class Takes:
    """wall: the time of day in UTC, asked once for each file."""

    def __init__(self, hand: Hand, wall: Callable[[], datetime]) -> None:
        self._hand, self._wall = hand, wall
        self._takes: dict[str, _Take] = {}
        self._of: dict[str, _Take] = {}
        self._early: list[tuple[float, Strip]] = []
        self._named: set[str] = set()
        self.full = False
        """Whether nothing may be written for now."""
        self.lost = 0.0
        """Seconds of one leg's voice that came to nothing, here and in finished files."""

    def __len__(self) -> int:
        return len(self._takes)

    def plan(self, plan: TakePlan, now: float) -> None:
        """Carries out one plan."""
        self._named.add(plan.take)
        take = self._takes.get(plan.take)
        if take is None:
            if plan.ended:
                return
            take = self._takes[plan.take] = _Take(plan, {}, now)
        take.channels.update({leg.leg: leg.channel for leg in plan.legs})
        grown, take.plan = plan.legs != take.plan.legs, plan
        for leg in plan.legs:
            self._of[leg.leg] = take
        self._recall(now)
        if plan.ended and take.ends_at is None:
            take.ends_at = now + LAST_STRIPS
        elif grown and take.file and take.line is not None:
            self._hand.legs(self._kept(take, take.line, now))

    def strip(self, strip: Strip, now: float) -> None:
        """What a leg said."""
        take = self._of.get(strip.leg)
        if take is None:
            self._keep_early(strip, now)
        elif self.full or now < take.not_before:
            self.lost += len(strip.octets) / 8000
        else:
            take.heard = now
            if take.line is None:
                take.line, take.due = Timeline(strip), now + FLUSH
            take.line.put(strip)

    def tick(self, now: float) -> None:
        """Writes what is due, ends what is over. Ten times a second."""
        for take in list(self._takes.values()):
            if take.ends_at is not None and now >= take.ends_at:
                self._close(take, "whole", now)
                self._forget(take)
            elif take.line is not None and now >= take.due:
                take.due = now + FLUSH
                self._write(take, take.line, *take.line.block(now, take.channels), now)
            if take.plan.take not in self._named and now - take.heard > ORPHAN_AFTER:
                self._close(take, "cut", now)
                self._forget(take)
        while self._early and now - self._early[0][0] > EARLY:
            self.lost += len(self._early.pop(0)[1].octets) / 8000

    def set_full(self, full: bool, now: float) -> None:
        """No room from now on: every file ends here, the next part begins when there is some again."""
        self.full = full
        for take in self._takes.values() if full else ():
            self._close(take, "full", now)

    def failed(self, file: str, end: End, now: float) -> None:
        """This file cannot be written."""
        for take in self._takes.values():
            if take.file == file:
                take.not_before = now + AGAIN
                self._close(take, end, now)

    def control_came(self) -> None:
        """A new control: whatever it does not name is an orphan."""
        self._named.clear()

    def close(self, now: float) -> None:
        """The process ends: so does every file."""
        for take in list(self._takes.values()):
            self._close(take, "cut", now)
            self._forget(take)

    # --- within ---------------------------------------------------------------------------------------------

    def _write(self, take: _Take, line: Timeline, first: int, octets: bytes, now: float) -> None:
        if not octets:
            return
        if not take.file:
            # No counter: it would begin anew after our own death, and meet the part from before.
            take.file = f"{take.plan.take}-{round(line.began * 1000)}"
            self._hand.begin(self._kept(take, line, now))
        if not self._hand.write(take.file, first, octets):
            take.missing += len(octets) / 16000

    def _close(self, take: _Take, end: End, now: float) -> None:
        line = take.line
        if line is not None:
            self._write(take, line, *line.rest(take.channels), now)
            missing = take.missing + line.missing
            self.lost += missing
            if take.file:
                self._hand.finish(take.file, end, missing)
        take.line, take.file, take.missing = None, "", 0.0

    def _forget(self, take: _Take) -> None:
        self._takes.pop(take.plan.take, None)
        for leg in take.channels:
            if self._of.get(leg) is take:
                del self._of[leg]

    def _kept(self, take: _Take, line: Timeline, now: float) -> Kept:
        began = self._wall() - timedelta(seconds=now - line.began)
        return Kept(
            file=take.file,
            take=take.plan.take,
            call=take.plan.call,
            legs=take.plan.legs,
            path="",
            began=line.began,
            started_at=began.astimezone(UTC).isoformat(timespec="milliseconds"),
            law=line.law,
            sealed=False,
            zero=take.plan.zero,
        )

    def _keep_early(self, strip: Strip, now: float) -> None:
        if len(self._early) >= MAX_EARLY:
            self.lost += len(self._early.pop(0)[1].octets) / 8000
        self._early.append((now, strip))

    def _recall(self, now: float) -> None:
        """Strips that came before the plan that names their leg."""
        waiting, self._early = self._early, []
        for since, strip in waiting:
            if strip.leg in self._of:
                self.strip(strip, now)
            else:
                self._early.append((since, strip))

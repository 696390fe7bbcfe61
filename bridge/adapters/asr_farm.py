"""The recognisers there are, and which of them a leg is brought to: the books, no sockets.

Strategy: every server has a *load* (how many streams it has, times how long it takes to answer), known the
same way for ours and for a stock vosk-server: streams from /healthz where there is one, else our own on it;
the time from our own messages. A new stream goes where that is least. A server that cannot be reached, or
fails three times without one good answer between, is *shut*: nobody is brought there for a while that doubles
each time; after it one leg tries, and only its answer opens the door for all. With every server shut the one
whose time is over first is tried: there is always an answer. Knows no clock: time is an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SHUT_AFTER: Final = 3
"""Failures in a row, of any legs: one alone may be a leg's own voice that kills the recogniser."""
FIRST_SHUT: Final = 1.0
LONGEST_SHUT: Final = 30.0
"""Seconds a server is left alone, doubling."""
FULL: Final = 2.0
"""Seconds for which a server that said "try later" (1013) is believed."""
FRESH: Final = 0.02
"""Seconds an answer takes of a server that has not given one yet."""
QUICKEST: Final = 0.002
"""Below this, times of answers say nothing of a server, only of the way there."""
SMOOTH: Final = 0.1
"""Weight of the newest answer in the smoothed time."""
MISSED_PROBES: Final = 2
"""Probes without an answer until a server is shut."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a server's /healthz says (see `asr.health`); all of it may be missing with a stock server."""

    streams: int = 0
    streams_most: int = 0
    queue_lag: float = 0.0
    model: str = ""
    model_sha256: str = ""
    software: str = ""
    version: str = ""
    phrases: bool = False
    """Whether a phrase list has an effect on its model."""


@dataclass(eq=False, slots=True)
class Server:
    """One of them. streams: of ours; answer: smoothed seconds for a tenth of a second of voice; failures: in
    a row; shuts: how often in a row it was shut; trying: a leg is finding out whether it is well again."""

    url: str
    streams: int = 0
    answer: float = FRESH
    figures: Figures | None = None
    failures: int = 0
    shuts: int = 0
    shut_until: float | None = None
    full_until: float = 0.0
    trying: bool = False
    missed_probes: int = 0

    @property
    def load(self) -> float:
        """What one more stream would have to wait for, in seconds; a measure, no promise."""
        there = max(self.streams, self.figures.streams) if self.figures else self.streams
        lag = self.figures.queue_lag if self.figures else 0.0
        return (there + 1) * max(self.answer, QUICKEST) + lag

    def full(self, now: float) -> bool:
        """Whether it has said that it takes no more."""
        told = self.figures is not None and 0 < self.figures.streams_most <= self.figures.streams
        return told or now < self.full_until

    def shut(self, now: float) -> bool:
        """Whether nobody is to be brought there: its time is not over, or somebody is trying already."""
        return self.shut_until is not None and (now < self.shut_until or self.trying)


class Farm:
    """All servers. urls: at least one; names of the configuration, so they may be labels and log values."""

    def __init__(self, urls: Sequence[str]) -> None:
        if not urls:
            raise ValueError("a farm of no recogniser")
        self.servers = tuple(Server(url) for url in dict.fromkeys(urls))

    def choose(self, now: float, avoid: Server | None = None) -> Server:
        """The server for a new stream; avoid: the one it comes from, taken only if there is no other."""
        well = [each for each in self.servers if not each.shut(now)]
        if not well:
            return min(self.servers, key=lambda each: (each is avoid, each.shut_until or 0.0))
        return min(well, key=lambda each: (each is avoid, each.full(now), each.load))

    def for_phrases(self, now: float) -> Server | None:
        """The server for a question with a phrase list: one that says it takes them, or a stock one, which
        does not say; None where none is well and has room."""
        fit = [
            each
            for each in self.servers
            if (each.figures is None or each.figures.phrases) and not each.shut(now) and not each.full(now)
        ]
        return min(fit, key=lambda each: (each.figures is None, each.load), default=None)

    def elsewhere(self, now: float, server: Server) -> bool:
        """Whether a stream that leaves this one can go on at another at once."""
        return any(each is not server and not each.shut(now) and not each.full(now) for each in self.servers)

    def came(self, server: Server) -> bool:
        """A stream of ours begins there; whether it is the one that tries a server that was shut."""
        server.streams += 1
        tries = server.shut_until is not None and not server.trying
        server.trying |= tries
        return tries

    def left(self, server: Server, *, tried: bool) -> None:
        """It ended. tried: what `came` said of it."""
        server.streams -= 1
        server.trying &= not tried

    def answered(self, server: Server, seconds: float, tenths: float) -> bool:
        """A good answer to so many tenths of a second of voice; whether it opens a server that was shut."""
        server.answer += SMOOTH * (seconds / max(1.0, tenths) - server.answer)
        server.failures, server.trying = 0, False
        opened, server.shut_until, server.shuts = server.shut_until is not None, None, 0
        return opened

    def failed(self, server: Server, now: float, *, reached: bool) -> bool:
        """A connection was lost, or never came (reached: False); whether that shuts the server now."""
        server.failures += 1 if reached else SHUT_AFTER
        again, server.trying = server.trying, False
        if not again and server.failures < SHUT_AFTER:
            return False
        return self._shut(server, now)

    def refused(self, server: Server, now: float) -> None:
        """It said that it has no room: no fault of its."""
        server.full_until, server.trying = now + FULL, False

    def probed(self, server: Server, now: float, *, alive: bool, figures: Figures | None) -> bool | None:
        """A probe ended. True: it opens a server that could not be reached; False: it shuts one; None:
        neither."""
        if not alive:
            server.missed_probes, server.figures = server.missed_probes + 1, None
            return False if server.missed_probes == MISSED_PROBES and self._shut(server, now) else None
        back, server.missed_probes = server.missed_probes >= MISSED_PROBES, 0
        server.figures = figures
        if back and server.shut_until is not None:
            server.shut_until = now
            return True
        return None

    def _shut(self, server: Server, now: float) -> bool:
        """Whether it was open."""
        fresh = server.shut_until is None
        if fresh or now >= (server.shut_until or 0.0):
            server.shut_until = now + min(FIRST_SHUT * 2**server.shuts, LONGEST_SHUT)
            server.shuts += 1
        return fresh

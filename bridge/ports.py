"""What the work floor may ask of the world outside: signalling, media, ears, papers, timers, the live feed.

Protocols only. Services are written against these; adapters fulfil them; `app` puts the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bridge.frozen import quick
from bridge.media.plan import CallPlan
from bridge.media.takes import TakePlan
from bridge.routing.harassment import Mark
from bridge.routing.plan import Target
from bridge.sip.diversion import Way


@quick
@dataclass(frozen=True, slots=True)
class DialOrder:
    """Everything the far side is told with the call. port: our RTP port; caller, display: the number and name
    shown there; private: the caller withholds them; way: the numbers the call was at before; referred_by: the
    extension that transfers it, "" for none; hops: how many more may send it on (Max-Forwards);
    headers: further SIP headers (Call-Info, User-to-User …); passes: the leg with which rtpengine shall relay
    its voice, if it can, "" for our own relay."""

    target: Target
    port: int
    caller: str
    headers: tuple[tuple[str, str], ...] = ()
    display: str = ""
    private: bool = False
    way: Way = ()
    referred_by: str = ""
    hops: int = 69
    passes: str = ""


class Signalling(Protocol):
    """Legs. Every method returns at once; what comes of it arrives as an event. All are harmless on a leg
    that is gone. `port` is our RTP port, 1..65535."""

    def dial(self, leg: str, order: DialOrder) -> None:
        """Ring somebody."""

    def move(self, leg: str, on: str, order: DialOrder) -> None:
        """Ask the exchange of the answered leg `on` to move its call to the target; what comes of it is told
        of `leg`."""

    def ring(self, leg: str, port: int, *, early: bool) -> None:
        """Tell an inbound leg that it rings. early: with our description, so that early media is heard."""

    def answer(self, leg: str, port: int) -> None:
        """Answer an inbound leg."""

    def refuse(self, leg: str, status: int, reason: str, retry_after: int | None = None) -> None:
        """Refuse an inbound leg. retry_after: seconds after which it may be tried again."""

    def hang_up(self, leg: str, reason: str) -> None:
        """End a leg in whatever state it is."""

    def bring_home(self, leg: str) -> None:
        """Offer our own relay's addresses to this leg and the one its voice is passed on to."""

    def pass_digit(self, leg: str, digit: str) -> None:
        """A key towards the leg by INFO."""

    def accept_key(self, leg: str) -> None:
        """The REFER on this leg is a transfer we make (202)."""

    def refuse_key(self, leg: str, status: int, reason: str) -> None:
        """The REFER on this leg is refused; the call goes on."""

    def tell_key(self, leg: str, status: int, reason: str) -> None:
        """How the transfer goes (NOTIFY with sipfrag)."""


class Lines(Protocol):
    """Which legs are on which trunk. All are harmless on a leg that is on none."""

    def take(self, leg: str, trunk: str, *, emergency: bool) -> bool:
        """A leg of ours goes out there; False: no channel is left for it."""

    def note(self, leg: str, trunk: str) -> None:
        """A leg came in from there."""

    def free(self, leg: str) -> None:
        """The leg is gone."""


class Media(Protocol):
    """The media process. Every method returns at once."""

    def take_port(self) -> int:
        """An RTP port that is bound already. Raises Overload when none is left."""

    def give_back(self, port: int) -> None:
        """A port taken but never used in a plan."""

    def apply(self, plan: CallPlan) -> None:
        """Make the call's media so."""


class Listening(Protocol):
    """Recording sessions an exchange offers us (SIPREC)."""

    def answer(self, leg: str, ports: dict[int, int]) -> None:
        """Take the streams of these places at these RTP ports."""

    def refuse(self, leg: str, status: int, reason: str) -> None:
        """Take none."""


class Tape(Protocol):
    """The recorder. Returns at once."""

    def roll(self, plan: TakePlan) -> None:
        """Make the recording so: who belongs to it, or that it ended."""


class Ears(Protocol):
    """The recogniser's streams, one a leg."""

    def open(self, leg: str) -> None:
        """Begin to listen."""

    def feed(self, leg: str, at: float, pcm: bytes) -> None:
        """Voice: s16le, 8 kHz, mono; at: CLOCK_MONOTONIC seconds of the first sample."""

    def close(self, leg: str) -> None:
        """No more voice; what is still to be recognised arrives."""

    def abandon(self, leg: str) -> None:
        """No more patience: what is not recognised by now is missed, and the leg done when this returns."""


class Handle(Protocol):
    """A timer that can be stopped."""

    def cancel(self) -> None:
        """Stop it; harmless when it fired already."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of the record of harassing callers. deed: a measure that was taken, `marked:…`, `unmarked`;
    by: who, or which rule."""

    at: datetime
    number: str
    deed: str
    by: str
    why: str


class MarkStore(Protocol):
    """Where marks and the record of what was done are kept. Raises whatever the database raises."""

    async def marks(self) -> Sequence[Mark]:
        """Every mark."""

    async def put(self, mark: Mark) -> None:
        """Write a mark in the place of an earlier one."""

    async def remove(self, number: str) -> None:
        """Take a mark back."""

    async def append(self, deed: Deed) -> None:
        """Add to the record."""

    async def deeds(self, number: str | None, most: int) -> Sequence[Deed]:
        """The record, newest first, of one number or of all."""


class Timers(Protocol):
    """Time-outs."""

    def after(self, seconds: float, then: Callable[[], None]) -> Handle:
        """Call `then` once, `seconds` from now."""


class QueueMeter(Protocol):
    """The queues' figures, for Prometheus. Labels are names of the configuration, never a caller's."""

    def counted(self, queue: str, outcome: str, waited: float) -> None:
        """What became of a caller (answered, abandoned, overflowed) after so many seconds."""

    def waiting(self, queue: str, callers: int) -> None:
        """How many wait now."""


class CallerMeter(Protocol):
    """The figures of those who call, for Prometheus."""

    def spoken(self) -> None:
        """Somebody answered a caller."""

    def gone(self, stage: str) -> None:
        """A caller nobody spoke with, by where they stood."""

    def tasks(self, unfinished: int) -> None:
        """How many are to be called back."""


class AlertMeter(Protocol):
    """The figures of danger words, for Prometheus. danger: an id of the lists, never what was said."""

    def alert(self, danger: str, state: str) -> None:
        """An alert came to be raised, confirmed or withdrawn."""


class SupervisionMeter(Protocol):
    """The figures of supervisors in calls, for Prometheus."""

    def began(self, mode: str) -> None:
        """One is in a call in this mode now."""

    def ended(self, mode: str) -> None:
        """One is not any more."""

    def missed(self, why: str) -> None:
        """A supervisor's telephone did not come into the call it was rung for."""


class DeadlineMeter(Protocol):
    """The figures of deadlines, for Prometheus. Labels are platforms of the configuration and our words."""

    def overdue(self, counts: Mapping[tuple[str, str], int]) -> None:
        """How many are overdue now, for each platform and kind."""

    def said(self, word: str) -> None:
        """Somebody was told: reminder, overdue or escalated."""


class Feed(Protocol):
    """What pages and consoles are told while it happens."""

    @property
    def heard(self) -> bool:
        """Whether anybody listens: if not, an event need not even be made."""

    def publish(self, event: dict[str, Any]) -> None:
        """One event for every listener; never waits, a listener that cannot keep up loses its oldest."""

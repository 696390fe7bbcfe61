"""What control asks of the media process, for each call who hears whom, and what it is told. Pure values.

Declarative on purpose: a `CallPlan` is the whole wish for one call and replaces the one before it at one
stroke. Sending it again changes nothing, so a new media process (or a new control) is brought up to date by
sending every plan once more. A leg missing from the new plan is closed; a plan with no legs ends the call.
How plans and events are written as lines is `plan_lines`'.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bridge.frozen import quick

Codec = Literal["PCMA", "PCMU"]
SEQUENCE = "prompts:"
"""How the name of several prompts in a row begins; they are joined by "+"."""
MAX_LEG_ID = 64
"""Octets of a leg's id: it travels in the head of every tap datagram."""


@dataclass(frozen=True, slots=True)
class Play:
    """A sound for one leg. `id` tells two wishes apart: the same id goes on, another starts anew.

    `sound`: "ringback", "busy", "hold", "comfort" (loop until the plan says otherwise), "prompt:<name>"
    (once, then a `Played` event) or "prompts:<name>+<name>+…" (up to 16 prompts one after the other without a
    pause, once, then one `Played`; a part that is not loaded is left out). While it plays, what the leg hears
    of others is mixed under it.
    """

    sound: str
    id: int


@dataclass(frozen=True, slots=True)
class Digit:
    """One key (0-9, *, #, A-D) pressed towards a leg as a telephone event. `id` tells two wishes apart:
    each is carried out once, and none that stands in the first plan of a leg (a restarted media process gets
    old ones again)."""

    digit: str
    id: int


@dataclass(frozen=True, slots=True)
class Srtp:
    """SRTP's keys for one leg (RFC 3711): suite by its name in RFC 4568 or RFC 7714, master key and salt in
    base64. `receive` opens what comes from the leg, `send` closes what goes to it. Never in a repr, so never
    in a log."""

    suite: str
    receive: str = field(repr=False)
    send: str = field(repr=False)


@quick
@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg's media. `port` is one the media process offered in a `Ports` event.

    remote: where its SDP wants RTP (None: not known yet). codec/payload_type: what we send it and expect
    from it. dtmf: payload type of telephone-event agreed with it, or None. hears: legs of the same call mixed
    into what it receives; with exactly one and no play its packets are relayed as they come.
    tap: its voice goes to the recogniser; record: to the recorder. absorb_dtmf: its telephone events are
    reported but not passed on.
    sends: False while its SDP direction is sendonly or inactive (we must not send). srtp: None: plain RTP.
    noise: payload type of comfort noise agreed with it (RFC 3389), or None. quiet: it need not send (it holds
    us, or its direction is recvonly or inactive), so its silence is no sign of death. digit: the key we
    pressed last towards it.
    """

    leg: str
    port: int
    remote: tuple[str, int] | None = None
    codec: Codec = "PCMA"
    payload_type: int = 8
    dtmf: int | None = None
    hears: tuple[str, ...] = ()
    play: Play | None = None
    tap: bool = False
    record: bool = False
    absorb_dtmf: bool = False
    sends: bool = True
    srtp: Srtp | None = None
    noise: int | None = None
    quiet: bool = False
    digit: Digit | None = None


@quick
@dataclass(frozen=True, slots=True)
class CallPlan:
    """The whole wish for one call."""

    call: str
    legs: tuple[LegPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Ports:
    """Media process -> control: these ports (RTP; RTCP is port + 1) are bound and may be used in plans."""

    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dtmf:
    """One key pressed on a leg (RFC 4733, once however often its end was repeated); at: CLOCK_MONOTONIC
    seconds of the packet that ended it."""

    leg: str
    digit: str
    at: float


@dataclass(frozen=True, slots=True)
class FirstPacket:
    """The first usable RTP packet of a leg arrived, from this address (symmetric latching)."""

    leg: str
    source: tuple[str, int]
    at: float


@dataclass(frozen=True, slots=True)
class Silent:
    """No RTP from a leg for `seconds` (reported once per silence)."""

    leg: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Played:
    """A prompt ended."""

    leg: str
    id: int


@dataclass(frozen=True, slots=True)
class Dead:
    """Neither RTP nor RTCP from a leg for `seconds`, though it ought to send (once per silence)."""

    leg: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LegStats:
    """A closed leg's account: packets in and out, packets lost (by sequence number), refused (malformed,
    unauthentic or from a stranger), the longest gap in ms between packets sent to it.

    jitter_ms: of what comes from it (RFC 3550 §6.4.1); discarded: packets too late for a mix; concealed: ms
    of voice made up for lost packets in a mix. From its own RTCP reports, None while it sends none: rtt_ms to
    it and back; remote_lost: the share 0..1 of our packets it lost; remote_jitter_ms of what reaches it.
    All zero for a leg that is still in the plan: it could not be opened, because its port is taken.
    """

    leg: str
    packets_in: int
    packets_out: int
    lost: int
    refused: int
    longest_gap_ms: float
    jitter_ms: float = 0.0
    discarded: int = 0
    concealed: int = 0
    rtt_ms: float | None = None
    remote_lost: float | None = None
    remote_jitter_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """The account of a leg in the middle of its call, every few seconds: fields as in `LegStats`."""

    leg: str
    packets_in: int
    lost: int
    jitter_ms: float
    discarded: int
    concealed: int
    rtt_ms: float | None
    remote_lost: float | None
    remote_jitter_ms: float | None


MediaEvent = Ports | Dtmf | FirstPacket | Silent | Dead | Played | LegStats | Quality

"""What comes in from one leg: is it usable, what does it say of the network, where it is kept for later.

Strategy: the half of a leg that the hot path reads; it does the common packet itself with these attributes
and asks here about every other one. Nothing here knows of sockets or of another leg.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from bridge.errors import MalformedRtp
from bridge.media import g711
from bridge.media.dtmf import DtmfDecoder
from bridge.media.g711 import RATE
from bridge.media.jitter import JitterBuffer
from bridge.media.plan import Codec, LegPlan
from bridge.media.playout import Playout
from bridge.media.rtp import PLAIN, Packet, seq_diff, voice
from bridge.media.stream import MAX_STEP

if TYPE_CHECKING:
    from bridge.media.relay_leg import Leg

MAX_KEPT = 64
"""Packets of one leg waiting: for a mix until the batch is served, for the tap alone until its turn (five of
them). Far more than either ever holds."""
MISORDER = -100
"""Sequence numbers a packet may be behind and still be a straggler (RFC 3550 A.1, MAX_MISORDER)."""
TAP_DELAY = 0.1
"""Seconds a tapped sample waits for stragglers: a recogniser is patient, and a hole costs a word."""
LAWS: dict[int, Codec] = {0: "PCMU", 8: "PCMA"}
"""Static payload types of G.711 (RFC 3551 §6)."""
COMFORT_NOISE = 13
"""Static payload type (RFC 3389): taken from whoever sends it, agreed or not, as a sign of life."""


MEASURED = 3
"""Bits of a sequence number that are 0 in the packets whose jitter is measured: every fourth."""


def kind(payload_type: int) -> int:
    """The first two octets of a plain packet without marker, as a number."""
    return PLAIN << 8 | payload_type


class Kept(NamedTuple):
    """A voice packet for tap and mix."""

    ssrc: int
    timestamp: int
    payload: bytes
    at: float


class Inlet:
    """Public attributes only. `kind`, `next_seq`: the first octets of the packet that is expected next;
    `direct`: the leg it goes to the short way; `alone`: nobody is relayed to, and it needs no key; jitter in
    timestamp units."""

    __slots__ = (
        "_past",
        "alone",
        "dead",
        "direct",
        "dtmf",
        "first_seen",
        "heard",
        "jitter",
        "keep",
        "kind",
        "law",
        "law_type",
        "lost",
        "measured_at",
        "measured_timestamp",
        "mix_buffer",
        "next_seq",
        "packets_in",
        "plan",
        "refused",
        "restarted",
        "silent",
        "ssrc",
        "tap_buffer",
        "tap_dropped",
    )

    def __init__(self, plan: LegPlan, now: float) -> None:
        self.plan = plan
        self.law, self.law_type = plan.codec, plan.payload_type
        self.ssrc, self.restarted = -1, True
        self.kind, self.next_seq = kind(self.law_type), 0
        self.direct: Leg | None = None
        self.alone = False
        self.jitter, self.measured_at, self.measured_timestamp = 0.0, now, 0
        self.packets_in = self.lost = self.refused = self.tap_dropped = 0
        self.heard, self.silent, self.dead, self.first_seen = now, False, False, False
        self.dtmf = DtmfDecoder()
        self.keep: deque[Kept] | None = None
        self.tap_buffer: JitterBuffer | None = None
        self.mix_buffer: Playout | None = None
        self._past = (0, 0)

    def speak(self, law: Codec, payload_type: int) -> None:
        """From now on it sends this. We offer both laws and phones answer both, so it may use either,
        whichever it prefers from us (RFC 3264 §7)."""
        self.law, self.law_type, self.direct, self.alone = law, payload_type, None, False
        self.kind = kind(payload_type)
        tapped, mixed = self.tap_buffer is not None, self.mix_buffer is not None
        self.feed(tap=False, mix=False)  # what they hold is of the other law
        self.feed(tap=tapped, mix=mixed)

    def feed(self, *, tap: bool, mix: bool) -> None:
        """Whether its voice is kept for a recogniser and for a mix."""
        self.sort_out()
        if not tap:
            self.tap_buffer = None
        elif self.tap_buffer is None:
            self.tap_buffer = JitterBuffer(g711.SILENCE[self.law], TAP_DELAY)
        if not mix:
            self._past = (self.discarded, self.concealed)
            self.mix_buffer = None
        elif self.mix_buffer is None:
            self.mix_buffer = Playout(self.law)
        self.keep = (self.keep or deque()) if tap or mix else None

    def store(self, kept: Kept) -> bool:
        """Keeps a packet for later, dropping the oldest when full; True when a mix waits for it and it is the
        first one. The tap alone takes what it finds in its turn: ten times a second, not fifty."""
        if self.keep is None:
            return False
        if len(self.keep) >= MAX_KEPT:
            self.keep.popleft()
            self.tap_dropped += 1
        self.keep.append(kept)
        return self.mix_buffer is not None and len(self.keep) == 1

    def sort_out(self) -> None:
        """Moves what was kept into the buffers of tap and mix."""
        while self.keep:
            ssrc, timestamp, payload, at = self.keep.popleft()
            if self.tap_buffer is not None:
                self.tap_buffer.push(ssrc, timestamp, payload, at)
            if self.mix_buffer is not None:
                self.mix_buffer.push(ssrc, timestamp, payload, at)

    def usable(self, packet: Packet) -> str:
        """ "voice", "event" or "noise". Raises MalformedRtp for what this leg did not agree to send."""
        if packet.payload_type == self.law_type or packet.payload_type in LAWS:
            voice(packet)
            return "voice"
        if packet.payload_type == self.plan.dtmf:
            if packet.end - packet.start < 4:
                raise MalformedRtp("telephone event cut off")
            return "event"
        if packet.payload_type in (self.plan.noise, COMFORT_NOISE):
            if packet.start == packet.end:
                raise MalformedRtp("comfort noise without a level")
            return "noise"
        raise MalformedRtp(f"payload type {packet.payload_type}")

    def measure(self, timestamp: int, now: float) -> None:
        """The interarrival jitter of RFC 3550 §A.8, of every fourth packet: a quarter of the work for the
        same figure as long as delays are by chance."""
        late = (now - self.measured_at) * RATE - ((timestamp - self.measured_timestamp) & 0xFFFFFFFF)
        self.measured_at, self.measured_timestamp = now, timestamp
        if -RATE < late < RATE:  # else a new beginning
            self.jitter += (abs(late) - self.jitter) / 8

    def account(self, packet: Packet, now: float) -> None:
        """Counts a usable packet; sets `restarted` when its sender began anew."""
        self.heard = now
        self.packets_in += 1
        if packet.payload_type != self.law_type and packet.payload_type in LAWS:
            self.speak(LAWS[packet.payload_type], packet.payload_type)
        if not packet.seq & MEASURED and packet.payload_type == self.law_type:
            self.measure(packet.timestamp, now)
        step = seq_diff(packet.seq, self.next_seq)
        if packet.ssrc != self.ssrc or not MISORDER < step < MAX_STEP:
            self.ssrc, self.restarted = packet.ssrc, True
            self.next_seq = (packet.seq + 1) & 0xFFFF
        elif step >= 0:
            self.lost += step
            self.next_seq = (packet.seq + 1) & 0xFFFF
        elif self.lost:
            self.lost -= 1  # it was only late

    @property
    def discarded(self) -> int:
        """Packets that came too late for a mix."""
        return self._past[0] + (self.mix_buffer.late if self.mix_buffer is not None else 0)

    @property
    def concealed(self) -> int:
        """Milliseconds made up in mixes."""
        return self._past[1] + (self.mix_buffer.concealed if self.mix_buffer is not None else 0)

"""One leg in the media process: its sockets, what comes in, its outgoing stream, its account.

Strategy: a plain object with slots, because the hot path in `relay_loop` touches it ten thousand times a
second and does the common case itself; everything uncommon about *one* leg is decided here, and nothing
here knows of another leg except by the routes that `relay_calls` writes into it.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import NamedTuple

from bridge.errors import MalformedRtp
from bridge.media import g711
from bridge.media.dtmf import DtmfDecoder
from bridge.media.jitter import JitterBuffer
from bridge.media.plan import Codec, LegPlan, LegStats, Srtp
from bridge.media.relay_digits import Typing
from bridge.media.relay_latch import Latch
from bridge.media.relay_ports import Pair
from bridge.media.relay_srtp import Cipher
from bridge.media.rtp import Packet, seq_diff, voice
from bridge.media.stream import MAX_STEP, Stream
from bridge.media.tones import Sound

MAX_KEPT = 64
"""Packets of one leg waiting for tap and mix after the batch is served: far more than one batch ever holds.
"""
MISORDER = -100
"""Sequence numbers a packet may be behind and still be a straggler (RFC 3550 A.1, MAX_MISORDER)."""
TAP_DELAY = 0.1
"""Seconds a tapped sample waits for stragglers: a recogniser is patient, and a hole costs a word."""
MIX_DELAY = 0.04
"""The same in a mix: people notice more."""
MIX_PATIENCE = 0.06
LAWS: dict[int, Codec] = {0: "PCMU", 8: "PCMA"}
"""Static payload types of G.711 (RFC 3551 §6)."""
COMFORT_NOISE = 13
"""Static payload type (RFC 3389): a sender's sign of life while it is quiet. Neither relayed nor refused."""


class Kept(NamedTuple):
    """A voice packet for tap and mix."""

    ssrc: int
    timestamp: int
    payload: bytes
    at: float


class Playing:
    """Where a leg's sound is. `frame` counts 20 ms frames."""

    __slots__ = ("frame", "id", "sound")

    def __init__(self, sound: Sound, play_id: int) -> None:
        self.sound, self.id, self.frame = sound, play_id, 0

    def step(self, frames: int) -> int | None:
        """The frame to play now, after moving on by `frames`; None: the sound is over."""
        at, total = self.frame + frames - 1, len(self.sound.frames)
        self.frame += frames
        if at >= total and not self.sound.loops:
            return None
        return at % total


class Leg:
    """Public attributes only; the routes (`direct`, `table`, `listeners`, `event_listeners`, `mixed`,
    `timed`) are written by `relay_calls`."""

    __slots__ = (
        "call",
        "cipher",
        "codec",
        "digit",
        "direct",
        "dtmf",
        "event_listeners",
        "first_seen",
        "heard",
        "id",
        "keep",
        "latch",
        "late_frames",
        "law",
        "law_type",
        "listeners",
        "lost",
        "mix_buffer",
        "mix_started",
        "mixed",
        "next_seq",
        "packets_in",
        "pair",
        "payload_type",
        "plan",
        "played",
        "playing",
        "receive",
        "refused",
        "restarted",
        "silent",
        "source",
        "ssrc",
        "stream",
        "table",
        "tap_buffer",
        "tap_dropped",
        "timed",
        "typing",
    )

    def __init__(self, call: str, plan: LegPlan, pair: Pair, now: float) -> None:
        self.call, self.id, self.plan, self.pair = call, plan.leg, plan, pair
        self.receive = pair.rtp.recv_into
        self.latch = Latch(pair.rtp)
        self.latch.drain()
        # RFC 3550 §5.1: SSRC, first sequence number and timestamp are random. Half the range: no early wrap.
        self.stream = Stream(secrets.randbits(32), secrets.randbits(15), secrets.randbits(31))
        self.codec, self.payload_type = plan.codec, plan.payload_type
        self.law, self.law_type = plan.codec, plan.payload_type
        self.ssrc, self.next_seq, self.restarted = -1, 0, True
        self.packets_in = self.lost = self.refused = self.tap_dropped = 0
        self.heard, self.silent, self.first_seen = now, False, False
        self.dtmf = DtmfDecoder()
        self.keep: deque[Kept] | None = None
        self.tap_buffer: JitterBuffer | None = None
        self.mix_buffer: JitterBuffer | None = None
        self.mix_started = False
        self.playing: Playing | None = None
        self.played: int | None = None
        self.typing: Typing | None = None
        self.digit = plan.digit.id if plan.digit is not None else 0
        self.source: Leg | None = None
        self.late_frames = 0
        self.cipher: Cipher | None = None
        self.unroute()

    def unroute(self) -> None:
        """Nobody hears it, it hears nobody, until routes are written."""
        self.direct: Leg | None = None
        self.table: bytes | None = None
        self.listeners: tuple[Leg, ...] = ()
        self.event_listeners: tuple[Leg, ...] = ()
        self.mixed: tuple[Leg, ...] = ()
        self.timed = False

    def follow(self, plan: LegPlan, now: float) -> None:
        """Takes over a new plan's values for this leg alone (routes and sounds come from `relay_calls`)."""
        if plan.remote is not None and self.plan.remote is None:
            self.heard = now  # its silence counts from here on
        if (plan.codec, plan.payload_type) != (self.codec, self.payload_type):
            self.speak(plan.codec, plan.payload_type)
        self._protect(plan.srtp)
        self.plan, self.codec, self.payload_type = plan, plan.codec, plan.payload_type
        self.latch.aim(plan.remote)
        if plan.digit is not None and plan.digit.id != self.digit:
            self.digit = plan.digit.id
            self.type(plan.digit.digit)

    def type(self, key: str) -> None:
        """Presses a key towards the leg, if it agreed on telephone events."""
        if self.plan.dtmf is not None:
            self.typing = self.typing or Typing()
            self.typing.add(key)

    def _protect(self, srtp: Srtp | None) -> None:
        """Under these keys from now on. Keys we cannot use close the leg to everything rather than open it
        to all: nothing may go out in the clear that was to be secret."""
        if srtp is None:
            self.cipher = None
        elif self.cipher is None:
            self.cipher = Cipher(srtp)
        elif self.cipher.plan != srtp:
            self.cipher.follow(srtp)

    def speak(self, law: Codec, payload_type: int) -> None:
        """From now on it sends this. We offer both laws and phones answer both, so it may use either,
        whichever it prefers from us (RFC 3264 §7)."""
        self.law, self.law_type, self.direct = law, payload_type, None
        tapped, mixed = self.tap_buffer is not None, self.mix_buffer is not None
        self.tap_buffer = self.mix_buffer = None  # what they hold is of the other law
        self.feed(tap=tapped, mix=mixed)

    def feed(self, *, tap: bool, mix: bool) -> None:
        """Whether its voice is kept for a recogniser and for a mix."""
        silence = g711.SILENCE[self.law]
        if not tap:
            self.tap_buffer = None
        elif self.tap_buffer is None:
            self.tap_buffer = JitterBuffer(silence, TAP_DELAY)
        if not mix:
            self.mix_buffer, self.mix_started = None, False
        elif self.mix_buffer is None:
            self.mix_buffer, self.mix_started = JitterBuffer(silence, MIX_DELAY, MIX_PATIENCE), False
        self.keep = (self.keep or deque()) if tap or mix else None

    def store(self, kept: Kept) -> bool:
        """Keeps a packet for later, dropping the oldest when full; True when it is the first one waiting."""
        if self.keep is None:
            return False
        if len(self.keep) >= MAX_KEPT:
            self.keep.popleft()
            self.tap_dropped += 1
        self.keep.append(kept)
        return len(self.keep) == 1

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
        if packet.payload_type == COMFORT_NOISE:
            return "noise"
        raise MalformedRtp(f"payload type {packet.payload_type}")

    def account(self, packet: Packet, now: float) -> None:
        """Counts a usable packet; sets `restarted` when its sender began anew."""
        self.heard = now
        self.packets_in += 1
        if packet.payload_type != self.law_type and packet.payload_type in LAWS:
            self.speak(LAWS[packet.payload_type], packet.payload_type)
        step = seq_diff(packet.seq, self.next_seq)
        if packet.ssrc != self.ssrc or not MISORDER < step < MAX_STEP:
            self.ssrc, self.next_seq, self.restarted = packet.ssrc, (packet.seq + 1) & 0xFFFF, True
        elif step >= 0:
            self.lost += step
            self.next_seq = (packet.seq + 1) & 0xFFFF
        elif self.lost:
            self.lost -= 1  # it was only late

    def transmit(self, view: memoryview) -> None:
        """Sends, or loses the packet: voice never waits."""
        send = self.latch.send
        if send is None:
            return
        packet: memoryview | bytes | None = view
        if self.cipher is not None:
            packet = self.cipher.close(bytes(view))
        if packet is None:
            self.stream.packets -= 1
            return
        try:
            send(packet)
        except OSError as error:
            self.unsent(packet, error)

    def unsent(self, view: memoryview | bytes, error: OSError) -> None:
        """A send failed. ECONNREFUSED is the ICMP answer to an *earlier* packet, and this one was not
        tried: once more, so that a telephone which restarts gets its voice; else the packet is lost and not
        counted as sent."""
        if isinstance(error, ConnectionRefusedError) and self.latch.send is not None:
            try:
                self.latch.send(view)
            except OSError:
                pass
            else:
                return
        self.stream.packets -= 1

    def stats(self) -> LegStats:
        """Its account so far."""
        gap = self.stream.longest_gap * 1000
        return LegStats(self.id, self.packets_in, self.stream.packets, self.lost, self.refused, gap)

    def close(self) -> None:
        """Closes the sockets and drops every reference to other legs (nobody collects garbage in this
        process)."""
        self.pair.close()
        self.unroute()
        self.source, self.latch.send, self.keep = None, None, None

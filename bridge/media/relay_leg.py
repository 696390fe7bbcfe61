"""One leg in the media process: its sockets, its outgoing stream, its account (what comes in: `relay_inlet`).

Strategy: a plain object with slots, because the hot path in `relay_loop` touches it ten thousand times a
second and does the common case itself; everything uncommon about *one* leg is decided here, and nothing
here knows of another leg except by the routes that `relay_calls` writes into it.
"""

from __future__ import annotations

import secrets

from bridge.media.plan import LegPlan, LegStats, Quality, Srtp
from bridge.media.reception import Reception
from bridge.media.relay_digits import Typing
from bridge.media.relay_inlet import Inlet, kind
from bridge.media.relay_latch import Latch
from bridge.media.relay_ports import Pair
from bridge.media.relay_srtp import Cipher
from bridge.media.stream import Stream
from bridge.media.tones import Sound


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


class Leg(Inlet):
    """Public attributes only; the routes (`direct`, `table`, `listeners`, `event_listeners`, `mixed`,
    `timed`) are written by `relay_calls`."""

    __slots__ = (
        "call",
        "cipher",
        "closed",
        "codec",
        "digit",
        "event_listeners",
        "id",
        "latch",
        "late_frames",
        "listeners",
        "mixed",
        "pair",
        "payload_type",
        "played",
        "playing",
        "receive",
        "rtcp",
        "sends_kind",
        "source",
        "stream",
        "table",
        "timed",
        "typing",
    )

    def __init__(self, call: str, plan: LegPlan, pair: Pair, now: float) -> None:
        super().__init__(plan, now)
        self.call, self.id, self.pair = call, plan.leg, pair
        self.receive = pair.rtp.recv_into
        self.latch = Latch(pair.rtp)
        self.latch.drain()
        # RFC 3550 §5.1: SSRC, first sequence number and timestamp are random. Half the range: no early wrap.
        self.stream = Stream(secrets.randbits(32), secrets.randbits(15), secrets.randbits(31))
        self.codec, self.payload_type = plan.codec, plan.payload_type
        self.sends_kind = kind(plan.payload_type)
        self.rtcp = Reception(now)
        self.playing: Playing | None = None
        self.played: int | None = None
        self.typing: Typing | None = None
        self.digit = plan.digit.id if plan.digit is not None else 0
        self.source: Leg | None = None
        self.late_frames = 0
        self.cipher: Cipher | None = None
        self.closed = False
        self.unroute()

    def unroute(self) -> None:
        """Nobody hears it, it hears nobody, until routes are written."""
        self.direct, self.alone = None, False
        self.table: bytes | None = None
        self.listeners: tuple[Leg, ...] = ()
        self.event_listeners: tuple[Leg, ...] = ()
        self.mixed: tuple[Leg, ...] = ()
        self.timed = False

    def follow(self, plan: LegPlan, now: float) -> None:
        """Takes over a new plan's values for this leg alone (routes and sounds come from `relay_calls`)."""
        if (plan.remote is not None and self.plan.remote is None) or (self.plan.quiet and not plan.quiet):
            self.heard = now  # its silence counts from here on
        if (plan.codec, plan.payload_type) != (self.codec, self.payload_type):
            self.speak(plan.codec, plan.payload_type)
        self._protect(plan.srtp)
        self.plan, self.codec, self.payload_type = plan, plan.codec, plan.payload_type
        self.sends_kind = kind(plan.payload_type)
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

    @property
    def host(self) -> str | None:
        """Whose RTCP is believed: the host its voice comes from, else the one its SDP names."""
        if self.latch.latched is not None:
            return self.latch.latched[0]
        return self.plan.remote[0] if self.plan.remote is not None else None

    @property
    def rtcp_address(self) -> tuple[str, int] | None:
        """Where RTCP goes until the far end's own came: the port above its voice (RFC 3550 §11)."""
        if self.plan.remote is None:
            return None
        host, port = self.latch.latched or self.plan.remote
        return (host, port + 1) if port < 65535 else None

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
        sent = self.stream.packets
        return LegStats(self.id, self.packets_in, sent, self.lost, self.refused, gap, *self._figures())

    def quality(self) -> Quality:
        """How its voice fares so far."""
        return Quality(self.id, self.packets_in, self.lost, *self._figures())

    def _figures(self) -> tuple[float, int, int, float | None, float | None, float | None]:
        """Jitter in ms, discarded, concealed ms, and what its own reports say."""
        return (
            round(self.jitter / 8, 2),
            self.discarded,
            self.concealed,
            *self.rtcp.figures(self.stream.packets),
        )

    def close(self) -> None:
        """Closes the sockets and drops every reference to other legs (nobody collects garbage in this
        process)."""
        self.closed = True
        self.pair.close()
        self.unroute()
        self.source, self.latch.send, self.keep = None, None, None

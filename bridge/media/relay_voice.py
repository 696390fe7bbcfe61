"""The hot path: a datagram of one leg to the legs that hear it, before anything else happens.

Strategy: the common packet (plain header, the next number of the known sender, one listener) is handled in
`serve` with one preallocated buffer, in-place header and no object per packet. Everything uncommon goes to
`_arrive`, which parses, decides, and arms the short way again (`leg.direct`). What may wait (DTMF, taps,
mixes) is only noted here and done in `after`, when the whole ready batch has been sent on.
"""

from __future__ import annotations

import select
from collections.abc import Callable

from bridge.errors import MalformedRtp
from bridge.media import g711
from bridge.media.noise import level
from bridge.media.relay_inlet import COMFORT_NOISE, MEASURED, Kept
from bridge.media.relay_leg import Leg
from bridge.media.relay_srtp import Cipher
from bridge.media.rtp import FAST, HEADER, HEADER_SIZE, MARKER, MAX_VOICE, PLAIN, Packet, parse

_SIZE = 2048
"""Octets of the receive buffer: more than any packet we take, so that a longer one is seen to be too long."""
_READS = 64
"""Datagrams read at once from a leg that is not settled yet."""
ALMOST_A_FRAME = 0.015
"""Seconds after the last packet at which a frame of our own is due: 20 ms less what packets may bunch up."""


class Voice:
    """Serves legs by file descriptor. `on_key(leg, key, at)` and `on_first(leg, source, at)` are called in
    `after`, never between a packet and its relay."""

    def __init__(
        self,
        on_key: Callable[[Leg, str, float], None],
        on_first: Callable[[Leg, tuple[str, int], float], None],
    ) -> None:
        self._on_key, self._on_first = on_key, on_first
        self._settled: dict[int, Leg] = {}
        self._latching: dict[int, Leg] = {}
        self._in = bytearray(_SIZE)
        self._out = bytearray(_SIZE)
        self._in_views = [memoryview(self._in)[:size] for size in range(_SIZE + 1)]
        self._out_views = [memoryview(self._out)[:size] for size in range(_SIZE + 1)]
        self._storing: list[Leg] = []
        self._events: list[tuple[Leg, int, bytes, float]] = []
        self._first: list[tuple[Leg, tuple[str, int], float]] = []
        self.others: dict[int, int] = {}
        """Descriptors that are no leg's voice, with their events, for the loop to serve after the batch."""
        self.noted = False
        """Whether `after` has something to do."""
        self.serve = self._server()

    def add(self, leg: Leg) -> None:
        """Serves this leg from now on (also after it was unlatched)."""
        fd = leg.pair.rtp.fileno()
        self._settled.pop(fd, None)
        self._latching[fd] = leg

    def remove(self, leg: Leg) -> None:
        """Forgets the leg; call before its sockets are closed."""
        fd = leg.pair.rtp.fileno()
        self._settled.pop(fd, None)
        self._latching.pop(fd, None)

    def _server(self) -> Callable[[list[tuple[int, int]], float], None]:
        """`serve(ready, now)`: relays what is readable, one datagram for each settled leg (the rest comes
        with the next batch). Built once, because most batches hold one packet, and looking everything up for
        each was a tenth of its work."""
        buffer, views = self._in, self._in_views
        known, arrive, other, later = self._settled.get, self._arrive, self._other, self._store
        unpack, pack_into = FAST.unpack_from, FAST.pack_into
        begins, longest, measured = HEADER_SIZE, HEADER_SIZE + MAX_VOICE, MEASURED

        def serve(ready: list[tuple[int, int]], now: float) -> None:
            for fd, events in ready:
                leg = known(fd)
                if leg is None:
                    other(fd, events, now)
                    continue
                try:
                    size = leg.receive(buffer)
                except OSError:  # nothing there, or the ICMP answer to a packet we sent
                    continue
                kind, seq, timestamp, ssrc = unpack(buffer)
                out = leg.direct
                if (
                    seq != leg.next_seq
                    or kind != leg.kind
                    or ssrc != leg.ssrc
                    or (out is None and not leg.alone)
                    or not begins < size <= longest
                ):
                    arrive(leg, size, now)
                    continue
                leg.next_seq = (seq + 1) & 0xFFFF
                leg.packets_in += 1
                leg.heard = now
                if not seq & measured:
                    leg.measure(timestamp, now)
                if leg.keep is not None and leg.store(Kept(ssrc, timestamp, bytes(buffer[begins:size]), now)):
                    later(leg)
                if out is None:
                    continue
                stream = out.stream
                stream.seq = seq = (seq + stream.seq_shift) & 0xFFFF
                stream.timestamp = timestamp = (timestamp + stream.timestamp_shift) & 0xFFFFFFFF
                pack_into(buffer, 0, out.sends_kind, seq, timestamp, stream.ssrc)
                if leg.table is not None:
                    buffer[begins:size] = buffer[begins:size].translate(leg.table)
                gap = now - stream.sent_at
                if gap > stream.longest_gap:  # noqa: PLR1730 - max() costs a call for each packet
                    stream.longest_gap = gap
                stream.sent_at = now
                stream.packets += 1
                stream.octets += size
                try:
                    out.latch.send(views[size])  # type: ignore[misc]  # never None while armed
                except OSError as error:
                    out.unsent(views[size], error)

        return serve

    def after(self) -> None:
        """Everything that could wait until the batch was served."""
        self.noted = False
        while self._first:
            self._on_first(*self._first.pop(0))
        while self._events:
            leg, timestamp, payload, at = self._events.pop(0)
            for key in leg.dtmf.feed(timestamp, payload, at):
                self._on_key(leg, key, at)
        while self._storing:
            self._storing.pop().sort_out()

    def _store(self, leg: Leg) -> None:
        self.noted = True
        self._storing.append(leg)

    def _other(self, fd: int, events: int, now: float) -> None:
        leg = self._latching.get(fd)
        if leg is None:
            self.others[fd] = events
        elif events & (select.EPOLLIN | select.EPOLLERR):
            self._latch(leg, now)

    def _latch(self, leg: Leg, now: float) -> None:
        """Reads a leg whose sender is not certain, or whose queue may still hold strangers' packets."""
        for _ in range(_READS):
            try:
                size, source = leg.pair.rtp.recvfrom_into(self._in)
            except BlockingIOError:
                if leg.latch.latched is not None:
                    self._settle(leg)
                return
            except OSError:
                continue
            self._arrive(leg, size, now, source)

    def _settle(self, leg: Leg) -> None:
        fd = leg.pair.rtp.fileno()
        leg.latch.settled = True
        self._settled[fd] = self._latching.pop(fd)

    def _arrive(self, leg: Leg, size: int, now: float, source: tuple[str, int] | None = None) -> None:
        """A packet, the long way. `source`: None when the kernel has vouched for it. Under SRTP a packet
        proves itself before its sender may be latched on to."""
        if leg.cipher is not None:
            size = self._open(leg.cipher, size)
        try:
            packet = parse(self._in, size)
            kind = leg.usable(packet)
        except MalformedRtp:
            leg.refused += 1
            return
        if source is not None and not leg.latch.admit(source):
            leg.refused += 1
            return
        if source is not None and not leg.first_seen:
            leg.first_seen = True
            self.noted = True
            self._first.append((leg, source, now))
        leg.account(packet, now)
        self._dispatch(leg, kind, packet, now)
        leg.restarted = False

    def _open(self, cipher: Cipher, size: int) -> int:
        """Leaves the RTP packet in the buffer in place of the SRTP packet; its size, 0 if it proves nothing
        (no packet is so short, so it is refused)."""
        plain = cipher.open(bytes(self._in_views[size]))
        if plain is None:
            return 0
        self._in[: len(plain)] = plain
        return len(plain)

    def _dispatch(self, leg: Leg, kind: str, packet: Packet, now: float) -> None:
        if kind == "voice":
            self._voice(leg, packet, now)
        elif kind == "event":
            self._event(leg, packet, now)
        else:
            self._noise(leg, packet, now)

    def _noise(self, leg: Leg, packet: Packet, now: float) -> None:
        """Comfort noise: passed on to who agreed on it; who did not hears it mixed (`relay_calls` sees to
        that)."""
        payload = bytes(self._in[packet.start : packet.end])
        for out in leg.listeners:
            if out.plan.noise is None:
                self._absorb(leg, out, now)
            else:
                self._relay(leg, out, packet, payload, now)
                out.stream.mark = True  # the voice that follows begins anew
        if leg.mix_buffer is not None:
            leg.mix_buffer.hush(level(payload))
        leg.direct, leg.alone = None, False

    def _voice(self, leg: Leg, packet: Packet, now: float) -> None:
        payload = bytes(self._in[packet.start : packet.end])
        for out in leg.listeners:
            table = g711.transcoder(leg.law, out.codec)
            self._relay(leg, out, packet, payload.translate(table) if table else payload, now)
        if leg.store(Kept(packet.ssrc, packet.timestamp, payload, now)):
            self._store(leg)
        self._arm(leg)

    def _relay(self, leg: Leg, out: Leg, packet: Packet, payload: bytes, now: float) -> None:
        """One packet of `leg` into the stream of `out`, which hears it alone."""
        if out.latch.send is None:
            return
        stream = out.stream
        if out.source is not leg or leg.restarted or not stream.follows(packet.seq, packet.timestamp):
            stream.switch(packet.seq, packet.timestamp, now)
            out.source = leg
        numbers = stream.relay(packet.seq, packet.timestamp, now)
        if numbers is not None:
            mark = MARKER if stream.take_mark() or packet.marker else 0
            self.send(out, mark | _payload_type(leg, out, packet), numbers, payload)

    def _arm(self, leg: Leg) -> None:
        """The short way is open when exactly one leg listens and its stream was just fed by this one; SRTP
        has none."""
        leg.direct, leg.alone = None, not leg.listeners and leg.cipher is None
        if len(leg.listeners) == 1 and leg.cipher is None and leg.listeners[0].cipher is None:
            out = leg.listeners[0]
            if out.source is leg and not out.stream.mark and out.latch.send is not None:
                leg.direct, leg.table = out, g711.transcoder(leg.law, out.codec)

    def _event(self, leg: Leg, packet: Packet, now: float) -> None:
        """A telephone event: to those who agreed on events, unless it is for us; then to the decoder."""
        payload = bytes(self._in[packet.start : packet.end])
        for out in leg.listeners:
            if leg.plan.absorb_dtmf or out.plan.dtmf is None:
                self._absorb(leg, out, now)
            else:
                self._relay(leg, out, packet, payload, now)
        if not leg.plan.absorb_dtmf:
            for out in leg.event_listeners:
                self._event_into_mix(out, packet, payload, now)
        self.noted = True
        self._events.append((leg, packet.timestamp, payload, now))

    def _absorb(self, leg: Leg, out: Leg, now: float) -> None:
        """A packet that is not for `out`. Telephone events take the place of voice for a second and more:
        silence of our own fills it, so that the listener's line never goes dead."""
        leg.direct = None
        if out.latch.send is not None and now - out.stream.sent_at >= ALMOST_A_FRAME:
            out.source = None
            mark = MARKER if out.stream.take_mark() else 0
            silence = bytes([g711.SILENCE[out.codec]]) * g711.FRAME
            self.send(out, mark | out.payload_type, out.stream.frame(now), silence)
        elif out.source is leg and not leg.restarted:
            out.stream.absorb()
        else:
            out.source = None

    def _event_into_mix(self, out: Leg, packet: Packet, payload: bytes, now: float) -> None:
        if out.plan.dtmf is not None and out.latch.send is not None:
            mark = MARKER if packet.marker else 0
            self.send(out, mark | out.plan.dtmf, out.stream.event(packet.timestamp, now), payload)

    def send(self, out: Leg, second: int, numbers: tuple[int, int], payload: bytes) -> None:
        """A packet of our making to a leg. `second`: the header's second octet."""
        size = HEADER_SIZE + len(payload)
        HEADER.pack_into(self._out, 0, PLAIN, second, *numbers, out.stream.ssrc)
        out.stream.octets += size
        self._out[HEADER_SIZE:size] = payload
        out.transmit(self._out_views[size])


def _payload_type(leg: Leg, out: Leg, packet: Packet) -> int:
    """What `out` calls a packet of `leg`: an event, comfort noise, or voice."""
    if packet.payload_type == leg.plan.dtmf and out.plan.dtmf is not None:
        return out.plan.dtmf
    if packet.payload_type in (leg.plan.noise, COMFORT_NOISE) and out.plan.noise is not None:
        return out.plan.noise
    return out.payload_type

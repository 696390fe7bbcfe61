"""Signs of life to who agreed on comfort noise while nobody speaks to them (RFC 3389 §5.1).

Once a second a leg that got nothing gets one packet of comfort noise: its jitter buffer, its NAT and its own
look for dead peers all live on it. A relayed source that speaks again follows on with the marker set.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.media import noise
from bridge.media.relay_leg import Leg
from bridge.media.relay_voice import Voice

AFTER = 1.0
"""Seconds without a packet to a leg before it gets one."""


def keep_alive(voice: Voice, leg: Leg, sources: Iterable[Leg], now: float) -> None:
    """Sends comfort noise to the leg if it agreed and heard nothing. sources: the legs it hears."""
    quiet = now - leg.stream.sent_at
    kind = leg.plan.noise
    if kind is None or quiet < AFTER or not leg.plan.sends or leg.latch.send is None:
        return
    for source in sources:
        if source.direct is leg:
            source.direct = None  # its numbers have moved
    leg.source = None
    frames = round(quiet * 50) if leg.stream.packets else 1
    voice.send(leg, kind, leg.stream.frame(now, frames), noise.payload())
    leg.stream.mark = True

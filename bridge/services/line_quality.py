"""How each line sounds: the media process's figures as a MOS for both directions, on pages and in the log.

A witness of calls: it learns which leg is whose, and keeps the newest figures in the call's record. At a
leg's end one line in the log says it all. Decides nothing.
"""

from __future__ import annotations

from typing import Any, Final

import structlog

from bridge.calls.call import Call, Transfer
from bridge.media.emodel import light, quality
from bridge.media.plan import LegStats, Quality
from bridge.ports import Feed
from bridge.services.records import Records
from bridge.services.views import call_view

log = structlog.get_logger(__name__)

MAX_LEGS: Final = 20_000
"""Legs whose end is waited for. More are left over only where a media process died with them."""


class LineQuality:
    """Every leg's figures."""

    def __init__(self, records: Records, feed: Feed) -> None:
        self._records, self._feed = records, feed
        self._owners: dict[str, tuple[str, str]] = {}

    # --- the witness --------------------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """New legs are somebody's now."""
        for party in (*call.parties, *[each.party for each in call.supervisors]):
            if party.leg not in self._owners:
                if len(self._owners) >= MAX_LEGS:
                    self._owners.pop(next(iter(self._owners)))
                self._owners[party.leg] = (call.id, party.speaker)

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Nothing to do."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nothing to do."""

    def over(self, call: Call, outcome: str) -> None:
        """The last figures come after this."""

    # --- what the media process tells -----------------------------------------------------------------------

    def now(self, figures: Quality) -> None:
        """A leg in the middle of its call."""
        owner = self._owners.get(figures.leg)
        if owner is None or not figures.packets_in:
            return
        record = self._records.get(owner[0])
        if record is None:
            return
        record.quality[figures.leg] = view(figures)
        if self._feed.heard and not record.outcome:
            self._feed.publish({"type": "call", "call": call_view(record)})

    def closed(self, stats: LegStats) -> None:
        """A leg's last account."""
        call, speaker = self._owners.pop(stats.leg, ("", ""))
        if not call or not stats.packets_in:
            return
        said = view(stats)
        record = self._records.get(call)
        if record is not None:
            record.quality[stats.leg] = said
        log.info(
            "leg.quality",
            call=call,
            leg=stats.leg,
            speaker=speaker,
            **said,
            packets_in=stats.packets_in,
            packets_out=stats.packets_out,
            refused=stats.refused,
            longest_gap_ms=round(stats.longest_gap_ms, 1),
        )


def view(figures: Quality | LegStats) -> dict[str, Any]:
    """One leg's figures for people. mos: of what comes from it; mos_far: of what reaches it, by its own
    reports (None: it sends none); light: of the worse of the two."""
    sent = figures.packets_in + figures.lost
    loss = (figures.lost + figures.discarded) / sent if sent else 0.0
    mos = quality(loss, figures.jitter_ms, figures.rtt_ms)
    far = None
    if figures.remote_lost is not None:
        far = quality(figures.remote_lost, figures.remote_jitter_ms or 0.0, figures.rtt_ms)
    return {
        "mos": mos,
        "mos_far": far,
        "light": light(mos if far is None else min(mos, far)),
        "loss": round(loss, 4),
        "jitter_ms": figures.jitter_ms,
        "rtt_ms": figures.rtt_ms,
        "loss_far": figures.remote_lost,
        "jitter_far_ms": figures.remote_jitter_ms,
        "discarded": figures.discarded,
        "concealed_ms": figures.concealed,
    }

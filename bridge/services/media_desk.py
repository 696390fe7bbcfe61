"""What the media process tells: keys pressed, announcements heard out, voices that came or fell silent."""

from __future__ import annotations

from bridge.calls.events import PromptEnds, Voices
from bridge.media.plan import Dead, Dtmf, FirstPacket, LegStats, MediaEvent, Played, Quality, Silent
from bridge.ports import Feed
from bridge.services.keys import Keys
from bridge.services.line_quality import LineQuality
from bridge.services.silence_desk import SilenceDesk
from bridge.services.switchboard import Switchboard


class MediaDesk:
    """Leads each of the media process's events to whom it concerns."""

    def __init__(
        self,
        switchboard: Switchboard,
        keys: Keys,
        feed: Feed,
        lines: LineQuality,
        silence: SilenceDesk | None = None,
    ) -> None:
        self._switchboard, self._keys, self._feed, self._lines = switchboard, keys, feed, lines
        self._silence = silence

    def on(self, event: MediaEvent) -> None:
        """One event; those of legs that are gone concern nobody."""
        match event:
            case Dtmf(leg, digit, at):
                self._keys.digit(leg, digit, at)
            case Played(leg, sound):
                self._switchboard.on(PromptEnds(leg, sound))
            case FirstPacket(leg):
                self._voice(leg, heard=True)
            case Silent(leg):
                self._voice(leg, heard=False)
            case Dead(leg, seconds):
                self._switchboard.dead(leg, seconds)
            case Quality():
                self._lines.now(event)
            case LegStats():
                self._lines.closed(event)

    def _voice(self, leg: str, *, heard: bool) -> None:
        call = self._switchboard.of_leg(leg)
        if call is not None:
            self._switchboard.on(Voices(leg, heard))
            if self._silence is not None:
                self._silence.voice(call, leg, there=heard)
            self._feed.publish({"type": "voice", "call": call.id, "leg": leg, "heard": heard})

"""The silence desk: callers who say nothing after somebody answered, and those who answer by keys.

A witness of the switchboard that also hears what the transcriber and the keys hear. `calls.silence` decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bridge.calls.call import Call, Phase, Transfer
from bridge.calls.events import Hushes, LegEvent
from bridge.calls.silence import ANSWERS, Do, Event, State, kept, step
from bridge.clock import Clock
from bridge.frozen import replace
from bridge.ports import Feed, Handle, Timers
from bridge.routing.plan import SilentDanger
from bridge.services.records import Records
from bridge.services.views import call_view, utterance_view
from bridge.tickets.transcript import CALLER, Utterance, said_by_key

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listened:
    """A call from its first answer on. mode: the route's; since: CLOCK_MONOTONIC seconds of the answer."""

    state: State
    mode: SilentDanger
    since: float


class SilenceDesk:
    """seconds: of silence that make a silent call; hears: whether a recogniser listens, so that silence can
    be told from speech; tell: brings an event to a call; note: an answer by key, for the papers; keep: a call
    that ended with nothing said."""

    def __init__(
        self,
        *,
        seconds: float,
        hears: bool,
        records: Records,
        feed: Feed,
        timers: Timers,
        clock: Clock,
        tell: Callable[[str, LegEvent], bool],
        note: Callable[[str, Utterance], None],
        keep: Callable[[Call, State, float], None],
    ) -> None:
        self.seconds, self._hears = seconds, hears
        self._records, self._feed, self._timers, self._clock = records, feed, timers, clock
        self._tell, self._note, self._keep = tell, note, keep
        self._calls: dict[str, Listened] = {}
        self._voices: set[str] = set()
        """Calls whose caller sends packets."""
        self._alarms: dict[str, Handle] = {}

    # --- the switchboard's witness ------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """From the first answer on the caller is listened to; whom rtpengine relays, we cannot hear."""
        if (
            call.phase is Phase.TALKING
            and call.id not in self._calls
            and call.from_outside
            and not call.passed
        ):
            now = self._clock.monotonic()
            self._calls[call.id] = Listened(State.LISTENING, call.silent_danger, now)
            self._alarms[call.id] = self._timers.after(self.seconds, lambda: self._time_is_up(call.id))

    def opened(self, call: Call, transfer: Transfer) -> None:
        """The key is nothing to silence."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nor is what came of it."""

    def over(self, call: Call, outcome: str) -> None:
        """A call in which nothing was said is kept."""
        self._quiet_alarm(call.id)
        self._voices.discard(call.id)
        listened = self._calls.pop(call.id, None)
        if listened is not None and kept(listened.state):
            self._keep(call, listened.state, self._clock.monotonic() - listened.since)

    # --- what is heard --------------------------------------------------------------------------------------

    def heard(self, call_id: str, utterance: Utterance) -> None:
        """Somebody said something; of the others it does not matter."""
        if utterance.speaker == CALLER and utterance.text:
            self._on(call_id, Event.SPEAKS)

    def voice(self, call: Call, leg: str, *, there: bool) -> None:
        """Packets come from a leg, or have stopped."""
        if leg == call.caller.leg:
            (self._voices.add if there else self._voices.discard)(call.id)

    def key(self, call: Call, leg: str, digit: str) -> None:
        """A key of a telephone. On a quiet line it is an answer whatever the route says."""
        if digit not in ANSWERS or leg != call.caller.leg or call.id not in self._calls:
            return
        if call.quiet and self._calls[call.id].mode == "never":
            self._calls[call.id] = replace(self._calls[call.id], mode="always")
        self._on(call.id, Event.PRESSES, digit)

    # --- within ---------------------------------------------------------------------------------------------

    def _time_is_up(self, call_id: str) -> None:
        """Without a recogniser only a line without packets is known to be silent."""
        self._alarms.pop(call_id, None)
        listened, record = self._calls.get(call_id), self._records.get(call_id)
        if listened is None or record is None:
            return
        if record.transcript.said_by(CALLER):  # a long sentence that is not final yet
            self._on(call_id, Event.SPEAKS)
        elif call_id not in self._voices or (self._hears and not record.pending):
            self._on(call_id, Event.TIME_IS_UP)

    def _on(self, call_id: str, event: Event, digit: str = "") -> None:
        listened = self._calls.get(call_id)
        if listened is None:
            return
        state, todo = step(listened.mode, listened.state, event)
        if state is not State.LISTENING:
            self._quiet_alarm(call_id)
        self._calls[call_id] = replace(listened, state=state)
        for what in todo:
            self._do(call_id, what, digit)

    def _do(self, call_id: str, what: Do, digit: str) -> None:
        match what:
            case Do.FLAG | Do.CLEAR:
                self._flag(call_id, silent=what is Do.FLAG)
            case Do.HUSH:
                self._tell(call_id, Hushes())
            case Do.NOTE:
                self._write(call_id, digit)

    def _flag(self, call_id: str, *, silent: bool) -> None:
        record = self._records.get(call_id)
        if record is None:
            return
        log.info("call.silent" if silent else "call.spoke", call=call_id)
        record.silent = silent
        if self._feed.heard:
            self._feed.publish({"type": "call", "call": call_view(record)})

    def _write(self, call_id: str, digit: str) -> None:
        """The answer stands in the transcript, and so on the page and in the ticket, as soon as the key is
        up."""
        record = self._records.get(call_id)
        if record is None:
            return
        at = record.since(self._clock.monotonic())
        text = said_by_key(digit, ANSWERS[digit])
        leg = record.call.caller.leg
        said = Utterance(CALLER, leg, at, at, text, id=f"{leg}-key-{round(at * 1000)}")
        record.transcript = record.transcript.hear(said)
        self._feed.publish({"type": "utterance", "call": call_id, **utterance_view(said)})
        self._note(call_id, said)

    def _quiet_alarm(self, call_id: str) -> None:
        alarm = self._alarms.pop(call_id, None)
        if alarm is not None:
            alarm.cancel()

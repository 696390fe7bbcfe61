"""The transcriber: who on which leg is listened to, and what the recogniser's answers mean in the call's
time.

A witness of the switchboard on one side, the owner of the recogniser's streams on the other. It labels each
leg by its speaker (caller, 12345, 110) and says when a finished call has been heard to its end. A dead
recogniser costs captions, never a call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from asr.words import Speech
from bridge.calls.call import Call, Phase, Transfer
from bridge.calls.parties import Party
from bridge.clock import Clock
from bridge.ports import Ears, Feed, Handle, Timers
from bridge.services.records import Record, Records
from bridge.services.views import call_view, utterance_view
from bridge.tickets.missed import Missed, Reason, add
from bridge.tickets.ticket import TranscriptState
from bridge.tickets.transcript import CALLER, SpokenWord, Utterance

LAST_WORDS: Final = 6.0
"""Seconds a finished call waits for the recogniser's last results before its papers are closed without
them."""
WORTHWHILE: Final = 1.0
"""The same while no recogniser is to be had and the call was recorded: the recording has them all."""
ONSET: Final = 0.6
"""Seconds from the onset of speech to its first interim result (measured median 0.59), so interims begin
there."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A leg being heard."""

    call: str
    speaker: str
    number: int = 1
    """Of the utterance it is in the middle of: ids are the leg's name and this."""


class Transcriber:
    """on_words: what is heard of an utterance, finished or not; on_utterance: a final utterance was added to
    the call's transcript; on_settled: a finished call's transcript is complete (or as complete as it will
    be); on_pending: words are missing, or (False) none are any more."""

    def __init__(
        self,
        *,
        ears: Ears,
        records: Records,
        feed: Feed,
        timers: Timers,
        clock: Clock,
        on_utterance: Callable[[str, Utterance], None],
        on_settled: Callable[[str], None],
        on_pending: Callable[[str, bool], None],
        on_words: Callable[[str, Utterance], None] = lambda _call, _utterance: None,
    ) -> None:
        self._ears, self._records, self._feed, self._timers, self._clock = ears, records, feed, timers, clock
        self._on_utterance, self._on_settled, self._on_pending = on_utterance, on_settled, on_pending
        self._on_words = on_words
        self._legs: dict[str, Listening] = {}
        self._heard: dict[str, set[str]] = {}
        self._out: dict[str, set[str]] = {}
        self._joined: dict[str, str] = {}
        self._ending: dict[str, Handle] = {}

    # --- the switchboard's witness ------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """Listen to who has come, stop listening to who has gone."""
        now = _heard(call)
        then = set(_heard(before)) if before else set()
        for leg, party in now.items():
            if leg not in self._legs:
                self._open(call, party)
            elif self._legs[leg].call != call.id:
                self._move(call, party)
        for leg in then - set(now):
            self._close(leg, call.id)

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Nothing to do at the press: everybody is listened to already."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nothing to do: `changed` tells who came and went."""

    def over(self, call: Call, outcome: str) -> None:
        """Stop listening; the transcript settles when the last results are in."""
        for leg in call.legs:
            self._close(leg, call.id)
        if call.id in self._heard:
            record = self._records.get(call.id)
            hopeless = record is not None and record.pending and record.taped
            wait = WORTHWHILE if hopeless else LAST_WORDS
            self._ending[call.id] = self._timers.after(wait, lambda: self._settle(call.id))
        else:
            self._settle(call.id)

    # --- the media process and the recogniser ---------------------------------------------------------------

    def tap(self, leg: str, at: float, pcm: bytes) -> None:
        """Voice of a leg, s16le 8 kHz mono; at: CLOCK_MONOTONIC seconds of its first sample."""
        if leg in self._legs:
            self._ears.feed(leg, at, pcm)

    def speech(self, leg: str, speech: Speech, t0: float) -> None:
        """An answer of the recogniser; t0: CLOCK_MONOTONIC seconds of the stream's first sample."""
        listening = self._legs.get(leg)
        record = self._records.get(listening.call) if listening else None
        if listening is None or record is None:
            return
        spoken = self._utterance(listening, record, leg, speech, t0)
        before, record.transcript = record.transcript, record.transcript.hear(spoken)
        if record.transcript is before:
            return
        heard = next((u for u in reversed(record.transcript.utterances) if u.id == spoken.id), spoken)
        self._feed.publish({"type": "utterance", "call": listening.call, **utterance_view(heard)})
        self._on_words(listening.call, heard)
        if speech.kind == "final":
            self._legs[leg] = replace(listening, number=listening.number + 1)
            self._on_utterance(listening.call, heard)
            if listening.call in self._joined:
                self._carry(record, self._joined[listening.call], (heard,))

    def missed(self, leg: str, since: float, until: float) -> None:
        """Voice of a leg that no recogniser heard in time; CLOCK_MONOTONIC seconds."""
        listening = self._legs.get(leg)
        record = self._records.get(listening.call) if listening else None
        if listening is not None and record is not None:
            gone = Missed(listening.call, leg, listening.speaker, since, until)
            record.missed = add(record.missed, (gone,))
            self._judge(record)

    def state(self, leg: str, state: Literal["up", "pending", "done"]) -> None:
        """How a leg's stream is: up again, pending (recogniser out of reach), or heard to its end."""
        listening = self._legs.get(leg)
        if listening is None:
            return
        record = self._records.get(listening.call)
        out = self._out.setdefault(listening.call, set())
        (out.add if state == "pending" else out.discard)(leg)
        if record is not None:
            if state != "done":
                self._feed.publish({"type": "recogniser", "call": listening.call, "leg": leg, "state": state})
            record.pending = bool(out)
            self._judge(record)
        if state == "done":
            self._forget(leg, listening.call)
            if listening.call in self._ending and listening.call not in self._heard:
                self._settle(listening.call)

    # --- within ---------------------------------------------------------------------------------------------

    def _judge(self, record: Record) -> None:
        """Whether the transcript lacks words, now or for good."""
        lacks = record.pending or bool(record.missed)
        if lacks != (record.transcript_state == "pending"):
            record.transcript_state = "pending" if lacks else "live"
            if self._feed.heard:
                self._feed.publish({"type": "call", "call": call_view(record)})
            self._on_pending(record.call.id, lacks)

    def _open(self, call: Call, party: Party) -> None:
        self._legs[party.leg] = Listening(call.id, party.speaker)
        self._heard.setdefault(call.id, set()).add(party.leg)
        self._ears.open(party.leg)

    def _move(self, call: Call, party: Party) -> None:
        """A leg came over from another call, in which it was asked first: what was said there belongs to this
        one, and so does what it says from now on."""
        was = self._legs[party.leg]
        asked = self._records.get(was.call)
        if asked is not None:
            self._joined[was.call] = call.id
            self._carry(asked, call.id, asked.transcript.finals)
        self._forget(party.leg, was.call)
        self._legs[party.leg] = Listening(call.id, party.speaker, was.number + 1)
        self._heard.setdefault(call.id, set()).add(party.leg)

    def _carry(self, asked: Record, to: str, said: tuple[Utterance, ...]) -> None:
        """Words of the call that was joined with another go into that one, at the time they were said.
        Whoever dialled there is no caller here."""
        record = self._records.get(to)
        if record is None:
            return
        later, agent = asked.started - record.started, record.call.platform
        for item in said:
            moved = _moved(item, later, agent if item.speaker == CALLER else item.speaker)
            before, record.transcript = record.transcript, record.transcript.hear(moved)
            if record.transcript is not before:
                self._feed.publish({"type": "utterance", "call": to, **utterance_view(moved)})
                self._on_utterance(to, moved)
        moved_misses = (
            replace(each, speaker=agent if each.speaker == CALLER else each.speaker) for each in asked.missed
        )
        record.missed = add(record.missed, moved_misses)

    def _close(self, leg: str, call_id: str) -> None:
        """No more voice of this leg, unless another call has it by now."""
        listening = self._legs.get(leg)
        if listening is None or listening.call == call_id:
            self._ears.close(leg)

    def _forget(self, leg: str, call_id: str) -> None:
        self._legs.pop(leg, None)
        legs = self._heard.get(call_id, set())
        legs.discard(leg)
        if not legs:
            self._heard.pop(call_id, None)

    def _settle(self, call_id: str) -> None:
        handle = self._ending.pop(call_id, None)
        if handle is not None:
            handle.cancel()
        for leg in self._heard.pop(call_id, ()):
            self._ears.abandon(leg)
            self._legs.pop(leg, None)
        self._out.pop(call_id, None)
        self._joined = {old: new for old, new in self._joined.items() if call_id not in (old, new)}
        record = self._records.get(call_id)
        if record is not None:
            record.pending = False
            record.transcript = record.transcript.settle()
            record.transcript_state, record.transcript_reason = _outcome(record)
        self._on_settled(call_id)

    def _utterance(
        self, listening: Listening, record: Record, leg: str, speech: Speech, t0: float
    ) -> Utterance:
        start, end = self._times(record, leg, speech, t0)
        words = tuple(
            SpokenWord(word.text, record.since(t0 + word.start), record.since(t0 + word.end), word.conf)
            for word in speech.words
        )
        final, name = speech.kind == "final", f"{leg}-{listening.number}"
        return Utterance(listening.speaker, leg, start, end, speech.text, final, name, words)

    def _times(self, record: Record, leg: str, speech: Speech, t0: float) -> tuple[float, float]:
        """Finals carry their words' times; an interim begins where its first result came, and ends now."""
        if speech.words:
            return record.since(t0 + speech.words[0].start), record.since(t0 + speech.words[-1].end)
        now = record.since(self._clock.monotonic())
        begun = record.transcript.interim(leg)
        return (begun.start if begun else max(0.0, now - ONSET)), now


def _moved(item: Utterance, later: float, speaker: str) -> Utterance:
    """The utterance in the time of a call that began so many seconds before."""
    words = tuple(replace(word, start=word.start + later, end=word.end + later) for word in item.words)
    start, end = max(0.0, item.start + later), max(0.0, item.end + later)
    return replace(item, speaker=speaker, start=start, end=end, words=words)


def _outcome(record: Record) -> tuple[TranscriptState, Reason]:
    """What there is to say of a finished call's transcript, before its recording was looked at."""
    if not record.missed:
        return "final", ""
    return ("pending", "") if record.taped else ("incomplete", "not-recorded")


def _heard(call: Call) -> dict[str, Party]:
    """Whom we can hear: nobody while rtpengine relays, and nobody once the call is over. A supervisor from
    when they first barge in: what they say while they do not never comes here (the media plan's tap)."""
    if call.passed or call.phase is Phase.OVER:
        return {}
    heard = {party.leg: party for party in call.parties if party.up}
    if call.supervisors:
        heard |= {each.leg: each.party for each in call.supervisors if each.spoke and each.party.up}
    return heard

"""Second hearing 补转: what no recogniser heard in time during a call is heard again from its recording.

One at a time, when the recognisers have time: calls in progress come first. What is owed stands in the
database before anything is tried, so a restart forgets nothing. It is tried for hours (`PAUSES`); what cannot
be had then leaves the transcript "incomplete", with the reason, for good.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog

from asr.words import Speech
from bridge.clock import Clock
from bridge.errors import NobodyHears, NoSuchThing, UnusableRecording
from bridge.frozen import replace
from bridge.ports_hearing import OwedStore, SecondEars, Tape, Tapes
from bridge.tickets.missed import Missed, Owed, Portion, Reason, mend, portions, seconds, uncovered
from bridge.tickets.transcript import SpokenWord, Transcript, Utterance

PAUSES: Final = (1.0, 3.0, 10.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 3600.0, 3600.0)
"""Seconds before each try; after the last it is given up: some four hours. The first are short, for the
recorder closes its file a moment after the call."""
ENOUGH: Final = 3
"""Tries for the sake of a recording that is not there yet; then what there is, is heard."""
MARGIN: Final = 1.0
"""Seconds before and after a portion that are heard with it, so that no word stands at an edge."""
TOLERANCE: Final = 0.4
"""Seconds of each stretch a recording may lack: it begins and ends with its packets, not with its plan."""

log = structlog.get_logger(__name__)

Mend = Callable[[Transcript], Transcript]


class SecondHearing:
    """on_heard: a call's transcript with what was heard again, and how complete it is now ("" reason:
    complete)."""

    def __init__(
        self,
        *,
        store: OwedStore,
        tapes: Tapes,
        ears: SecondEars,
        clock: Clock,
        on_heard: Callable[[Owed, Mend, Reason], Awaitable[None]],
    ) -> None:
        self._store, self._tapes, self._ears, self._clock = store, tapes, ears, clock
        self._on_heard = on_heard
        self._new: deque[Owed] = deque()
        self._due: dict[str, float] = {}
        self._before: dict[str, int] = {}
        self._owed: dict[str, Owed] = {}
        self._wake, self._write = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """Calls of which something is still to be heard."""
        return len(self._owed) + len(self._new)

    async def start(self) -> None:
        """Takes up what was owed when we last ended. Raises what the store raises."""
        for owed in await self._store.all():
            self._before[owed.call] = owed.tries  # a restart often follows a repair: patience begins anew
            self._note(owed)
        self._tasks = [
            asyncio.create_task(self._run(), name="second hearing"),
            asyncio.create_task(self._write_down(), name="second hearing owed"),
        ]

    async def stop(self) -> None:
        """Ends; what is owed stays owed. Harmless twice."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def owe(self, owed: Owed) -> None:
        """A call ended with voice unheard; returns at once."""
        log.info("voice.owed", call=owed.call, seconds=round(seconds(owed.missed), 1))
        self._new.append(owed)
        self._write.set()

    def hurry(self) -> None:
        """A recogniser is back: what waits for one is tried now, not when its pause is over."""
        soon = self._clock.monotonic() + PAUSES[0]
        self._due = {call: min(due, soon) for call, due in self._due.items()}
        self._wake.set()

    # --- within ---------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            soonest = min(self._due, key=lambda call: self._due[call], default=None)
            wait = None if soonest is None else self._due[soonest] - self._clock.monotonic()
            if soonest is not None and wait is not None and wait <= 0:
                await self._try(self._owed[soonest])
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
            self._wake.clear()

    async def _write_down(self) -> None:
        """What came since, beside the hearing, which may take long. A database that is gone costs the memory
        of a restart, not the hearing."""
        while True:
            await self._write.wait()
            self._write.clear()
            while self._new:
                await self._safely(self._store.put(self._new[0]))
                self._note(self._new.popleft())
                self._wake.set()

    def _note(self, owed: Owed) -> None:
        tries = max(0, owed.tries - self._before.get(owed.call, 0))
        pause = PAUSES[min(tries, len(PAUSES) - 1)]
        self._owed[owed.call], self._due[owed.call] = owed, self._clock.monotonic() + pause

    async def _try(self, owed: Owed) -> None:
        try:
            mended, reason = await self._hear(owed)
        except (UnusableRecording, NoSuchThing) as error:
            log.warning("voice.unreadable", call=owed.call, error=str(error))
            await self._end(owed, lambda transcript: transcript, "recording-unreadable")
        except Exception as error:  # a disk or a database that fails: the next one must have its turn
            disk = isinstance(error, OSError)
            await self._again(owed, error, "recording-unreadable" if disk else "recogniser-gone")
        else:
            await self._end(owed, mended, reason)

    async def _hear(self, owed: Owed) -> tuple[Mend, Reason]:
        """Everything that can be had of it. Raises NobodyHears, and what recordings raise."""
        plan = await self._plan(owed)
        missing = uncovered(owed.missed, (portion for _, portion in plan))
        lacks = missing > TOLERANCE * len(owed.missed)
        if lacks and owed.tries + 1 < ENOUGH:
            raise NobodyHears("the recording is not there yet")
        found = [(portion, await self._said(owed, tape, portion)) for tape, portion in plan]
        return partial(_mended, found, owed.began), "not-recorded" if lacks else ""

    async def _plan(self, owed: Owed) -> list[tuple[Tape, Portion]]:
        plan: list[tuple[Tape, Portion]] = []
        for call in dict.fromkeys(each.call for each in owed.missed):
            mine = [each for each in owed.missed if each.call == call]
            for tape in await self._tapes.of(call):
                plan += [(tape, each) for each in portions(mine, tape.channels, tape.began, tape.ended)]
        return plan

    async def _said(self, owed: Owed, tape: Tape, portion: Portion) -> list[Utterance]:
        since = max(tape.began, portion.start - MARGIN)
        pcm = await self._tapes.voice(tape, portion.channel, since, portion.end + MARGIN)
        heard = await self._ears.hear(pcm)
        return [_utterance(portion, speech, since - owed.began, owed.began) for speech in heard]

    async def _again(self, owed: Owed, error: Exception, reason: Reason) -> None:
        tries = owed.tries + 1
        log.warning("voice.not_heard", call=owed.call, tries=tries, error=type(error).__name__, why=reason)
        if tries >= len(PAUSES):
            await self._end(owed, lambda transcript: transcript, reason)
            return
        self._note(replace(owed, tries=tries))
        await self._safely(self._store.put(self._owed[owed.call]))

    async def _end(self, owed: Owed, mended: Mend, reason: Reason) -> None:
        log.info("voice.heard_again", call=owed.call, incomplete=reason)
        if not await self._safely(self._on_heard(owed, mended, reason)):
            self._due[owed.call] = self._clock.monotonic() + PAUSES[-1]
            return
        del self._owed[owed.call], self._due[owed.call]
        await self._safely(self._store.paid(owed.call))

    async def _safely(self, doing: Awaitable[None]) -> bool:
        try:
            await doing
        except Exception:
            log.exception("second hearing: database")
            return False
        return True


def _mended(found: list[tuple[Portion, list[Utterance]]], began: float, transcript: Transcript) -> Transcript:
    for portion, said in found:
        transcript = mend(transcript, portion, began, said)
    return transcript


def _utterance(portion: Portion, speech: Speech, shift: float, began: float) -> Utterance:
    """shift: the transcript's time of the voice's first sample. Without words' times it stands for the whole
    portion."""
    leg: Missed = portion.missed[0]
    words = tuple(
        SpokenWord(word.text, shift + word.start, shift + word.end, word.conf) for word in speech.words
    )
    start = words[0].start if words else portion.start - began
    end = words[-1].end if words else portion.end - began
    name = f"{leg.leg}-again-{round(start * 1000)}"
    return Utterance(portion.speaker, leg.leg, start, end, speech.text, True, name, words)

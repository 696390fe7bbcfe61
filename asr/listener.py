"""One stream's recogniser behind its gate: what is heard, by whom, and what is answered.

Blocking and CPU-bound where it decodes; `asr.worker` calls `listen` on the loop's thread and `hear` on one of
its own. A recogniser is borrowed from the engine for an utterance and given back after its last result: who
is silent holds none. The time line is the stream's own samples, whatever was not heard of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from asr.answers import SAME, joined
from asr.errors import AsrError
from asr.gate import Always, Begin, End, Event, Gate, Voice
from asr.options import Options
from asr.ports import Engine, Recogniser

NOTHING: Final = '{"text": ""}'
PIECE: Final = 1.0
"""Seconds of voice decoded at a time: a client that sends a minute at once must not hold a thread so long."""

TURN: Final = 600.0
"""Seconds of voice after which a recogniser is given back although the voice goes on, at the end of an
utterance: what it keeps grows with what it has heard, and somebody's music on hold may have no pause in ten
hours."""
LONGEST: Final = 60.0
"""Seconds of voice without a result that are made one. Kaldi ends an utterance after 20 by itself; a model's
settings may say otherwise, and an utterance without an end is a decoder without a bound."""

Interval = Callable[[], float]


class Listener:
    """From a client's samples to the recogniser's answers. `interval`: seconds of voice between two interim
    results, as it is now."""

    def __init__(self, engine: Engine, options: Options, *, gated: bool, interval: Interval) -> None:
        self._engine, self._options, self._interval = engine, options, interval
        # Of several n-best lists no one list can be made, so an utterance must not end within a message.
        self._gate = Gate(options.sample_rate) if gated and not options.max_alternatives else Always()
        self._recogniser: Recogniser | None = None
        self._results: list[str] = []
        self._unshown = 0
        self._at = self._begun_at = self._spoken = 0
        """Samples of the stream: heard up to, this recogniser's first; of voice since the last result."""

    def listen(self, pcm: bytes) -> list[Event]:
        """What is to be heard of these samples; empty: nothing, and the answer is SAME."""
        return self._gate.feed(pcm)

    def finish(self) -> list[Event]:
        """What is still to be heard when the client asks for the last result."""
        return self._gate.finish()

    def hear(self, events: Iterable[Event], *, last: bool = True) -> str:
        """Carries the events out: a result if an utterance ended, else the partial so far or SAME.

        `last`: the client's message ends here, and so an answer is wanted; before, always SAME.
        """
        self._results += [result for event in events if (result := self._hear(event))]
        if not last:
            return SAME
        if self._results:
            results, self._results = self._results, []
            return joined(results)
        if self._recogniser is None or not self._due():
            return SAME
        self._unshown = 0
        return self._recogniser.partial()

    def _hear(self, event: Event) -> str:
        """One event; its result, if it ended an utterance."""
        match event:
            case Begin(at):
                self._borrow(at)
                return ""
            case Voice(pcm):
                self._unshown += len(pcm) // 2
                return self._voice(pcm)
            case End():
                return self._give_back()

    def _voice(self, pcm: bytes) -> str:
        """The result, if an utterance ended with these samples or had to be ended."""
        result = self._begun().accept(pcm)
        self._at += len(pcm) // 2
        self._spoken = 0 if result else self._spoken + len(pcm) // 2
        if not self._outstayed(ended=bool(result)):
            return result
        rest = self._give_back()
        self._borrow(self._at)
        return joined([result, rest]) if result else rest

    def _outstayed(self, *, ended: bool) -> bool:
        """Whether the recogniser is to be given back in the middle of a voice; for n-best lists only if it
        must."""
        rate = self._options.sample_rate
        long = self._at - self._begun_at >= TURN * rate and not self._options.max_alternatives
        return (ended and long) or self._spoken >= LONGEST * rate

    def _borrow(self, at: int) -> None:
        self._recogniser = self._engine.recogniser(self._options, at)
        self._at = self._begun_at = at
        self._spoken = 0

    def _give_back(self) -> str:
        recogniser, self._recogniser = self._begun(), None
        result = recogniser.finish()
        self._engine.give_back(recogniser)
        return result

    def _due(self) -> bool:
        return self._unshown >= self._interval() * self._options.sample_rate

    def _begun(self) -> Recogniser:
        if self._recogniser is None:
            raise AsrError("an utterance has not begun")
        return self._recogniser


def pieces(events: Iterable[Event], rate: int) -> Iterator[list[Event]]:
    """The same events, cut where they are long, in runs of PIECE seconds at most."""
    most = 2 * round(PIECE * rate)
    run: list[Event] = []
    size = 0
    for event in _cut(events, most):
        length = len(event.pcm) if isinstance(event, Voice) else 0
        if run and size + length > most:
            yield run
            run, size = [], 0
        run.append(event)
        size += length
    if run:
        yield run


def _cut(events: Iterable[Event], most: int) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Voice) and len(event.pcm) > most:
            yield from (Voice(event.pcm[at : at + most]) for at in range(0, len(event.pcm), most))
        else:
            yield event

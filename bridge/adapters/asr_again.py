"""What is heard a second time, from a recording: through the same recognisers, after everybody else.

One portion at a time, and only while no call's captions lag: between two messages it rests as long as the
server took for the last, so it is never more than half of one decoding thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from asr.words import Speech
from bridge.adapters.asr_line import TROUBLE, Line, Lines
from bridge.adapters.asr_stream import MESSAGE_MOST, RATE, AsrStream, Piece
from bridge.clock import Clock
from bridge.errors import NobodyHears

TRIES: Final = 3
"""Servers, or the same one again, before the portion is left for later."""
RUSH: Final = 1.0
"""Seconds between two looks whether the calls in progress keep up again."""
LONGEST_REST: Final = 1.0


class AsrAgain:
    """calm: whether every call's captions keep up."""

    def __init__(self, lines: Lines, calm: Callable[[], bool], clock: Clock) -> None:
        self._lines, self._calm, self._clock = lines, calm, clock

    async def hear(self, pcm: bytes) -> list[Speech]:
        """The finals of s16le 8 kHz voice, word times in seconds from its first sample. Raises
        NobodyHears."""
        server = None
        for _ in range(TRIES):
            await self._wait_for_calm()
            server = self._lines.choose(server)
            try:
                async with self._lines.line(server) as line:
                    return await self._talk(line, pcm)
            except TROUBLE as error:
                trouble = type(error).__name__
        raise NobodyHears(trouble)

    async def _talk(self, line: Line, pcm: bytes) -> list[Speech]:
        stream, found = AsrStream(self._lines.rate), list[Speech]()
        for at in range(0, len(pcm), MESSAGE_MOST):
            stream.feed(Piece(at / 2 / RATE, pcm[at : at + MESSAGE_MOST]))
            await self._wait_for_calm()
            began = self._clock.monotonic()
            _keep(found, stream.answered(await line.say(stream.take(rest=True))))
            await asyncio.sleep(min(self._clock.monotonic() - began, LONGEST_REST))
        _keep(found, stream.answered(await line.end()))
        return found

    async def _wait_for_calm(self) -> None:
        while not self._calm():  # noqa: ASYNC110 - nobody tells; a second is soon enough
            await asyncio.sleep(RUSH)


def _keep(found: list[Speech], speech: Speech | None) -> None:
    if speech is not None and speech.kind == "final" and speech.text:
        found.append(speech)

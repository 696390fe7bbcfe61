"""Asks a recogniser which of a few names some words were: a short stretch of voice, a grammar of those names.

In the stock server's protocol (`phrase_list` in the config). It has an effect on models whose graph is put
together as it is used; our own servers say so in /healthz, and cut the names into words of their lexicon. A
stock server does not say: it is asked, spelling the names by characters, and one with a static graph answers
what it heard before, which is no name. After the calls' own captions: while they lag, nobody is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Literal

from bridge.adapters.asr_line import TROUBLE, Line, Lines
from bridge.adapters.asr_stream import MESSAGE_MOST, AsrStream, Piece
from bridge.clock import Clock
from bridge.errors import NobodyHears
from bridge.tickets.doubts import Doubt

SECONDS: Final = 5.0
"""For a question, all in all; later the agent has long asked himself."""

Kind = Literal["dynamic", "static", "unknown"]


class AsrNames:
    """calm: whether every call's captions keep up."""

    def __init__(self, lines: Lines, calm: Callable[[], bool], clock: Clock) -> None:
        self._lines, self._calm, self._clock = lines, calm, clock

    @property
    def ready(self) -> bool:
        """Whether anybody can be asked now."""
        return self._calm() and self._lines.farm.for_phrases(self._clock.monotonic()) is not None

    @property
    def graph(self) -> Kind:
        """What the servers say of their models: "dynamic" if one takes names, "static" if none does,
        "unknown" if those that might do not say."""
        told = [server.figures for server in self._lines.farm.servers]
        if any(figures is not None and figures.phrases for figures in told):
            return "dynamic"
        return "unknown" if None in told else "static"

    async def hear(self, pcm: bytes, doubt: Doubt) -> str:
        """What s16le 8 kHz voice is, of what the doubt leaves open; "" for nothing. Raises NobodyHears."""
        server = self._lines.farm.for_phrases(self._clock.monotonic())
        if server is None:
            raise NobodyHears("no recogniser takes a phrase list")
        phrases = doubt.phrases(spelled=server.figures is None)
        try:
            async with asyncio.timeout(SECONDS), self._lines.line(server, phrases) as line:
                return await self._talk(line, pcm)
        except TROUBLE as error:
            raise NobodyHears(type(error).__name__) from error

    async def _talk(self, line: Line, pcm: bytes) -> str:
        stream, found = AsrStream(self._lines.rate), ""
        for at in range(0, len(pcm), MESSAGE_MOST):
            stream.feed(Piece(0.0, pcm[at : at + MESSAGE_MOST]))
            speech = await line.say(stream.take(rest=True))
            found += speech.text if speech.kind == "final" else ""
        return found + (await line.end()).text

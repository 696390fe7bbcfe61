"""What the demo has seen so far: the live feed's and the phones' events folded into one picture, with a
condition to wait on. Knows nothing of the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Picture:
    """call, ticket, handling, utterances: the newest the feed told. phones: name -> state in words. notes:
    what happened, with seconds since the start."""

    call: Json = field(default_factory=dict)
    ticket: Json = field(default_factory=dict)
    draft: Json = field(default_factory=dict)
    handling: Json = field(default_factory=dict)
    utterances: dict[tuple[str, float], Json] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    notes: list[tuple[float, str]] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def feed(self, event: Json) -> None:
        """An event of the bridge's live feed."""
        match event["type"]:
            case "snapshot":
                for call in event.get("calls", ()):
                    self.call = call
            case "call" | "over":
                self._call(event["call"])
            case "utterance":
                self._utterance(event)
            case "ticket":
                self.ticket = event["ticket"]
            case "handling":
                self.handling = event["handling"]
            case "draft":
                self.draft = event
        await self.wake()

    async def wake(self) -> None:
        """Something changed."""
        async with self.changed:
            self.changed.notify_all()

    async def until(self, true: Callable[[Picture], bool], seconds: float) -> bool:
        """Wait until it is so; False when it is not in time."""
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(lambda: true(self))
        except TimeoutError:
            return False
        return True

    @property
    def transfer(self) -> Json:
        """The newest transfer, or {}."""
        transfers = self.call.get("transfers") or [{}]
        return dict(transfers[-1])

    @property
    def spoken(self) -> list[Json]:
        """Utterances in the order of speaking."""
        return sorted(self.utterances.values(), key=lambda item: item["start"])

    def finals(self, speaker: str) -> str:
        """All a speaker's final words, joined."""
        return "".join(item["text"] for item in self.spoken if item["final"] and item["speaker"] == speaker)

    def _call(self, call: Json) -> None:
        self.call = call
        self.prompts += [
            party["plays"]
            for party in call["parties"]
            if party["plays"] and party["plays"].startswith("prompt:") and party["plays"] not in self.prompts
        ]

    def _utterance(self, event: Json) -> None:
        """A final takes the place of its leg's interim."""
        stale = [key for key, item in self.utterances.items() if key[0] == event["leg"] and not item["final"]]
        for key in stale:
            del self.utterances[key]
        self.utterances[(event["leg"], event["start"])] = event

"""What a listener of the live feed is shown before the events: everything, or, if it was here a moment ago,
that it goes on where it left off. Makes the messages; sending is `live`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from bridge.access.principal import Principal
from bridge.api.lens import Lens
from bridge.api.parts import ApiParts
from bridge.api.picture import SNAPSHOT_UTTERANCES, Picture
from bridge.services.feed import Inbox
from bridge.services.records import Record

PIECE: Final = 25
"""Calls in one message of a snapshot: some 200 kB."""

Json = dict[str, Any]


class First:
    """The first messages, and the one that says that nothing happens."""

    def __init__(self, parts: ApiParts, picture: Picture, lens: Lens) -> None:
        self._parts, self._picture, self._lens = parts, picture, lens

    async def messages(self, inbox: Inbox, who: Principal, known: set[str]) -> AsyncIterator[Json]:
        """In their order. Calls that are shown whole in them are put into `known`. Who goes on where it left
        off knows its calls, but not those that became its own in the meantime: none counts as known."""
        if inbox.missed is not None and self._told_whole(inbox.missed, who):
            yield {"type": "resumed", "missed": len(inbox.missed), **self._head(inbox, who)}
            return
        inbox.forget()
        records = self._lens.records(who)[::-1]
        known.update(record.call.id for record in records)
        head = {"type": "snapshot", **self._head(inbox, who)}
        for at in range(0, len(records) or 1, PIECE):
            yield {**head, "calls": await self.calls(records[at : at + PIECE], who)}
            head = {"type": "more"}
        for message in self._besides(who):
            yield message

    def ping(self, at: int) -> Json:
        """The feed lives. at: the number of the newest event there was, theirs or not."""
        return {"type": "ping", "seq": at, "now": self._now(), "status": self._parts.status()}

    async def calls(self, records: list[Record], who: Principal) -> list[Json]:
        """Their pictures. A long story's draft takes milliseconds, and the key must not wait for twenty."""
        calls = []
        for record in records:
            await self._lens.prepare(record.transcript.utterances, SNAPSHOT_UTTERANCES)
            calls.append(self._picture.whole(record, who, SNAPSHOT_UTTERANCES))
            await asyncio.sleep(0)
        return calls

    def _told_whole(self, missed: tuple[Json, ...], who: Principal) -> bool:
        """Whether every call of the missed events is still known, so that it can be said whose it is: the
        end of one that is not would be told to nobody."""
        if not who.platform:
            return True
        calls = {self._lens.about(event) for event in missed} - {""}
        return all(self._parts.records.get(call) is not None for call in calls)

    def _head(self, inbox: Inbox, who: Principal) -> Json:
        """Who listens, from which event on, and what is no event's to say."""
        return {
            "epoch": self._parts.feed.epoch,
            "seq": inbox.at,
            "now": self._now(),
            "you": {
                "name": who.name,
                "may": sorted(who.may),
                "role": who.role,
                "platform": who.platform,
                "extension": who.extension,
            },
            "keys": self._parts.keys(),
            "status": self._lens.status(self._parts.status(), who),
        }

    def _besides(self, who: Principal) -> list[Json]:
        """What stands beside the calls."""
        told: list[Json] = []
        if self._parts.queues is not None:
            queues = {"type": "queues", **self._parts.queues.view()}
            told.append({"type": "queues", **self._lens.queues(queues, who)})
        if self._parts.wall is not None:
            wall = {"type": "wall", **self._parts.wall.picture(), "names": self._parts.wall.names}
            told.append(self._lens.wall(wall, who))
        if self._parts.callbacks is not None and not who.platform:
            told.append({"type": "callbacks", "open": self._parts.callbacks.open})
        return told

    def _now(self) -> str:
        return self._parts.clock.wall().isoformat()

"""The handling desk: deeds and papers from every door go through here into the ticket's handling, and word of
them out to whoever else is concerned.

Knows the table, the path and one port to the database; nothing of HTTP. What is decided is decided inside the
store's transaction, so two who act at once act one after the other. Pages hear of it after it is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bridge.clock import Clock
from bridge.errors import DeedNotNow, NoSuchTicket, NotTheirDeed, VersionMoved
from bridge.handling.authority import Sight, agree, corrected, correction, nearer
from bridge.handling.codec import encode
from bridge.handling.letters import deed_letter, papers_letter
from bridge.handling.pairs import first_of, linked, outcome
from bridge.handling.papers import facts_of, first_handling, path_of, placed
from bridge.handling.path import Parties, told
from bridge.handling.speaking import as_seen, may_bring, may_say, meaning
from bridge.handling.table import ALARM, Action, allowed, step
from bridge.handling.timetable import NO_DEADLINES, Timetable
from bridge.handling.words import Deed, Handling, Kin
from bridge.ports import Feed
from bridge.ports_handling import Change, HandlingStore, Known, Post, Source
from bridge.services.handling_news import HandlingNews, concerned

UNSEEN: Final = Sight()

Steps = tuple[tuple[Handling, Deed | None], ...]
Done = list[tuple[Handling, Deed | None, tuple[Action, ...]]]
Beside = tuple[str, Deed]


class HandlingDesk:
    """heard: whoever else follows handlings (deadlines, figures), told after the write, at once; came: told
    papers that are new here, and when their ticket was opened."""

    def __init__(
        self,
        *,
        store: HandlingStore,
        clock: Clock,
        feed: Feed,
        parties: Parties,
        heard: Callable[[Handling, Deed | None], None] = lambda handling, deed: None,
        timetable: Timetable = NO_DEADLINES,
        came: Callable[[dict[str, Any], datetime], None] = lambda document, at: None,
    ) -> None:
        self._store, self._clock, self.parties = store, clock, parties
        self.timetable, self._came = timetable, came
        self._news = HandlingNews(feed, parties, heard)

    def renew(self, parties: Parties, timetable: Timetable) -> None:
        """Other platforms and deadlines from now on."""
        self.parties, self.timetable, self._news.parties = parties, timetable, parties

    async def do(
        self, ticket: str, deed: Deed, *, speaker: str = "", expected: int | None = None,
        source: Source | None = None, sight: Sight = UNSEEN,
    ) -> Handling:  # fmt: skip
        """Have a deed done. speaker: the partner whose letter or request brings it, "" from within; expected:
        the version it was decided on; sight: what a letter's sender saw. Repeated, it changes nothing. Raises
        NoSuchTicket, NotTheirDeed, DeedNotNow, BadDeed, VersionMoved, Overload."""
        done: Done = []
        beside: list[Beside] = []

        def decide(known: Known) -> Change:
            handling = self._theirs(known, speaker)
            may_say(handling, self.parties, speaker, deed)
            if expected is not None and expected != handling.version:
                raise VersionMoved(f"现在是第 {handling.version} 版")
            meant = meaning(handling, deed, self.parties, self._clock.wall())
            after, actions = self._decided(handling, meant, speaker, sight)
            steps = self._onwards(after, meant)
            done.append((steps[-1][0], meant, actions))
            news = outcome(after, meant)
            beside.extend(() if news is None else (news,))
            return replace(self._change(handling, steps, actions, speaker), beside=tuple(beside))

        known = await self._store.change(ticket, decide, source=source, deed=deed.id)
        await self._tell(done, beside)
        return self._theirs(known, speaker)

    async def overruled(self, ticket: str, platform: str, said: Mapping[str, Any]) -> None:
        """A partner refuses a letter of ours and says how the ticket stands there: on the origin's side of
        us, that is how it stands."""
        at = self._clock.wall()
        done: Done = []

        def decide(known: Known) -> Change:
            handling = known.handling
            if handling is None or not nearer(handling.path, self.parties.own, platform):
                return Change()
            after = corrected(handling, said, self.parties.known, at)
            if after is None or agree(after, handling):
                return Change()
            deed = correction(after, self.parties.home, at)
            steps = self._onwards(self.timetable.follow(after), deed)
            done.append((steps[-1][0], deed, ALARM))
            return self._change(handling, steps, ALARM, platform)

        await self._store.change(ticket, decide)
        await self._tell(done)

    async def received(
        self, document: dict[str, Any], *, kind: str, speaker: str = "", source: Source | None = None
    ) -> Handling:
        """Papers from a partner, or ("" ) of a request that came by the web. kind: opened, update or final.
        Older or repeated ones change nothing. Raises NotTheirDeed, Overload."""
        path = placed(path_of(document), self.parties.own, self.parties.home, speaker)
        whole = {**document, "path": list(path)}
        done: Done = []
        before: list[Handling | None] = []
        beside: list[Beside] = []

        def decide(known: Known) -> Change:
            may_bring(known.handling, known.papers_version, whole, self.parties, speaker)
            change = self._taken(known, whole, kind, speaker)
            before.append(known.handling)
            beside.extend(change.beside)
            if change.steps:
                done.append((change.steps[-1][0], None, ()))
            return change

        known = await self._store.change(document["ticket"], decide, source=source)
        await self._tell(done, beside)
        handling = self._theirs(known, speaker)
        if before[:1] not in ([], [None], [handling]):
            self._news.read_anew(handling)
        self._came(whole, handling.opened_at)
        return handling

    async def link(self, ticket: str, kin: Kin, other: str) -> None:
        """Two tickets belong together: each says so, once."""
        at = self._clock.wall()
        back = Deed(f"link {ticket}", "link", "", at, owner=kin, to=ticket)
        deed = Deed(f"link {other}", "link", "", at, owner=kin, to=other)
        done: Done = []
        beside: list[Beside] = []

        def decide(known: Known) -> Change:
            if known.handling is None:
                return Change()
            after, actions = self._step(known.handling, deed)
            done.append((after, deed, actions))
            beside.append((other, back))
            return Change(((after, deed),), beside=((other, back),))

        await self._store.change(ticket, decide, deed=deed.id)
        await self._tell(done, beside)

    async def delivered(self, ticket: str) -> None:
        """The next platform has acknowledged the papers."""
        at = self._clock.wall()

        def decide(known: Known) -> Change:
            if known.handling is None or known.handling.state != "draft":
                return Change()
            deed = Deed(f"deliver {ticket} {known.handling.version}", "deliver", "", at)
            after, _ = self._step(known.handling, deed)
            done.append((after, deed, ()))
            return Change(((after, deed),))

        done: Done = []
        await self._store.change(ticket, decide)
        await self._tell(done)

    def changed(self, handling: Handling, deed: Deed | None, new: bool) -> None:
        """The key has opened a ticket (new), turned it to another platform, or its papers say more."""
        if new or deed is not None:
            self._news.changed(handling, deed)
        else:
            self._news.read_anew(handling)

    async def handling(self, ticket: str, platform: str = "") -> Handling:
        """Its newest version. Raises NoSuchTicket where it is none of `platform`'s."""
        return self._theirs(await self._store.known(ticket), platform)

    async def reminded(self, ticket: str, speaker: str, kind: str, due: str) -> Handling:
        """A partner reminds us of what we owe (kind, due: as its letter says): pages are told. Raises
        NoSuchTicket where it is none of the partner's."""
        handling = await self.handling(ticket, speaker)
        self._news.reminded(handling, speaker, kind, due)
        return handling

    def view(self, handling: Handling, platform: str) -> dict[str, Any]:
        """What is shown of it, with what that platform may do now."""
        return {**encode(handling), "may": list(allowed(handling, platform))}

    # --- within --------------------------------------------------------------------------------------------

    def _step(self, handling: Handling, deed: Deed) -> tuple[Handling, tuple[Action, ...]]:
        after, actions = step(handling, deed)
        return self.timetable.follow(after), actions

    def _decided(
        self, handling: Handling, deed: Deed, speaker: str, sight: Sight
    ) -> tuple[Handling, tuple[Action, ...]]:
        """By the table; what the origin's side has done is done, whatever our own copy says."""
        above = bool(speaker) and nearer(handling.path, self.parties.own, speaker)
        try:
            if speaker and not above:
                as_seen(handling, deed, sight)
            return self._step(handling, deed)
        except (DeedNotNow, NotTheirDeed):
            truth = corrected(handling, sight.after, self.parties.known, deed.at) if above else None
            if truth is None or deed.name == "urge":
                raise
            return self.timetable.follow(truth), ALARM

    def _theirs(self, known: Known, platform: str) -> Handling:
        handling = known.handling
        if handling is None or (platform and platform not in concerned(handling)):
            raise NoSuchTicket("没有这张工单，或与本平台无关")
        return handling

    def _taken(self, known: Known, document: dict[str, Any], kind: str, speaker: str) -> Change:
        facts, old = facts_of(document), known.handling
        if old is not None and document["version"] <= (known.papers_version or 0):
            return Change()
        if old is not None:
            onward = told(old, self.parties.own, speaker)
            return Change(letters=self._papers(onward, kind, document), papers=document, facts=facts)
        first = first_handling(document, self._clock.wall(), tuple(document["path"]))
        onward = told(first, self.parties.own, speaker)
        steps: Steps = ((first, None), *self._onwards(first, None)[1:])
        pair, letters = first_of(document), self._papers(onward, "opened", document)
        beside = () if pair is None else ((pair[0], linked(first, pair[1])),)
        return Change(steps, letters, papers=document, facts=facts, beside=beside)

    def _papers(self, onward: tuple[str, ...], kind: str, document: dict[str, Any]) -> tuple[Post, ...]:
        body = papers_letter(kind, document, self._clock.wall()) if onward else ""
        return tuple(Post(each, kind, document["version"], body) for each in onward)

    def _onwards(self, after: Handling, deed: Deed | None) -> Steps:
        """What is asked of one of ours has arrived."""
        if after.state != "draft" or after.holder not in self.parties.own:
            return ((after, deed),)
        arrived = Deed(f"deliver {after.ticket} {after.version}", "deliver", "", after.changed_at)
        return ((after, deed), (self._step(after, arrived)[0], arrived))

    def _change(self, before: Handling, steps: Steps, actions: tuple[Action, ...], speaker: str) -> Change:
        after, deed = steps[0]
        if "tell" not in actions or deed is None:
            return Change(steps)
        to = told(after, self.parties.own, speaker)
        new = tuple(each for each in to if each not in before.path)
        body = deed_letter(after, deed, self._clock.wall(), before.state)
        letters = tuple(Post(each, "deed", after.version, body) for each in to if each not in new)
        return Change(steps, letters, new)

    async def _tell(self, done: Done, beside: Sequence[Beside] = ()) -> None:
        """After the write; of the other tickets that have heard of it, how they are now."""
        for handling, deed, actions in done[-1:]:
            self._news.changed(handling, deed, actions)
        for ticket, heard in beside:
            other = (await self._store.known(ticket)).handling
            if other is not None:
                self._news.changed(other, heard, ALARM if heard.name == "outcome" else ())

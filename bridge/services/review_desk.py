"""The review desk 质检台: finds archived calls, runs the pre-checks over one, keeps notes and scores.

Knows ports and the pure rules. A pre-check is made anew from what counts as said now, and goes into a score
as it was then. Who may do what, and covering numbers, is the door's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from bridge.clock import Clock
from bridge.errors import BadRequest, NoSuchThing
from bridge.ports_review import Brief, ReviewStore
from bridge.ports_search import Hit, SearchStore, Wanted
from bridge.review.checks import Finding, run
from bridge.review.form import Answer, Form, score
from bridge.review.notes import FLAGS, LONGEST_CALL, Note, Scored, tidy
from bridge.review.talk import Seat, Talk, seats_of, talk_of
from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.stored import StoredTranscript

Transcript = Callable[[str], Awaitable[StoredTranscript]]

MOST_LINES: Final = 1500
"""Utterances of one call that are looked at: an hour and a half of steady talk."""
NOBODY: Final = ""
"""The agent of a call in which nobody of ours is known by extension."""


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call in a list."""

    hit: Hit
    stored: StoredTranscript
    seats: tuple[Seat, ...]
    brief: Brief


@dataclass(frozen=True, slots=True)
class Review:
    """All there is about one call. findings: by agent, then by question."""

    stored: StoredTranscript
    seats: tuple[Seat, ...]
    findings: Mapping[str, Mapping[str, Finding]]
    scores: tuple[Scored, ...]
    notes: tuple[Note, ...]


class ReviewDesk:
    """form: which scores are given by; transcript: a call's, raises NoSuchThing; gazetteer: names of places
    (None: no list); names: extension -> the agent's name; agents_see: agents see how they were judged."""

    def __init__(
        self,
        *,
        form: Form,
        store: ReviewStore,
        search: SearchStore,
        transcript: Transcript,
        clock: Clock,
        gazetteer: Gazetteer,
        names: Mapping[str, str],
        agents_see: bool,
    ) -> None:
        self.form, self.store, self.names, self.agents_see = form, store, names, agents_see
        self._search, self._transcript, self._clock = search, transcript, clock
        self.gazetteer = gazetteer

    def now(self) -> datetime:
        """The time it is."""
        return self._clock.wall()

    async def find(self, wanted: Wanted, platform: str) -> tuple[FoundCall, ...]:
        """The newest calls first; platform: whose notes and scores are counted. Raises UnusableTranscript."""
        hits = await self._search.find(replace(wanted, kind="transcript", bare=True))
        briefs = await self.store.briefs([hit.id for hit in hits], platform)
        found = [await self._found(hit, briefs) for hit in hits]
        return tuple(each for each in found if each is not None)

    async def review(self, call: str, platform: str) -> Review:
        """Raises NoSuchThing, UnusableTranscript."""
        stored = await self._transcript(call)
        seats = _seats(stored, platform)
        findings = await asyncio.to_thread(self._findings, stored, seats)
        scores, notes = await self.store.scores(call, platform), await self.store.notes(call, platform)
        return Review(stored, seats, findings, scores, notes)

    async def give(
        self,
        call: str,
        agent: str,
        *,
        version: int,
        answers: Mapping[str, Answer],
        remark: str,
        by: str,
        platform: str,
    ) -> Scored:
        """A score, made from that version (0: the first). Raises BadRequest, NoSuchThing, VersionMoved."""
        remark = tidy(remark)
        outcome = score(self.form, answers)
        stored = await self._transcript(call)
        seats = _seats(stored, platform)
        seat = next((each for each in seats if each.number == agent), None)
        if seat is None:
            raise BadRequest("这通电话里没有这个话务员，或者不是本平台的")
        found = (await asyncio.to_thread(self._findings, stored, (seat,)))[agent]
        body = {
            "answers": {id: asdict(answer) for id, answer in answers.items()},
            "findings": {id: _plain(finding) for id, finding in found.items()},
            "remark": remark,
            "failed": list(outcome.fatal),
            "form": self.form.json(),
        }
        made = Scored(
            call, agent, version + 1, seat.platform, stored.heading.started_at, self.form.version,
            outcome.tenths, outcome.passed, bool(outcome.fatal), by, self._clock.wall(), body,
        )  # fmt: skip
        await self.store.save(made)
        return made

    async def mark(self, call: str, flag: str, second: float, text: str, *, by: str, platform: str) -> Note:
        """A flag at a second of the call. Raises BadRequest, TooManyNotes."""
        if flag not in FLAGS:
            raise BadRequest(f"标记只能是：{'、'.join(f'{key}（{name}）' for key, name in FLAGS.items())}")
        note = Note(call, "mark", tidy(text), by, platform, self._clock.wall(), flag, _second(second))
        return await self.store.add(note)

    async def comment(self, call: str, second: float | None, text: str, *, by: str, platform: str) -> Note:
        """A comment, at a second or to all of it. Raises BadRequest, TooManyNotes."""
        words = tidy(text)
        if not words:
            raise BadRequest("评论不能是空的")
        at = None if second is None else _second(second)
        return await self.store.add(Note(call, "comment", words, by, platform, self._clock.wall(), second=at))

    async def take_back(self, call: str, number: int, *, by: str, platform: str) -> None:
        """One's own mark or comment. Raises NoSuchThing."""
        await self.store.take_back(call, number, by, platform, self._clock.wall())

    async def _found(self, hit: Hit, briefs: Mapping[str, Brief]) -> FoundCall | None:
        """None: gone in the meantime."""
        try:
            stored = await self._transcript(hit.id)
        except NoSuchThing:
            return None
        return FoundCall(hit, stored, _seats(stored, ""), briefs.get(hit.id, Brief()))

    def _findings(self, stored: StoredTranscript, seats: tuple[Seat, ...]) -> dict[str, dict[str, Finding]]:
        said, everybody = stored.said()[:MOST_LINES], seats_of(stored.of_kind("recogniser"))
        return {seat.number: self._check(talk_of(said, seat.number, everybody)) for seat in seats}

    def _check(self, talk: Talk) -> dict[str, Finding]:
        checked = [(each.id, each.check) for each in self.form.questions if each.check is not None]
        return {id: run(check, talk, self.gazetteer) for id, check in checked}


def _seats(stored: StoredTranscript, platform: str) -> tuple[Seat, ...]:
    """Who can be scored: that platform's agents; where nobody is known, nobody in particular."""
    seats = seats_of(stored.of_kind("recogniser"))
    own = tuple(seat for seat in seats if platform in ("", seat.platform))
    home = stored.heading.platform
    if not seats and platform in ("", home):
        return (Seat(NOBODY, home, frozenset()),)
    return own


def _second(second: float) -> float:
    if not 0 <= second <= LONGEST_CALL:
        raise BadRequest("second 是通话的第几秒，从 0 起")
    return round(second, 3)


def _plain(finding: Finding) -> dict[str, Any]:
    return {"verdict": finding.verdict, "why": finding.why, "evidence": list(finding.evidence)}

"""The recording desk: which call is being recorded with whom, told to the recorder; what is wrong with it,
told to the pages.

A witness of the switchboard. Whether a call is recorded is `calls.recording`'s rule, what is kept of its legs
the media plan's; here a recording gets its name, and each leg its side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bridge.calls.call import Call, Phase, Transfer
from bridge.media.takes import LEFT, RIGHT, TakeLeg, TakePlan, Why
from bridge.ports import Feed, Tape
from bridge.services.records import Records

_WORST: Final[tuple[Why, ...]] = ("recorder-gone", "disk-full", "quota", "write-failed", "slow-disk")


class RecordingDesk:
    """new_id: unique names for takes; records: where it stands that a call was recorded."""

    def __init__(self, tape: Tape, feed: Feed, new_id: Callable[[], str], records: Records) -> None:
        self._tape, self._feed, self._new_id, self._records = tape, feed, new_id, records
        self._takes: dict[str, TakePlan] = {}
        self._troubles: Mapping[Why, str] = {}

    @property
    def state(self) -> str:
        """ "up", or what is wrong first of all (takes.Why)."""
        return next((why for why in _WORST if why in self._troubles), "up")

    @property
    def open(self) -> int:
        """How many recordings are going on."""
        return len(self._takes)

    def changed(self, before: Call | None, call: Call) -> None:
        """Begin, go on with whoever came, or end."""
        take = self._takes.get(call.id)
        if not call.recorded.on or call.phase is Phase.OVER:
            self._end(call.id)
            return
        known = take.legs if take else ()
        names = {leg.leg for leg in known}
        come = tuple(
            TakeLeg(party.leg, LEFT if party.role == "caller" else RIGHT, party.speaker)
            for party in (*call.parties, *[each.party for each in call.supervisors if each.spoke])
            if party.up and party.leg not in names
        )
        if come:
            name = take.take if take else self._new_id()
            record = self._records.get(call.id)
            zero = record.started if record is not None else None
            self._roll(TakePlan(name, call.id, (*known, *come), zero=zero))

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Nothing to do at the press: `changed` tells."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nothing to do: `changed` tells who came and went."""

    def over(self, call: Call, outcome: str) -> None:
        """The recording ends with the call."""
        self._end(call.id)

    def troubled(self, troubles: Mapping[Why, str]) -> None:
        """What keeps recordings from being made now; empty: nothing."""
        self._troubles = dict(troubles)
        self._feed.publish({"type": "recording", "state": self.state, "troubles": self._troubles})

    def _roll(self, plan: TakePlan) -> None:
        self._takes[plan.call] = plan
        record = self._records.get(plan.call)
        if record is not None:
            record.taped = True
        self._tape.roll(plan)

    def _end(self, call: str) -> None:
        take = self._takes.pop(call, None)
        if take is not None:
            self._tape.roll(TakePlan(take.take, take.call, take.legs, ended=True, zero=take.zero))

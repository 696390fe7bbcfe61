"""The advice desk: what the caller says, read while it is said: alerts, ranked categories, direction.

Listens to the transcriber, and as a witness of the switchboard knows who attends. Words of danger count from
the first interim result on, once per word and call; categories and direction follow each final utterance.
Never waits, and what it costs is microseconds: the lists remember what they have read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog

from bridge.calls.call import Call, Transfer
from bridge.ports import AlertMeter, Feed
from bridge.scope.alerts import Alert, changed, hear
from bridge.scope.direction import direct
from bridge.scope.reading import Scope
from bridge.services.records import Record, Records
from bridge.tickets.advice import story_of
from bridge.tickets.advice_json import encode_alert, encode_direction, encode_suggestion
from bridge.tickets.transcript import CALLER, Utterance

log = structlog.get_logger(__name__)

SHOWN: Final = 5
"""Categories shown: more than anybody weighs while somebody talks."""


class AdviceDesk:
    """family: a platform's name -> the one it belongs to (a county's 110 is 110)."""

    def __init__(
        self, *, scope: Scope, records: Records, feed: Feed, meter: AlertMeter, family: Callable[[str], str]
    ) -> None:
        self.scope, self._records, self._feed, self._meter = scope, records, feed, meter
        self._family = family

    # --- the switchboard's witness ------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """Another platform attends: the same story may now be at the right place."""
        record = self._records.get(call.id)
        if record is not None and before is not None and _attends(before) != _attends(call):
            self._tell(record)

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Nothing to do at the press."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nothing to do: `changed` tells who attends."""

    def over(self, call: Call, outcome: str) -> None:
        """Nothing to do: the record keeps what was found."""

    # --- the transcriber ------------------------------------------------------------------------------------

    def heard(self, call_id: str, utterance: Utterance) -> None:
        """The caller said something, finished or not; the others' words say nothing about the case."""
        record = self._records.get(call_id)
        if record is None or utterance.speaker != CALLER:
            return
        self._listen(record, utterance)
        if utterance.final:
            self._tell(record)

    # --- the pages ------------------------------------------------------------------------------------------

    def view(self, record: Record) -> dict[str, Any]:
        """ranked, lines, direction as they stand, and every alert so far."""
        alerts = [self._alert(n, alert) for n, alert in enumerate(record.alerts)]
        return {**self._advice(record), "alerts": alerts}

    # --- within ---------------------------------------------------------------------------------------------

    def _listen(self, record: Record, said: Utterance) -> None:
        before, shouts = record.alerts, self.scope.shouts(said.text)
        if not shouts and not before:
            return
        record.alerts = hear(before, shouts, said.id, said.end, final=said.final)
        for alert in changed(before, record.alerts):
            # What was said is the caller's affair: the log has the kind only.
            log.warning("danger", call=record.call.id, danger=alert.danger, state=alert.state)
            self._meter.alert(alert.danger, alert.state)
            told = self._alert(record.alerts.index(alert), alert)
            self._feed.publish({"type": "alert", "call": record.call.id, "alert": told})

    def _tell(self, record: Record) -> None:
        if self._feed.heard:
            self._feed.publish({"type": "suggestions", "call": record.call.id, **self._advice(record)})

    def _advice(self, record: Record) -> dict[str, Any]:
        reading = self.scope.read(story_of(record.transcript))
        direction = direct(self.scope, reading, _attends(record.call), self._family)
        return {
            "ranked": [encode_suggestion(item) for item in reading.ranked[:SHOWN]],
            "lines": [encode_suggestion(item) for item in reading.lines],
            "direction": encode_direction(direction),
        }

    def _alert(self, n: int, alert: Alert) -> dict[str, Any]:
        """n: its place among the call's alerts, which it keeps, so that a page knows which one changed."""
        danger = self.scope.danger(alert.danger)
        told = {"name": danger.name, "advice": danger.advice} if danger else {}
        return {"n": n, **encode_alert(alert), **told}


def _attends(call: Call) -> str:
    """The platform that has the caller; before anybody answers, the one that was dialled."""
    return call.attendant.speaker if call.attendant is not None else call.platform

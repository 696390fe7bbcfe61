"""What the lists say of a transcript: the category to suggest and the words of danger in it.

Pure. Only the caller's own words count: an agent who repeats them, or asks whether anybody has a knife, says
nothing about the case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.scope.alerts import Alerts, hear
from bridge.scope.reading import Said, Scope
from bridge.scope.suggestion import Suggestion
from bridge.tickets.transcript import CALLER, Transcript, Utterance


@dataclass(frozen=True, slots=True)
class Advice:
    """suggestion: None if nothing speaks clearly for any category; alerts: oldest first, withdrawn ones
    left out."""

    suggestion: Suggestion | None = None
    alerts: Alerts = ()


Adviser = Callable[[Transcript], Advice]


def adviser(scope: Scope) -> Adviser:
    """Who reads transcripts by these lists."""
    return lambda transcript: advise(scope, transcript)


def advise(scope: Scope, transcript: Transcript) -> Advice:
    """What is to be said of this transcript so far."""
    alerts: Alerts = ()
    for item in _of_caller(transcript):
        alerts = hear(alerts, scope.shouts(item.text), item.id, item.end, final=item.final)
    kept = tuple(alert for alert in alerts if alert.state != "withdrawn")
    return Advice(scope.read(story_of(transcript)).best, kept)


def story_of(transcript: Transcript) -> list[Said]:
    """The caller's utterances, finished ones first."""
    return [Said(item.id, item.text) for item in _of_caller(transcript)]


def _of_caller(transcript: Transcript) -> list[Utterance]:
    return [item for item in (*transcript.finals, *transcript.interims) if item.speaker == CALLER]

"""Suggestions, directions and alerts as JSON and back: the shape that tickets, feed and pages share. Pure."""

from __future__ import annotations

from typing import Any

from bridge.scope.alerts import Alert
from bridge.scope.direction import Direction
from bridge.scope.suggestion import Suggestion


def encode_suggestion(suggestion: Suggestion | None) -> dict[str, Any] | None:
    """The suggested category and the words that speak for it, with the utterances they were said in; source
    "agent" where one chose or accepted it. None if nothing speaks for any."""
    if suggestion is None:
        return None
    return {
        "id": suggestion.id,
        "name": suggestion.name,
        "to": suggestion.to,
        "list": suggestion.annex,
        "urgent": suggestion.urgent,
        "score": suggestion.score,
        "evidence": list(suggestion.evidence),
        "utterances": list(suggestion.utterances),
        **({"source": "agent"} if suggestion.by_hand else {}),
    }


def decode_suggestion(body: dict[str, Any] | None) -> Suggestion | None:
    """What `encode_suggestion` made this of; those written before there were utterances are read, too.
    KeyError, TypeError on others."""
    if body is None:
        return None
    return Suggestion(
        body["id"], body["name"], body["to"], body["list"], body["urgent"], body["score"],
        tuple(body["evidence"]), tuple(body.get("utterances", ())), body.get("source") == "agent",
    )  # fmt: skip


def encode_direction(direction: Direction) -> dict[str, Any]:
    """go, mode, also, category, why, rule, say."""
    return {
        "go": direction.go,
        "mode": direction.mode,
        "also": list(direction.also),
        "category": direction.category,
        "why": direction.why,
        "rule": direction.rule,
        "say": direction.say,
    }


def encode_alert(alert: Alert) -> dict[str, Any]:
    """danger, said, utterance, at (seconds since the call began), state."""
    return {
        "danger": alert.danger,
        "said": alert.said,
        "utterance": alert.utterance,
        "at": round(alert.at, 3),
        "state": alert.state,
    }


def decode_alert(body: dict[str, Any]) -> Alert:
    """What `encode_alert` made this of. KeyError, TypeError on others."""
    return Alert(word=body["said"], **body)

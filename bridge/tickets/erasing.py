"""What is left of papers, handlings and transcripts when the personal data in them is erased. Pure.

Numbers, states, times and categories stay, for figures and for the other platform's references; whatever
somebody said or was called goes. In a transcript's chain an erased entry keeps the hash it had, so that the
chain can still be verified around it, and says that it was erased: nobody can hide that something was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.tickets.elements import LABELS
from bridge.tickets.evidence import Entry, digest_of

_EMPTY: Final = {
    "value": "", "source": "default", "resolved": "", "confidence": 0.0, "utterances": [], "said": "",
    "until": "",
}  # fmt: skip
_WORDS: Final = frozenset(
    {"text", "words", "caller", "number", "agent", "uri", "display", "said", "reason", "by", "why", "where"}
)
"""Keys of an entry's body that may say something of somebody."""


def papers(document: Mapping[str, Any]) -> dict[str, Any]:
    """A `bridge.ticket.v1` document without anybody in it; it can be read as before."""
    elements = {
        name: {key: _EMPTY.get(key, value) for key, value in document["elements"][name].items()}
        for name in LABELS
    }
    speech = {key: value for key, value in (document.get("transcript") or {}).items() if key != "meant"}
    category = document.get("category")
    left = {
        **document,
        "elements": elements,
        "category": category and {**category, "evidence": [], "utterances": []},
        "alerts": [{**alert, "said": ""} for alert in document.get("alerts", ())],
        "transcript": {**speech, "utterances": []},
        "erased": True,
    }
    if document.get("caller"):
        left["caller"] = {**document["caller"], "number": ""}
    return left


def step(document: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the handling's log without the words of its deed."""
    deed = document.get("deed")
    return {
        **document,
        "deed": deed and {key: value for key, value in deed.items() if key != "reason"},
        "handling": handling(document["handling"]),
    }


def handling(document: Mapping[str, Any]) -> dict[str, Any]:
    """A handling without the words of its last deed."""
    return {**document, "reason": ""}


def entry(said: Entry) -> Entry:
    """An entry of a transcript's chain without its words. Erased twice it is the same."""
    body = {key: _blank(value) if key in _WORDS else value for key, value in said["body"].items()}
    return {**said, "body": body, "erased": True, "hash": digest_of(said)}


def _blank(value: Any) -> Any:
    return [] if isinstance(value, list) else ""

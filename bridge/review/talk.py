"""A stored call as its reviewer sees it: lines in the order of speaking, and whose each of them is.

Pure. What counts as said is the corrected text, where somebody has corrected it. An agent is known by the
extension the recogniser's entries in the transcript's chain name; one agent may have been on several legs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bridge.tickets.stored import Said
from bridge.tickets.transcript import CALLER

Side = Literal["agent", "caller", "other"]
"""agent: the one who is reviewed; other: colleagues and the far desk."""


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance. seq: its entry in the transcript's chain; start, end: seconds since the call began."""

    seq: int
    side: Side
    start: float
    end: float
    text: str


Talk = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody of ours who spoke in a call. number: extension; platform: whose desk."""

    number: str
    platform: str
    legs: frozenset[str]


def seats_of(recognisers: Iterable[dict[str, Any]]) -> tuple[Seat, ...]:
    """Everybody but the caller whose extension is known, in the order they came. recognisers: bodies of the
    chain's entries of that kind."""
    found: dict[tuple[str, str], set[str]] = {}
    for body in recognisers:
        speaker, number = str(body.get("speaker", "")), str(body.get("number", ""))
        if number and speaker != CALLER:
            found.setdefault((number, speaker), set()).add(str(body.get("leg", "")))
    return tuple(Seat(number, home, frozenset(legs)) for (number, home), legs in found.items())


def talk_of(said: Sequence[Said], agent: str, seats: Iterable[Seat]) -> Talk:
    """The lines, seen from that agent's desk; agent "": whoever is not the caller counts."""
    legs = {leg for seat in seats if seat.number == agent for leg in seat.legs}
    return tuple(
        Line(each.seq, _side(each, agent, legs), each.utterance.start, each.utterance.end, each.text)
        for each in said
    )


def _side(said: Said, agent: str, legs: set[str]) -> Side:
    if said.utterance.speaker == CALLER:
        return "caller"
    return "agent" if not agent or said.utterance.leg in legs else "other"

"""The five elements 五要素, filled from what the caller said.

Pure rules over the caller's own words, and over what an agent read back and the caller agreed to: an agent's
question never becomes an answer. What nobody said stays empty with source "default"; the caller's number
stands in for a contact that was not given. Each element tells how sure it is and whose utterances say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from bridge.scope.suggestion import Suggestion
from bridge.tickets import people, phones, places, times
from bridge.tickets.confidence import ASKED_FOR, HAND, Agreement, agreement, sure
from bridge.tickets.elements import Element, ElementName, Elements, Typed, tidy
from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from bridge.tickets.spoken import normal
from bridge.tickets.story import Story, tell
from bridge.tickets.summary import summary
from bridge.tickets.transcript import Transcript

_LINE: float = 0.6
"""How sure it is that a caller can be reached at the number he calls from."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a ticket would say if the key were pressed now."""

    elements: Elements
    suggestion: Suggestion | None


def draft(
    transcript: Transcript,
    caller_number: str,
    suggest: Callable[[Transcript], Suggestion | None],
    started_at: datetime | None = None,
    gazetteer: Gazetteer = NOWHERE,
    by_hand: Typed = MappingProxyType({}),
) -> Draft:
    """The elements and the suggestion so far; for the page before any press. Same rules as the ticket's own.
    by_hand: what the agent has set."""
    told = tell(transcript)
    elements = _elements(told, caller_number, started_at, gazetteer).under(by_hand)
    return Draft(elements, suggest(transcript))


def fill(
    transcript: Transcript,
    caller_number: str,
    started_at: datetime | None = None,
    gazetteer: Gazetteer = NOWHERE,
) -> Elements:
    """The five elements. started_at (aware): when the call began, which 昨天 and 刚才 count from."""
    return _elements(tell(transcript), caller_number, started_at, gazetteer)


def typed(
    name: ElementName, value: str, started_at: datetime | None = None, gazetteer: Gazetteer = NOWHERE
) -> Element:
    """An element as an agent set it by hand; a time or place that can be told has its normal form as if it
    had been said."""
    words = tidy(value)
    resolved = until = ""
    if name == "when" and (moment := times.moment_in(normal([words]), started_at)):
        resolved, until = moment.resolved, moment.until
    if name == "where" and (where := places.place_in(normal([words]), gazetteer)):
        resolved = where.resolved
    return Element(words, "agent", resolved, HAND, until=until)


def _elements(told: Story, line: str, started_at: datetime | None, gazetteer: Gazetteer) -> Elements:
    name = people.name_in(told.text, told.answers(people.ASKED))
    number = phones.own_number(told.text, told.answers(ASKED_FOR["contact"]))
    moment = times.moment_in(told.text, started_at, told.answers(ASKED_FOR["when"]))
    taken = tuple((found.start, found.end) for found in (name, number, moment) if found)
    return Elements(
        who=_who(told, name),
        contact=_contact(told, number, line),
        when=_when(told, moment),
        where=_where(told, gazetteer, taken),
        what=_what(told),
    )


def _who(told: Story, name: people.Name | None) -> Element:
    if name is None:
        return Element()
    value = name.value
    agreed = agreement(told, lambda text: value in text)
    return _element(told, value, name.start, name.end, name.sure, agreed)


def _contact(told: Story, number: phones.Number | None, line: str) -> Element:
    if number is None:
        return _read_back_number(told) or _line(told, line)
    value = number.value
    agreed = agreement(told, lambda text: any(it.value == value for it in phones.read_out(text)))
    return _element(told, value, number.start, number.end, number.sure, agreed)


def _read_back_number(told: Story) -> Element | None:
    """A number only the agent has said, and the caller agreed to."""
    for asked, answer, agrees in reversed(told.read_back()):
        numbers = phones.read_out(asked.text) if agrees else ()
        if numbers:
            ids = tuple(filter(None, (asked.id, answer.id)))
            return Element(numbers[-1].value, "transcript", confidence=0.85, utterances=ids)
    return None


def _line(told: Story, number: str) -> Element:
    if not number:
        return Element()
    named = phones.this_line(told.text, number) or any(
        agrees and phones.this_line(asked.text, number) for asked, _, agrees in told.read_back()
    )
    return Element(number, "caller-id", confidence=0.9 if named else _LINE)


def _when(told: Story, moment: times.Moment | None) -> Element:
    if moment is None:
        return Element()
    said = moment.said
    agreed = agreement(told, lambda text: said in text)
    made = _element(told, moment.said, moment.start, moment.end, moment.sure, agreed, moment.resolved)
    return replace(made, until=moment.until)


def _where(told: Story, gazetteer: Gazetteer, taken: tuple[tuple[int, int], ...]) -> Element:
    """The caller's own words for it, or the agent's where he read back more of it and the caller agreed.
    taken: what is a name, a number or a time, and so no place."""
    agents = "，".join(turn.text for turn in told.turns if not turn.caller)
    own = places.place_in(_without(told.text, taken), gazetteer, told.answers(places.ASKED), agents)
    for asked, answer, agrees in reversed(told.read_back()):
        read = places.place_in(asked.text, gazetteer) if agrees else None
        if read is not None and read.kinds - {"city", "county", "side"} and places.says_more(read, own):
            ids = tuple(filter(None, (asked.id, answer.id)))
            return Element(
                read.value, "transcript", read.resolved, round(max(0.9, read.sure), 2), ids, read.said
            )
    if own is None:
        return Element()
    agreed = agreement(told, lambda text: _names(text, own, gazetteer))
    made = _element(told, own.value, own.start, own.end, own.sure, agreed, own.resolved)
    return replace(made, said=own.said)


def _without(text: str, taken: tuple[tuple[int, int], ...]) -> str:
    """The text with these stretches blotted out, so that places keep theirs."""
    for start, end in taken:
        text = text[:start] + "|" * (end - start) + text[end:]
    return text


def _names(text: str, own: places.Where, gazetteer: Gazetteer) -> bool:
    """Whether an agent's turn reads back the place or an essential part of it."""
    read = places.place_in(text, gazetteer)
    return read is not None and (read.resolved in own.resolved or own.resolved in read.resolved)


def _what(told: Story) -> Element:
    words = summary(told.text, told.answers(people.ASKED) + told.answers(ASKED_FOR["contact"]))
    if not words:
        return Element()
    plain = 0.85 if len(words) >= 8 else 0.55
    return _element(told, words, 0, len(told.text), plain, None)


def _element(
    told: Story, value: str, start: int, end: int, strength: float, agreed: Agreement, resolved: str = ""
) -> Element:
    ids, heard = told.sources(start, end)
    return Element(value, "transcript", resolved, sure(strength, heard, agreed), ids)

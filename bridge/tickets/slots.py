"""The five elements 五要素, filled from what the caller said.

Pure rules over the caller's own words: nobody else's, so that an agent's question never becomes an answer.
What nobody said stays empty with source "default"; the caller's number stands in for a contact that was not
given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from bridge.scope.suggestion import Suggestion
from bridge.tickets.elements import Element, ElementName, Elements, Typed, tidy
from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from bridge.tickets.people import name_answered, name_in, without_name
from bridge.tickets.places import place_in
from bridge.tickets.spoken import PAUSE, normal, own_number, without_numbers
from bridge.tickets.times import moment_in
from bridge.tickets.transcript import CALLER, Transcript

MAX_WHAT: Final = 200
"""Characters of 诉求内容: what a dispatcher reads at a glance; the whole story is in the transcript."""

MAX_READ: Final = 1500
"""Characters of the caller's words the rules read, from the start: five minutes of talk. Keeps the key
quick.
"""

_GREETING: Final = re.compile(
    r"(?:^|(?<=，))(?:(?:喂|您好|你好|哎|唉|嗯|哦|啊|那个|就是说|同志|警察同志|师傅|谢谢|麻烦|好的|行|可以|对|是的)(?:[您你]们?)?了?啊?，?)+"
)
_EMPTY_WORDS: Final = re.compile(
    r"(?:嗯|哦|啊|喂|好|好的|好吧|是|是的|对|对对|行|可以|谢谢|没有|没了|知道了|明白|再见|不用)+"
)
_MIN_CONTENT: Final = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """What a ticket would say if the key were pressed now."""

    elements: Elements
    suggestion: Suggestion | None


def draft(
    transcript: Transcript,
    caller_number: str,
    suggest: Callable[[str], Suggestion | None],
    started_at: datetime | None = None,
    gazetteer: Gazetteer = NOWHERE,
    by_hand: Typed = MappingProxyType({}),
) -> Draft:
    """The elements and the suggestion so far; for the page before any press. Same rules as the ticket's own.
    by_hand: what the agent has set."""
    elements = fill(transcript, caller_number, started_at, gazetteer).under(by_hand)
    return Draft(elements, suggest(story(transcript)))


def story(transcript: Transcript) -> str:
    """The caller's words as one normal text, what suggestions are made from."""
    return normal(transcript.said_by(CALLER))[:MAX_READ]


def fill(
    transcript: Transcript,
    caller_number: str,
    started_at: datetime | None = None,
    gazetteer: Gazetteer = NOWHERE,
) -> Elements:
    """The five elements. started_at (aware): when the call began, which 昨天 and 刚才 count from."""
    del gazetteer
    text = story(transcript)
    name = name_in(text) or _answered_name(transcript)
    contact = own_number(text)
    moment = moment_in(text, started_at)
    return Elements(
        who=_said(name),
        contact=_said(contact) if contact else _known(caller_number),
        when=Element(moment.said, "transcript", moment.resolved) if moment else Element(),
        where=_said(place_in(text)),
        what=_said(summary(text)),
    )


def typed(
    name: ElementName, value: str, started_at: datetime | None = None, gazetteer: Gazetteer = NOWHERE
) -> Element:
    """An element as an agent set it by hand; a time that can be told is resolved as if it had been said."""
    del gazetteer
    words = tidy(value)
    moment = moment_in(normal([words]), started_at) if name == "when" else None
    return Element(words, "agent", moment.resolved if moment else "", 1.0)


@lru_cache(maxsize=256)
def summary(text: str) -> str:
    """The caller's own words without greeting, name and number, up to MAX_WHAT characters."""
    words = without_numbers(without_name(text))
    sentences = [_GREETING.sub("", sentence) for sentence in words.split(PAUSE)]
    kept = [item for item in sentences if len(item) >= _MIN_CONTENT and not _EMPTY_WORDS.fullmatch(item)]
    return PAUSE.join(kept)[:MAX_WHAT]


def _answered_name(transcript: Transcript) -> str:
    for question, answer in pairwise(transcript.utterances):
        if question.speaker != CALLER and answer.speaker == CALLER:
            name = name_answered(normal([question.text]), normal([answer.text]))
            if name:
                return name
    return ""


def _said(value: str) -> Element:
    return Element(value, "transcript") if value else Element()


def _known(caller_number: str) -> Element:
    return Element(caller_number, "caller-id") if caller_number else Element()

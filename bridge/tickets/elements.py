"""The five elements 五要素 of 三(三)1 of the source: 诉求人, 联系方式, 事发时间, 事发地, 诉求内容, as frozen
values and their wire JSON.

Pure. It knows their shape: what each says, where it comes from, how sure that is. How they are found is
slots.py's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

Source = Literal["transcript", "caller-id", "agent", "default"]
ElementName = Literal["who", "contact", "when", "where", "what"]
Typed = Mapping[ElementName, "Element"]
"""What an agent set by hand."""

LABELS: Final[dict[ElementName, str]] = {
    "who": "诉求人",
    "contact": "联系方式",
    "when": "事发时间",
    "where": "事发地",
    "what": "诉求内容",
}

MAX_AMENDMENT: Final = 2000
"""Characters an agent may type into one element."""


@dataclass(frozen=True, slots=True)
class Element:
    """One of the five: its words, where they come from ("default": nobody has said it yet, value empty).

    resolved: the normal form, where the words pin one down, else "": of 事发时间 an ISO 8601 date or minute
    in Beijing time, of 事发地 official names and digits (东昌府区柳园南路26号).
    confidence: 0 (nothing known) to 1 (an agent typed it), two decimals. utterances: the ids of those it came
    from, in the order of speaking. said: the recogniser's own words where `value` corrects them, else "".
    until: of a span of time its end, as `resolved`, else "".
    """

    value: str = ""
    source: Source = "default"
    resolved: str = ""
    confidence: float = 0.0
    utterances: tuple[str, ...] = ()
    said: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Elements:
    """The five elements 五要素."""

    who: Element = Element()
    contact: Element = Element()
    when: Element = Element()
    where: Element = Element()
    what: Element = Element()

    def typed(self) -> Typed:
        """Those an agent set by hand."""
        found: dict[ElementName, Element] = {name: getattr(self, name) for name in LABELS}
        return {name: element for name, element in found.items() if element.source == "agent"}

    def under(self, typed: Typed) -> Elements:
        """These, with what an agent typed in its place: nothing that is heard overwrites it."""
        changes: dict[str, Any] = {str(name): element for name, element in typed.items()}
        return replace(self, **changes) if changes else self


def tidy(value: str) -> str:
    """What an agent typed, as it is kept: blanks folded, at most MAX_AMENDMENT characters."""
    return " ".join(value.split())[:MAX_AMENDMENT]


def encode_elements(elements: Elements) -> dict[str, Any]:
    """Keyed who, contact, when, where, what; each with its Chinese label."""
    return {name: _encode(label, getattr(elements, name)) for name, label in LABELS.items()}


def decode_elements(body: dict[str, Any]) -> Elements:
    """What `encode_elements` made this of, and what versions before confidence and utterances wrote."""
    return Elements(**{name: _decode(body[name]) for name in LABELS})


def _encode(label: str, element: Element) -> dict[str, Any]:
    extras = {name: text for name in ("resolved", "until", "said") if (text := getattr(element, name))}
    return {
        "label": label,
        "value": element.value,
        "source": element.source,
        **extras,
        "confidence": element.confidence,
        "utterances": list(element.utterances),
    }


def _decode(body: dict[str, Any]) -> Element:
    return Element(
        value=body["value"],
        source=body["source"],
        resolved=body.get("resolved", ""),
        confidence=body.get("confidence", 0.0),
        utterances=tuple(body.get("utterances", ())),
        said=body.get("said", ""),
        until=body.get("until", ""),
    )

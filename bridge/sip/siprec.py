"""Recording metadata (RFC 7865): who speaks on which stream of a recording session, and how that changes.

Strategy: XML is read without entities or DTD, and only by local names, because session recording clients of
different ages differ in the rest (`participant_id` or `id`, `aor` in any case). What a partial update does
not mention stays. Pure; a stranger's bytes end in MalformedBody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bridge.errors import MalformedBody
from bridge.frozen import replace

METADATA_TYPES: Final = frozenset({"application/rs-metadata+xml", "application/rs-metadata"})
MAX_METADATA: Final = 64 * 1024
"""Octets; a conference of ten has some 10 KB."""
MAX_ELEMENTS: Final = 2000
_AOR: Final = re.compile(r"<?(?:sips?|tel):(?:([^@;>]+)@)?([^;>]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Participant:
    """aor: as written; number: its user part, or ""; name: as shown, or ""."""

    id: str
    aor: str = ""
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """participants, streams (id -> the SDP's label), sends (participant -> streams it speaks on) and sessions
    (SIP session ids of what is recorded), as far as they have been told."""

    participants: dict[str, Participant] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)
    sends: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sessions: tuple[str, ...] = ()
    partial: bool = False

    def speaker(self, label: str) -> Participant | None:
        """Who speaks on the stream with this label."""
        ids = {stream for stream, its in self.streams.items() if its == label}
        named = next((who for who, sent in self.sends.items() if ids & set(sent)), None)
        return self.participants.get(named) if named is not None else None

    def updated(self, news: Metadata) -> Metadata:
        """With news: a complete one replaces all, a partial one what it mentions (RFC 7865 §6.1)."""
        if not news.partial:
            return news
        return replace(
            self,
            participants={**self.participants, **news.participants},
            streams={**self.streams, **news.streams},
            sends={**self.sends, **news.sends},
            sessions=news.sessions or self.sessions,
        )


def parse_metadata(body: bytes) -> Metadata:
    """The metadata in a body. Raises MalformedBody."""
    if len(body) > MAX_METADATA:
        raise MalformedBody(f"metadata of {len(body)} bytes")
    try:
        root = fromstring(body.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise MalformedBody(f"metadata that is no plain XML: {type(error).__name__}") from None
    if _local(root.tag) != "recording":
        raise MalformedBody("metadata without a recording")
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    if len(elements) > MAX_ELEMENTS:
        raise MalformedBody(f"metadata of {len(elements)} elements")
    return _read(root)


def _read(root: Element) -> Metadata:
    modes = [_text(element) for element in _children(root, "datamode")]
    people = {who.id: who for who in map(_participant, _children(root, "participant")) if who.id}
    streams = {
        _id(element, "stream"): _text(label)
        for element in _children(root, "stream")
        for label in _children(element, "label")
    }
    sends = {
        _ref(element, "participant"): _sent(element) for element in _children(root, "participantstreamassoc")
    }
    sessions = (
        _text(each) for element in _children(root, "session") for each in _children(element, "sipsessionid")
    )
    return Metadata(people, streams, sends, tuple(filter(None, sessions)), modes[:1] == ["partial"])


def _participant(element: Element) -> Participant:
    for name_id in _children(element, "nameid"):
        aor = next((value for key, value in name_id.attrib.items() if _local(key) == "aor"), "")
        found = _AOR.match(aor)
        number = (found[1] or found[2]) if found else ""
        shown = next((_text(name) for name in _children(name_id, "name")), "")
        return Participant(_id(element, "participant"), aor, number, shown)
    return Participant(_id(element, "participant"))


def _sent(element: Element) -> tuple[str, ...]:
    """The streams it speaks on; none once it left them."""
    if any(True for _ in _children(element, "disassociate-time")):
        return ()
    return tuple(_text(each) for each in _children(element, "send"))


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str) and _local(child.tag) == name)


def _id(element: Element, kind: str) -> str:
    return _ref(element, kind)


def _ref(element: Element, kind: str) -> str:
    values = {_local(key): value.strip() for key, value in element.attrib.items()}
    return values.get(f"{kind}_id") or values.get("id", "")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _text(element: Element) -> str:
    return (element.text or "").strip()

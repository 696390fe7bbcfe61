"""Recording sessions on the wire (SIPREC, RFC 7866): an exchange's INVITE with several streams and metadata
about who speaks on them, answered as a recording server: we hear, and send nothing.

Reads multipart bodies, keeps each session's metadata; decides nothing about the call behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_line import Line, refusal
from bridge.calls.listening import SessionOffered, Voice
from bridge.errors import MalformedSdp, PeerError
from bridge.sip import events as ua
from bridge.sip.message import Request
from bridge.sip.multipart import parse_parts
from bridge.sip.sdp_streams import read_streams, write_recvonly
from bridge.sip.siprec import METADATA_TYPES, Metadata, parse_metadata

log = structlog.get_logger(__name__)

SRS: Final = (("Contact", ";+sip.srs"),)
"""RFC 7866 §7.1.2: a recording server says so in its Contact."""


class Desk(Protocol):
    """Who is told of sessions."""

    def offered(self, event: SessionOffered) -> None:
        """A new one."""

    def described(self, leg: str, voices: tuple[Voice, ...]) -> dict[int, int]:
        """Its streams, described anew; place -> our port."""

    def ended(self, leg: str) -> None:
        """It is over."""


@dataclass
class _Session:
    """offer: the last description, ours is the answer to it."""

    session: int
    offer: bytes
    metadata: Metadata
    ports: dict[int, int]
    version: int = 0


class ListeningLegs:
    """trunks: those whose exchanges may let us listen. It and `desk` are set by whoever builds the two."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.trunks: frozenset[str] = frozenset()
        self._sessions: dict[str, _Session] = {}
        self.desk: Desk | None = None

    def invited(self, event: ua.InviteReceived, trunk: str, now: float) -> bool:
        """An INVITE over a trunk; False: it is a telephone call."""
        if trunk not in self.trunks or not _is_recording(event.request):
            return False
        try:
            sdp, metadata = _read(event.request)
            if not sdp:
                raise MalformedSdp("a recording session without a description")
            session = _Session(self._line.fresh(), sdp, metadata or Metadata(), {})
            voices = _voices(sdp, session.metadata)
        except PeerError as error:
            status, reason, headers = refusal(error)
            self._line.stack.run(lambda agent, at: agent.refuse(event.leg, status, reason, at, headers))
            return True
        self._sessions[event.leg] = session
        if self.desk is not None:
            self.desk.offered(SessionOffered(event.leg, trunk, voices, now))
        return True

    def heard(self, event: ua.Event) -> bool:
        """News of a leg; False: it is none of ours."""
        leg = getattr(event, "leg", None)
        if leg not in self._sessions:
            return False
        match event:
            case ua.OfferReceived(leg, request):
                self._reoffered(leg, request)
            case ua.Ended(leg):
                self._ended(leg)
            case ua.ReferReceived(leg):
                self._line.stack.run(lambda agent, now: agent.refuse_refer(leg, 603, "Decline", now))
        return True

    def answer(self, leg: str, ports: dict[int, int]) -> None:
        """200: these streams at these ports."""
        session = self._sessions.get(leg)
        if session is None:
            return
        session.ports = ports
        body = self._body(session)
        self._line.stack.run(lambda agent, now: agent.accept(leg, body, now, SRS))

    def refuse(self, leg: str, status: int, reason: str) -> None:
        """A final answer that is no."""
        self._sessions.pop(leg, None)
        SIP_REFUSED.labels("siprec").inc()
        self._line.stack.run(lambda agent, now: agent.refuse(leg, status, reason, now))

    def _reoffered(self, leg: str, request: Request) -> None:
        """A re-INVITE or UPDATE: streams, metadata, or both. What cannot be read changes nothing."""
        session = self._sessions[leg]
        try:
            sdp, metadata = _read(request)
            if metadata is not None:
                session.metadata = session.metadata.updated(metadata)
            session.offer = sdp or session.offer
            voices = _voices(session.offer, session.metadata)
        except PeerError as error:
            status, reason, _ = refusal(error)
            self._line.stack.run(lambda agent, now: agent.refuse_offer(leg, status, reason, now))
            return
        if self.desk is not None:
            session.ports = self.desk.described(leg, voices)
        body = b"" if request.method == "UPDATE" and not sdp else self._body(session)
        self._line.stack.run(lambda agent, now: agent.answer_offer(leg, body, now))

    def _ended(self, leg: str) -> None:
        """The session is over."""
        self._sessions.pop(leg, None)
        if self.desk is not None:
            self.desk.ended(leg)

    def _body(self, session: _Session) -> bytes:
        session.version += 1
        place = (self._line.address, session.ports, session.session, session.version)
        return write_recvonly(session.offer, *place)


def _is_recording(request: Request) -> bool:
    """By its word (Require: siprec, +sip.src), or by what it brings."""
    required = ",".join(request.headers.all("Require")).lower()
    contact = (request.headers.first("Contact") or "").lower()
    kind = (request.headers.first("Content-Type") or "").lower()
    return "siprec" in required or "+sip.src" in contact or any(each in kind for each in METADATA_TYPES)


def _read(request: Request) -> tuple[bytes, Metadata | None]:
    """The description (b"" for none) and the metadata in a request. Raises MalformedBody."""
    kind = request.headers.first("Content-Type") or "application/sdp"
    bare = kind.partition(";")[0].strip().lower()
    if bare.startswith("multipart/"):
        parts = {part.kind: part.body for part in parse_parts(kind, request.body)}
    else:
        parts = {bare: request.body}
    told = next((body for name, body in parts.items() if name in METADATA_TYPES and body.strip()), None)
    return parts.get("application/sdp", b""), parse_metadata(told) if told is not None else None


def _voices(sdp: bytes, metadata: Metadata) -> tuple[Voice, ...]:
    voices = []
    for stream in read_streams(sdp):
        who = metadata.speaker(stream.label) if stream.label else None
        number, name = (who.number, who.name) if who else ("", "")
        voices.append(Voice(stream.place, stream.audio, number, name, stream.paused))
    return tuple(voices)

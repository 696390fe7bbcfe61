"""A telephone of raw SIP messages and RTP packets, one call at a time: exact in time, strict in nothing.

Rings when it is told to, answers, refers, hangs up, and keeps what it heard with the time of its arrival.
It repeats nothing: the bridge's retransmissions are answered like the first, ours are not needed on
loopback.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field

from wire import Address, Wire

from bridge.media import rtp

SILENCE = b"\xd5" * 159
EVENT_TYPE = 101
_unique = itertools.count(1)


@dataclass(frozen=True)
class Message:
    """One SIP message. at: CLOCK_REALTIME nanoseconds of its arrival; headers by lower-case name, every
    value."""

    first: str
    headers: dict[str, list[str]]
    body: str
    at: int

    @property
    def name(self) -> str:
        """The method of a request, the status of a response."""
        words = self.first.split(" ", 2)
        return words[1] if words[0] == "SIP/2.0" else words[0]

    def __getitem__(self, header: str) -> str:
        return self.headers[header][0]


def parse(data: bytes, at: int) -> Message:
    """The message in a datagram the bridge has sent."""
    head, _, body = data.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return Message(first, headers, body, at)


@dataclass
class Dialog:
    """One call as the telephone sees it. us and them: From and To values of our requests."""

    id: str
    us: str
    them: str = ""
    target: str = ""
    cseq: int = 0
    media: Address | None = None
    invite: Message | None = None
    got: dict[str, Message] = field(default_factory=dict)
    """The first message of each name; responses as `200 INVITE`."""


class Phone:
    """mark: the first octet of its voice, by which the others know it; rings: answer 180 at once; picks_up:
    answer 200 at once."""

    def __init__(
        self,
        wire: Wire,
        host: str,
        user: str,
        bridge: Address,
        *,
        mark: int,
        rings: bool = False,
        picks_up: bool = False,
    ) -> None:
        self._wire, self.host, self.user, self._bridge = wire, host, user, bridge
        self._rings, self._picks_up = rings, picks_up
        self._sip = wire.open((host, 0), self._on_sip)
        self._rtp = wire.open((host, 0), self._on_rtp)
        self.port = int(self._sip.getsockname()[1])
        self._mark = bytes([mark])
        self._speech: list[bytes] = []
        self._frame = self._clock = self._begun = 0
        self.dialog = Dialog("", "")
        self.voice: list[tuple[int, int]] = []
        """(arrival in ns, the speaker's mark) of each RTP packet of this call."""

    # --- what it does -------------------------------------------------------------------------------------

    def call(self, number: str) -> None:
        """INVITE."""
        unique = next(_unique)
        us = f"<sip:{self.user}@{self.host}:{self.port}>;tag={unique}"
        self.dialog = Dialog(f"{unique}@{self.host}", us, f"<sip:{number}@{self._bridge[0]}>")
        self.dialog.target = f"sip:{number}@{self._bridge[0]}:{self._bridge[1]}"
        self.voice.clear()
        self._request("INVITE", body=self._sdp())

    def pick_up(self) -> int:
        """200 to the INVITE; the time it was sent."""
        return self._answer(self._invite(), "200 OK", self._sdp())

    def refer(self, number: str) -> int:
        """The key by REFER; the time it was sent."""
        return self._request("REFER", f"Refer-To: <sip:{number}@{self._bridge[0]}>\r\n")

    def hang_up(self) -> int:
        """BYE; the time it was sent."""
        self.hush()
        return self._request("BYE")

    def talk(self, frames: list[bytes] | None = None) -> None:
        """Send voice from now on: these frames over and over from the first, or silence with its mark."""
        self._speech, self._begun = frames or [], self._frame + 1
        self._wire.every_frame(self._say)

    def hush(self) -> None:
        """Send no more."""
        self._wire.no_more(self._say)

    def key(self, payload: bytes, *, first: bool = False) -> int:
        """One telephone-event packet (RFC 4733) in the stream; `first`: of a new press; the time it was
        sent."""
        if first:
            self._clock = self._frame * 160
        self._frame += 1
        at = time.time_ns()
        self._send_rtp(EVENT_TYPE, self._clock, payload, marker=first)
        return at

    def released(self) -> bool:
        """The bridge has ended the call."""
        return not self.dialog.got.keys().isdisjoint({"BYE", "CANCEL"})

    # --- what it hears ------------------------------------------------------------------------------------

    def _on_rtp(self, data: bytes, source: Address, at: int) -> None:
        if source == self.dialog.media and data[1] & 0x7F == 8:  # what is left of the call before is not
            self.voice.append((at, data[rtp.HEADER_SIZE]))

    def _on_sip(self, data: bytes, _source: Address, at: int) -> None:
        message = parse(data, at)
        if message.first.startswith("SIP/2.0"):
            self._on_response(message)
        elif message.name == "INVITE":
            self._on_invite(message)
        elif message["call-id"] == self.dialog.id:
            self._on_request(message)
        elif message.name != "ACK":
            self._answer(message, "481 Call Does Not Exist")

    def _on_invite(self, message: Message) -> None:
        if message["call-id"] != self.dialog.id:
            us = f"{message['to']};tag={next(_unique)}"
            self.dialog = Dialog(message["call-id"], us, message["from"], _uri(message["contact"]))
            self.dialog.invite, self.dialog.media = message, _media(message.body)
            self.dialog.got["INVITE"] = message
            self.voice.clear()
        if self._rings:
            self._answer(message, "180 Ringing")
        if self._picks_up:
            self.pick_up()

    def _on_request(self, message: Message) -> None:
        self.dialog.got.setdefault(message.name, message)
        if message.name == "ACK":
            return
        if message.name == "BYE":
            self.hush()
        self._answer(message, "200 OK")
        if message.name == "CANCEL":
            self._answer(self._invite(), "487 Request Terminated")

    def _on_response(self, message: Message) -> None:
        if message["call-id"] != self.dialog.id:
            return
        name = f"{message.name} {message['cseq'].split()[1]}"
        self.dialog.got.setdefault(name, message)
        if name == "200 INVITE":
            self.dialog.them, self.dialog.target = message["to"], _uri(message["contact"])
            self.dialog.media = _media(message.body)
            self._request("ACK")

    # --- bytes --------------------------------------------------------------------------------------------

    def _invite(self) -> Message:
        if self.dialog.invite is None:
            raise RuntimeError(f"{self.user} has not been called")
        return self.dialog.invite

    def _request(self, method: str, headers: str = "", body: str = "") -> int:
        dialog = self.dialog
        dialog.cseq += method != "ACK"
        data = (
            f"{method} {dialog.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{next(_unique)}\r\n"
            f"Max-Forwards: 70\r\nFrom: {dialog.us}\r\nTo: {dialog.them}\r\nCall-ID: {dialog.id}\r\n"
            f"CSeq: {dialog.cseq} {method}\r\n{headers}{self._tail(body)}"
        )
        return self._send(data)

    def _answer(self, request: Message, status: str, body: str = "") -> int:
        vias = "".join(f"Via: {via}\r\n" for via in request.headers["via"])
        ours = request.name == "INVITE" and request["call-id"] == self.dialog.id
        to = self.dialog.us if ours else request["to"]
        data = (
            f"SIP/2.0 {status}\r\n{vias}From: {request['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {request['call-id']}\r\nCSeq: {request['cseq']}\r\n{self._tail(body)}"
        )
        return self._send(data)

    def _tail(self, body: str) -> str:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        contact = f"Contact: <sip:{self.user}@{self.host}:{self.port}>\r\n"
        return f"{contact}{kind}Content-Length: {len(body)}\r\n\r\n{body}"

    def _send(self, text: str) -> int:
        data = text.encode()
        at = time.time_ns()
        self._sip.sendto(data, self._bridge)
        return at

    def _sdp(self) -> str:
        port = self._rtp.getsockname()[1]
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8 {EVENT_TYPE}\r\na=rtpmap:8 PCMA/8000\r\n"
            f"a=rtpmap:{EVENT_TYPE} telephone-event/8000\r\na=ptime:20\r\n"
        )

    def _say(self) -> None:
        self._frame += 1
        voice = (
            self._speech[(self._frame - self._begun) % len(self._speech)]
            if self._speech
            else self._mark + SILENCE
        )
        self._send_rtp(8, self._frame * 160, voice)

    def _send_rtp(self, kind: int, timestamp: int, payload: bytes, *, marker: bool = False) -> None:
        if self.dialog.media is not None:
            packet = rtp.build(kind, (self._frame, timestamp, self.port), payload, marker=marker)
            self._rtp.sendto(packet, self.dialog.media)


def _uri(contact: str) -> str:
    return contact[contact.index("<") + 1 : contact.index(">")]


def _media(sdp: str) -> Address:
    """Where the bridge wants the voice."""
    lines = dict(line.split("=", 1) for line in sdp.split("\r\n") if line)
    return lines["c"].split()[2], int(lines["m"].split()[1])

"""What control asks of the webrtc process for each browser's leg, and what it is told: values, and lines.

Pure. A leg is one browser's voice: ICE, DTLS and SRTP towards the browser, plain RTP towards the media
process. Each negotiation of a leg has a turn, counted from 1: what is told of an older one is nobody's.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

MAX_SDP: Final = 12_000
"""Octets of a browser's description: one voice medium with a few dozen candidates has some 3,000."""
MAX_LINE: Final = 32 * 1024
MAX_NAME: Final = 64
MAX_CANDIDATE: Final = 512

Why = Literal["malformed-sdp", "no-common-codec", "no-port", "not-connected", "fault"]
"""Why a browser's offer came to nothing. not-connected: ICE or DTLS did not come about, or ended."""


@dataclass(frozen=True, slots=True)
class Open:
    """Answer this offer of the browser's; a connection the leg had before is closed, its RTP port stays."""

    leg: str
    turn: int
    sdp: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Aim:
    """The media process's RTP port for this leg, 1..65535."""

    leg: str
    port: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One more of the browser's ICE candidates (RFC 8838), as it stands in an a= line; "": that were all."""

    leg: str
    candidate: str
    mid: str = "0"


@dataclass(frozen=True, slots=True)
class Close:
    """The leg is over."""

    leg: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Our answer to the browser's offer; port: where the leg takes plain RTP."""

    leg: str
    turn: int
    sdp: str = field(repr=False)
    port: int
    codec: Literal["PCMA", "PCMU"]


@dataclass(frozen=True, slots=True)
class Failed:
    """The negotiation came to nothing, or what it had brought about ended."""

    leg: str
    turn: int
    why: Why


@dataclass(frozen=True, slots=True)
class Up:
    """Browser and we are connected: voice may flow."""

    leg: str
    turn: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Packets of the browser come again (`there`), or have not for a moment: a browser sends fifty a second,
    muted or not, as long as its page lives."""

    leg: str
    there: bool


Order = Open | Aim | Candidate | Close
Told = Opened | Failed | Up | Heard
_ORDERS: Final[dict[str, Any]] = {kind.__name__: kind for kind in (Open, Aim, Candidate, Close)}
_TOLD: Final[dict[str, Any]] = {kind.__name__: kind for kind in (Opened, Failed, Up, Heard)}
_KINDS: Final[dict[str, type]] = {
    "leg": str, "sdp": str, "candidate": str, "mid": str, "why": str, "codec": str, "turn": int, "port": int,
    "there": bool,
}  # fmt: skip
_LONGEST: Final = {"sdp": MAX_SDP, "candidate": MAX_CANDIDATE}


def encode(value: Order | Told) -> bytes:
    """One JSON line."""
    return json.dumps({"kind": type(value).__name__, **asdict(value)}).encode() + b"\n"


def decode_order(line: bytes) -> Order:
    """The order in one JSON line. Raises ValueError, KeyError or TypeError on anything else."""
    order: Order = _decode(line, _ORDERS)
    return order


def decode_told(line: bytes) -> Told:
    """The news in one JSON line. Raises ValueError, KeyError or TypeError on anything else."""
    told: Told = _decode(line, _TOLD)
    return told


def _decode(line: bytes, kinds: dict[str, Any]) -> Any:
    body = json.loads(line)
    if not isinstance(body, dict):
        raise TypeError("a line is an object")
    kind = kinds[body.pop("kind")]
    for name, value in body.items():
        _check(name, value)
    return kind(**body)


def _check(name: str, value: object) -> None:
    wanted = _KINDS[name]
    if type(value) is not wanted:
        raise TypeError(f"{name} is no {wanted.__name__}")
    if isinstance(value, str) and len(value) > _LONGEST.get(name, MAX_NAME):
        raise ValueError(f"{name} of {len(value)} characters")
    if name == "leg" and not value:
        raise ValueError("a leg without a name")
    if name == "port" and isinstance(value, int) and not 1 <= value <= 65535:
        raise ValueError(f"port {value}")

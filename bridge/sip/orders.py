"""Orders: given to the user agent with a command, and by it to whoever carries its bytes. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.frozen import quick
from bridge.sip.grammar import NameAddr
from bridge.sip.message import Address

HeaderTuple = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """For a 401 or 407; the password stays out of every repr."""

    user: str
    password: str = field(repr=False)


@quick
@dataclass(frozen=True, slots=True)
class Invitation:
    """A call to make. uri: the Request-URI; from_: without tag; next_hop: where the INVITE is sent; body: the
    SDP offer (never empty); headers: added as they are, and instead of the user agent's own of the same
    name. spare: where else it may go, once, when a connection to next_hop is lost or cannot be had. large:
    where an INVITE of more than 1300 bytes goes instead (RFC 3261 §18.1.1), None: to next_hop all the
    same. further: other addresses of the same place, tried in turn when the one before gives no response for
    `patience` seconds, cannot be reached, or says 503 (RFC 3263 §4.3)."""

    uri: str
    from_: NameAddr
    to: NameAddr
    next_hop: Address
    body: bytes
    headers: HeaderTuple = ()
    credentials: Credentials | None = None
    spare: Address | None = None
    large: Address | None = None
    further: tuple[Address, ...] = ()
    patience: float = 32.0


@dataclass(frozen=True, slots=True)
class Registrant:
    """A REGISTER to send. uri: the registrar's domain; aor: who is registered; user: of our Contact; seconds:
    for how long, 0 to end it. One registration keeps its Call-ID and counts its CSeq (RFC 3261 §10.2)."""

    uri: str
    aor: str
    user: str
    call_id: str
    cseq: int
    seconds: int
    headers: HeaderTuple = field(default=(), repr=False)


@quick
@dataclass(frozen=True, slots=True)
class Send:
    """Put these bytes on the wire. spare: where they go when `to` is a connection that is gone (RFC 3261
    §18.2.2)."""

    data: bytes
    to: Address
    spare: Address | None = None


@dataclass(frozen=True, slots=True)
class Reuse:
    """Requests to `alias` may go over the connection `to`, which asked for it (RFC 5923 §5)."""

    to: Address
    alias: Address

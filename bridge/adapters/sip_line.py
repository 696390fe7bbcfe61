"""What the rooms of the SIP endpoint share: the user agent's stack, the clock, whom legs are told to, and the
SDP of each leg.

Knows how a description is made one version on from the last (RFC 3264 §8); decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_reading import SDP_TYPE
from bridge.adapters.sip_secrecy import Secrecy
from bridge.calls.events import LegEvent, Offered
from bridge.clock import Clock
from bridge.errors import PeerError
from bridge.sip import events as ua
from bridge.sip import passing
from bridge.sip.sdes import PLAIN, Shield
from bridge.sip.sdp import write_answer, write_offer
from bridge.sip.useragent import UserAgent

_ACCEPT: Final = {415: (("Accept", SDP_TYPE),)}
"""RFC 3261 §21.4.13: a 415 says what would be understood."""
_PHRASES: Final = {488: "Not Acceptable Here", 415: "Unsupported Media Type"}


class Listener(Protocol):
    """Who is told what legs do: the switchboard."""

    def offered(self, event: Offered) -> None:
        """A new inbound leg."""

    def on(self, event: LegEvent) -> None:
        """News of a leg."""

    def refer(self, leg: str, number: str, at: float) -> None:
        """The key by REFER."""

    def refer_to_leg(self, leg: str, other: str, at: float) -> None:
        """REFER to the far end of another leg of ours."""

    def refer_beyond(self, leg: str, number: str, trunk: str, replaces: str, at: float) -> None:
        """REFER to a dialog at an exchange of ours; replaces: its name there."""

    def digit(self, leg: str, digit: str, at: float) -> None:
        """A key of the phone, by INFO."""


class Stack(Protocol):
    """The user agent and its socket."""

    def run(self, command: Callable[[UserAgent, float], list[ua.Output]]) -> None:
        """Do something with the user agent now; what comes of it is sent and told."""

    def soon(self, then: Callable[[], None]) -> None:
        """Call back after the present event."""


@dataclass
class Described:
    """What SDP needs to remember of a leg. offer: the peer's, while it waits for our answer; early: what we
    answered before the call was, to be said again with the 200 (RFC 3261 §13.2.1); shield: how its voice is
    to be protected; reliably: its ringing must arrive (RFC 3262); late: its INVITE had no offer;
    elsewhere: the last description it got from us names another relay than ours."""

    session: int
    version: int = 0
    port: int = 0
    offer: bytes = b""
    early: bytes = b""
    reliably: bool = False
    late: bool = False
    shield: Shield = PLAIN
    elsewhere: bool = False


class Line:
    """stack: the user agent's; address: the numeric one our SDP shows; session: fresh SDP session ids;
    secrecy: who is to be encrypted; noise: comfort noise is offered and taken; pracks: trunks that get
    reliable ringing wherever they can."""

    def __init__(
        self,
        stack: Stack,
        address: str,
        clock: Clock,
        session: Callable[[], int],
        *,
        secrecy: Secrecy,
        noise: bool,
        pracks: frozenset[str] = frozenset(),
    ) -> None:
        self.stack, self.clock, self.secrecy, self.noise = stack, clock, secrecy, noise
        self.address, self.fresh, self.pracks = address, session, pracks
        self._described: dict[str, Described] = {}
        self.listener: Listener | None = None
        self.gone: Callable[[str], None] | None = None
        """Told when a leg is forgotten."""

    def hear(self, event: LegEvent) -> None:
        """Tell what a leg does."""
        if self.listener is not None:
            self.listener.on(event)

    # --- descriptions ---

    def describe(self, leg: str, port: int = 0, offer: bytes = b"", shield: Shield = PLAIN) -> Described:
        """A new leg, at our RTP port (0: not known yet), with the peer's offer if it made one."""
        state = self._described[leg] = Described(self.fresh(), 0, port, offer, shield=shield)
        return state

    def described(self, leg: str) -> Described | None:
        """What is remembered of the leg; None: it is gone."""
        return self._described.get(leg)

    def forget(self, leg: str) -> None:
        """The leg is gone."""
        if self._described.pop(leg, None) is not None and self.gone is not None:
            self.gone(leg)

    def rename(self, leg: str, name: str) -> None:
        """The leg is called so from now on."""
        state = self._described.pop(leg, None)
        if state is not None:
            self._described[name] = state

    def said(self, leg: str, port: int) -> bytes:
        """Our side of a call that comes in, at this RTP port: the same in its 183 and its 200; b"" when it is
        gone."""
        state = self._described.get(leg)
        if state is None:
            return b""
        state.port = port
        if not state.early:
            state.early = self.body(state)
        state.offer = b""
        return state.early

    def signed(self, state: Described, sdp: bytes) -> bytes:
        """A description somebody else has written for this leg, as our next one."""
        state.version += 1
        state.elsewhere = True
        return passing.signed(sdp, self.address, state.session, state.version)

    def body(self, state: Described) -> bytes:
        """Our answer to the offer that waits, or an offer of our own. RFC 3264 §8: each description is one
        version on."""
        state.version += 1
        state.elsewhere = False
        place = (self.address, state.port, state.session, state.version)
        if state.offer:
            offer, state.offer = state.offer, b""
            return write_answer(offer, *place, shield=state.shield, noise=self.noise)
        return write_offer(*place, shield=state.shield, noise=self.noise)


def refusal(error: PeerError) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Status, phrase and headers for a message we can't use; counted."""
    SIP_REFUSED.labels(error.id).inc()
    status = error.sip_status
    return status, _PHRASES.get(status, "Bad Request"), _ACCEPT.get(status, ())

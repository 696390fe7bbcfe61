"""A call leg as the user agent keeps it: its phase, its dialog, and what is still open on the wire.

The dialog is a frozen value; the rest is what lasts seconds at most (transactions, timers). Knows no rules:
those are in `uac`, `uas`, `offers`, `referral` and `indialog`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bridge.sip.carriage import Client, Server
from bridge.sip.dialog import Dialog
from bridge.sip.orders import Credentials, HeaderTuple, Invitation, Send
from bridge.sip.refer import Subscription
from bridge.sip.session_timer import Lease
from bridge.sip.timers import Alarm

MAX_EARLY: Final = 16
"""Early dialogs remembered for one INVITE: more branches than a PBX forks to, and a bound on a stranger's
1xx."""


class Phase(StrEnum):
    """Where a leg is. The first three are calls we make, the next two calls that come in."""

    CALLING = "calling"
    """INVITE sent, nothing heard."""
    PROCEEDING = "proceeding"
    """A provisional came."""
    CANCELLING = "cancelling"
    """We gave up; the INVITE's final response is still to come."""
    OFFERED = "offered"
    """INVITE received, no final response yet."""
    ACCEPTED = "accepted"
    """2xx sent, no ACK yet."""
    CONFIRMED = "confirmed"
    LEAVING = "leaving"
    """BYE sent."""
    OVER = "over"


@dataclass(slots=True)
class Unacknowledged:
    """A 2xx to an INVITE that is repeated until its ACK comes (§13.3.1.4). until: when we stop waiting."""

    number: int
    again: Send
    interval: float
    until: float
    alarm: Alarm | None = None


Queued = tuple[int, str, HeaderTuple, bytes]
"""A provisional: status, reason, headers, description."""


@dataclass(slots=True)
class SentReliably:
    """A provisional of ours, repeated until its PRACK comes (RFC 3262 §3). until: when we stop waiting."""

    rseq: int
    again: Send
    interval: float
    until: float
    described: bool
    alarm: Alarm | None = None


@dataclass(slots=True)
class Provisionals:
    """Our reliable ones for one INVITE. sent: the one that waits for its PRACK; final: the 2xx that waits for
    it too."""

    rseq: int
    sent: SentReliably | None = None
    queue: deque[Queued] = field(default_factory=deque)
    final: tuple[bytes, HeaderTuple] | None = None


@dataclass(slots=True)
class Leg:
    """One leg. `leaving_with`: headers for the BYE or CANCEL that is held back until it may be sent (§9.1,
    §15). `early`, `answers`: of a call we make, the early dialogs and their descriptions by To tag. `digits`:
    keys going out by INFO, the one on its way first; `plain_digits`: written the second way (`info`).
    `rseqs`: the last reliable provisional of each early dialog; `agreed`: remote tags of early dialogs whose
    first offer is answered, so that a new one may be made by UPDATE; `provisionals`, `invite_number`,
    `late_offer`: of a call that came in, our reliable provisionals, its INVITE's CSeq number and whether that
    had no offer; `updates`: the peer allows UPDATE. `said`: our last
    description; `lease`, `deadline`, `min_se`: its session timer, when that is over,
    and the least a 422 told us of."""

    id: str
    phase: Phase
    invitation: Invitation | None = None
    credentials: Credentials | None = None
    dialog: Dialog | None = None
    early: dict[str, Dialog] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    rseqs: dict[str, int] = field(default_factory=dict)
    agreed: set[str] = field(default_factory=set)
    provisionals: Provisionals | None = None
    invite_number: int = 0
    late_offer: bool = False
    updates: bool = False
    said: bytes = b""
    lease: Lease | None = None
    min_se: int = 0
    session_alarm: Alarm | None = None
    deadline: float = 0.0
    known: list[tuple[str, str, str]] = field(default_factory=list)
    client: Client | None = None
    server: Server | None = None
    alarm: Alarm | None = None
    unacknowledged: Unacknowledged | None = None
    leaving_with: HeaderTuple | None = None
    their_offer: Server | None = None
    our_offer: bytes | None = None
    wanted_offer: bytes | None = None
    offer_alarm: Alarm | None = None
    digits: deque[str] | None = None
    plain_digits: bool = False
    referral: Server | None = None
    refers: int = 0
    asked: int | None = None
    subscriptions: list[Subscription] = field(default_factory=list)

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
from bridge.sip.events import Credentials, HeaderTuple, Invitation, Send
from bridge.sip.refer import Subscription
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


@dataclass(slots=True)
class Leg:
    """One leg. `leaving_with`: headers for the BYE or CANCEL that is held back until it may be sent (§9.1,
    §15). `early`, `answers`: of a call we make, the early dialogs and their descriptions by To tag. `digits`:
    keys going out by INFO, the one on its way first; `plain_digits`: written the second way (`info`)."""

    id: str
    phase: Phase
    invitation: Invitation | None = None
    credentials: Credentials | None = None
    dialog: Dialog | None = None
    early: dict[str, Dialog] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
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
    subscriptions: list[Subscription] = field(default_factory=list)

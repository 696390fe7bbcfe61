"""What comes out of the user agent: things that happened, beside what it wants carried (`orders`).

Plain values. A `leg` is the user agent's name for one call leg: its own token for one that came in, the
caller's word for one it was asked to make. After `hang_up(leg)` nothing more is said about that leg: what is
left to do on the wire (CANCEL, BYE, a 200 that was on its way) is the user agent's own affair.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.frozen import quick
from bridge.sip.grammar import NameAddr
from bridge.sip.message import Address, Request, Response
from bridge.sip.orders import HeaderTuple, Reuse, Send
from bridge.sip.replaces import Replaces


@dataclass(frozen=True, slots=True)
class Match:
    """What a Replaces names: a leg of ours, "" for none; status: 0, or why it can't be replaced (RFC 3891 §3:
    481, 486, 603)."""

    leg: str
    status: int = 0


@quick
@dataclass(frozen=True, slots=True)
class InviteReceived:
    """A new call; 100 was sent. To be answered with ring, accept or refuse. An empty body is no offer:
    accept's body is then the offer and `Confirmed` brings the answer (RFC 3261 §13.3.1.4). replaces: the leg
    whose place it wants; None: no such wish."""

    leg: str
    request: Request
    source: Address
    replaces: Match | None = None


@dataclass(frozen=True, slots=True)
class Trying:
    """100 came for a call we make, before anything else: the next hop lives, whoever it is still looking
    for."""

    leg: str


@quick
@dataclass(frozen=True, slots=True)
class Progress:
    """101..199 came for a call we make. body: early media's SDP, or empty."""

    leg: str
    status: int
    reason: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Passed:
    """An address failed a call we make, which now goes to the next one of the same place."""

    leg: str
    to: Address


@dataclass(frozen=True, slots=True)
class RegisterAnswered:
    """The end of a REGISTER of ours: 200..699, 408 nobody answered, 503 nobody listens there. contact: the
    URI that was registered."""

    key: str
    response: Response
    contact: str


@dataclass(frozen=True, slots=True)
class OptionsAnswered:
    """How an OPTIONS of ours ended: a status 200..699; 408 nobody answered, 503 nobody listens there (or the
    far end's own word)."""

    key: str
    status: int


@dataclass(frozen=True, slots=True)
class Answered:
    """2xx came for a call we make; the ACK was sent. Only the first of a forked call; others were hung up.
    early: the answer this branch gave before, which counts where the 2xx has none (RFC 6337 §3.1.1)."""

    leg: str
    response: Response
    early: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """A call we make failed: 300..699 as received, 408 nobody answered, 503 nobody listens there or we are
    full. Challenges were answered once where credentials were given. The leg is gone."""

    leg: str
    status: int
    reason: str
    headers: HeaderTuple = ()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The ACK for our 2xx to a new call came. body: its SDP answer, where the INVITE had no offer."""

    leg: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Ended:
    """The far end ended the leg, or it died. cause: "bye", "cancel", "timeout" (no ACK, or no answer within
    the dialog), "gone" (481: the far end knows no such call). reason: the Reason header's value (RFC 3326),
    or ""."""

    leg: str
    cause: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """A re-INVITE or UPDATE, to be answered with answer_offer or refuse_offer. An empty body asks for our
    offer; the answer comes as `AnswerReceived`."""

    leg: str
    request: Request


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """The ACK of a re-INVITE that had no offer of its own: body is the answer to ours."""

    leg: str
    body: bytes


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The far end cancelled its re-INVITE before we answered; the session stays as it was."""

    leg: str


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """Our reinvite() was accepted."""

    leg: str
    response: Response


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """Our reinvite() was refused; the session stays as it was (RFC 3261 §14.1)."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class ReferReceived:
    """The far end asks us to call somebody, to be answered with accept_refer or refuse_refer. referred_by:
    the header as received (RFC 3892), or None. replaces: the dialog the new call shall replace, as whoever is
    called sees it (RFC 5589 §7), and `match`, which leg of ours that is."""

    leg: str
    refer_to: NameAddr
    referred_by: str | None
    request: Request
    replaces: Replaces | None = None
    match: Match | None = None


@dataclass(frozen=True, slots=True)
class ReferTold:
    """How our REFER on this leg goes: 100..199 it goes on, from 200 it is over (408: no outcome was told)."""

    leg: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class InfoReceived:
    """An INFO within a leg; 200 was sent. content_type: in lower case, without parameters."""

    leg: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RegisterReceived:
    """A REGISTER, to be answered with respond(key, …)."""

    key: str
    request: Request
    source: Address


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """Any other request outside a dialog that we know but don't answer ourselves, to be answered with
    respond()."""

    key: str
    request: Request
    source: Address


@dataclass(frozen=True, slots=True)
class Discarded:
    """A message that led to nothing, for the counter. part: the parser's label, or "unmatched-response",
    "unmatched-ack", "overload"."""

    part: str
    source: Address


Event = (
    InviteReceived
    | Trying
    | Progress
    | Passed
    | OptionsAnswered
    | RegisterAnswered
    | Answered
    | Refused
    | Confirmed
    | Ended
    | OfferReceived
    | AnswerReceived
    | OfferWithdrawn
    | OfferAnswered
    | OfferRefused
    | ReferReceived
    | ReferTold
    | InfoReceived
    | RegisterReceived
    | RequestReceived
    | Discarded
)
Output = Send | Reuse | Event

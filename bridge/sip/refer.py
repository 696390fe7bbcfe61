"""REFER and its implicit subscription (RFC 3515, RFC 3892, RFC 4488): the words, not the machine.

Knows how a REFER is read and how a NOTIFY about it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.errors import MalformedSip
from bridge.sip.grammar import NameAddr, parse_name_addr, split_commas
from bridge.sip.message import Request

SUBSCRIPTION_SECONDS: Final = 300
"""How long we report on a transfer at most: longer than any ringing we allow, short enough that a lost call's
phone is not left with an open subscription."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One REFER being reported on. id: the REFER's CSeq number, from the second REFER of a dialog on (RFC
    3515 §2.4.6), else None. until: monotonic seconds at which it lapses."""

    id: int | None
    until: float

    def headers(self, status: int, now: float) -> tuple[tuple[str, str], ...]:
        """Of the NOTIFY that reports `status`; a final one ends the subscription (RFC 3515 §2.4.7)."""
        event = "refer" if self.id is None else f"refer;id={self.id}"
        left = max(1, int(self.until - now))
        state = f"active;expires={left}" if status < 200 else "terminated;reason=noresource"
        return (
            ("Event", event),
            ("Subscription-State", state),
            ("Content-Type", "message/sipfrag;version=2.0"),
        )


def sipfrag(status: int, reason: str) -> bytes:
    """The NOTIFY's body: a status line (RFC 3515 §2.4.5)."""
    return f"SIP/2.0 {status} {reason}\r\n".encode()


def read_refer(request: Request) -> tuple[NameAddr, str | None]:
    """Refer-To and the Referred-By header, if any. Raises MalformedSip unless there is exactly one Refer-To
    (RFC 3515 §2.4.2) and it is an address."""
    values = [value for line in request.headers.all("refer-to") for value in split_commas(line)]
    if len(values) != 1:
        raise MalformedSip(f"{len(values)} Refer-To in a REFER", "refer-to")
    value = values[0].strip()
    if "?" in value and "<" not in value:  # §20 wants brackets there, but baresip 1.x puts none
        value = f"<{value}>"
    return parse_name_addr(value), request.headers.first("referred-by")


def wants_reports(request: Request) -> bool:
    """False when the REFER asks for no subscription (RFC 4488 §4)."""
    return (request.headers.first("refer-sub") or "").strip().lower() != "false"

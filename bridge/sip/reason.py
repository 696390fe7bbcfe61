"""Why a call ended or failed: the Reason header (RFC 3326; in responses RFC 6432) and ISUP's causes.

Reads and writes it, and maps Q.850 causes to SIP statuses and back (RFC 3398 §7.2.4.1, §8.2.6.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bridge.sip.grammar import is_token, quote, split_commas, unquote

ELSEWHERE: Final = 'SIP;cause=200;text="Call completed elsewhere"'
"""RFC 3326 §3.1: a phone that stopped ringing because another one answered shows no missed call."""
_STATUS: Final = {
    1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 410, 26: 404, 27: 502,
    28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503,
    65: 488, 70: 488, 79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
}  # fmt: skip
"""Q.850 cause -> SIP status (RFC 3398 §7.2.4.1)."""
_CAUSE: Final = {
    400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127,
    414: 127, 415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28,
    485: 1, 486: 17, 487: 16, 488: 88, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127,
    600: 17, 603: 21, 604: 1, 606: 88,
}  # fmt: skip
"""SIP status -> Q.850 cause (RFC 3398 §8.2.6.1; 503 as Q.850's temporary failure)."""
_VAGUE: Final = frozenset({480, 500, 502, 503})
"""Statuses a gateway gives for many causes: there the cause says more than the status."""
_TAKEN: Final = frozenset({"replaced", "answered elsewhere"})
_FAILURES: Final = frozenset({27, 38, 41, 42, 44, 47, 58, 63, 102, 111})
"""Q.850 causes of a call that broke, as against one somebody ended."""


@dataclass(frozen=True, slots=True)
class Reason:
    """protocol: in lower case, "sip" or "q.850"; cause: 0 when none is given."""

    protocol: str
    cause: int
    text: str = ""

    def encode(self) -> str:
        """The header's value."""
        name = {"sip": "SIP", "q.850": "Q.850"}.get(self.protocol, self.protocol)
        text = f";text={quote(self.text)}" if self.text else ""
        return f"{name};cause={self.cause}{text}"


def parse_reasons(values: Iterable[str]) -> tuple[Reason, ...]:
    """Every reason in these header values; what can't be read is left out."""
    found = (_reason(part) for value in values for part in split_commas(value))
    return tuple(reason for reason in found if reason is not None)


def _reason(text: str) -> Reason | None:
    protocol, *params = [part.strip(" \t") for part in text.split(";")]
    if not is_token(protocol):
        return None
    pairs = (item.partition("=") for item in params)
    given = {name.strip().lower(): value.strip() for name, _, value in pairs}
    cause = given.get("cause", "")
    known = cause.isascii() and cause.isdigit() and len(cause) <= 4
    return Reason(protocol.lower(), int(cause) if known else 0, unquote(given.get("text", ""))[:80])


def status_of(status: int, values: Iterable[str]) -> int:
    """What a failure response really says: its own status, or the Q.850 cause it carries where the status is
    one of the vague ones (RFC 6432)."""
    if status not in _VAGUE:
        return status
    causes = (reason.cause for reason in parse_reasons(values) if reason.protocol == "q.850")
    return next((_STATUS[cause] for cause in causes if cause in _STATUS), status)


def of_status(status: int) -> str:
    """The Reason header of a failure response of ours, for a gateway behind the peer."""
    return Reason("q.850", _CAUSE.get(status, 31)).encode()


def ended(text: str) -> str:
    """The Reason header of a BYE or CANCEL of ours; text: why, for whoever reads the trace. A call that went
    to somebody else is no missed one; all else is normal clearing (Q.850 cause 16)."""
    return ELSEWHERE if text in _TAKEN else Reason("q.850", 16, text).encode()


def broke(value: str) -> bool:
    """Whether a BYE with this Reason says that a line failed, not that a person hung up."""
    return any(
        reason.cause in _FAILURES if reason.protocol == "q.850" else 500 <= reason.cause < 600
        for reason in parse_reasons([value] if value else [])
        if reason.protocol in {"q.850", "sip"}
    )

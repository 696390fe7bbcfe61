"""Session timers in words (RFC 4028): what is asked for, what is granted, who refreshes, and when it is over.

Pure reading and writing of headers; the timers themselves run in `sessions`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.frozen import quick
from bridge.sip.message import Headers, Request, Response
from bridge.sip.orders import HeaderTuple
from bridge.sip.tokens import option_tags

LOWEST: Final = 90
"""RFC 4028 §5: no Min-SE below this many seconds."""
LONGEST: Final = 7 * 24 * 3600
"""Seconds beyond which an interval is as good as none; a stranger's larger number counts as this one."""
_SECONDS: Final = re.compile(r"\s*([0-9]{1,10})\s*(;.*)?", re.S)
_REFRESHER: Final = re.compile(r";\s*refresher\s*=\s*(uac|uas)\b", re.I)


@dataclass(frozen=True, slots=True)
class Policy:
    """expires: the interval we ask for and give, seconds; 0: we ask for none, but keep what a peer asks for.
    min_se: the shortest one we take."""

    expires: int = 0
    min_se: int = LOWEST


@quick
@dataclass(frozen=True, slots=True)
class Lease:
    """How long a session holds without a refresh, seconds, and whether we refresh it. told: the far end, or a
    proxy on the way, takes part; else we only look whether it still knows the call."""

    interval: int
    ours: bool
    told: bool

    @property
    def grace(self) -> float:
        """Seconds before its end at which it counts as over (§10)."""
        return min(32.0, self.interval / 3)

    def header(self, *, we_ask: bool) -> tuple[str, str]:
        """Session-Expires; in it "uac" is whoever sends the request."""
        return ("Session-Expires", f"{self.interval};refresher={'uac' if self.ours == we_ask else 'uas'}")


def ask(policy: Policy, min_se: int) -> HeaderTuple:
    """Of an INVITE of ours. min_se: what a 422 has told us, or 0 (§7.1, §7.3)."""
    if not policy.expires:
        return ()
    wanted = (("Session-Expires", str(max(policy.expires, min_se))),)
    shortest = max(policy.min_se, min_se)
    return wanted if shortest <= LOWEST else (*wanted, ("Min-SE", str(shortest)))


def too_short(request: Request, policy: Policy) -> HeaderTuple:
    """The header of the 422 for a request whose interval we do not take; () to take it (§9)."""
    wanted, _ = _expires(request.headers)
    if not wanted or wanted >= policy.min_se or not _supports(request.headers):
        return ()
    return (("Min-SE", str(policy.min_se)),)


def grant(request: Request, policy: Policy) -> tuple[Lease | None, HeaderTuple]:
    """What a request of theirs comes to, and the headers of our 2xx (§9, table 2). Without their wish we
    still look whether they live, and tell them where they understand it."""
    wanted, refresher = _expires(request.headers)
    knows = _supports(request.headers)
    if not wanted and not policy.expires:
        return None, ()
    if not wanted:
        lease = Lease(policy.expires, ours=True, told=knows)
        return lease, (lease.header(we_ask=False),) if knows else ()
    shortest = max(policy.min_se, _seconds(request.headers.first("min-se")))
    interval = max(shortest, min(wanted, policy.expires or wanted))
    lease = Lease(interval, ours=refresher == "uas" or not knows, told=True)
    required = () if lease.ours else (("Require", "timer"),)
    return lease, (*required, lease.header(we_ask=False))


def taken(response: Response, policy: Policy) -> Lease | None:
    """What a 2xx to a request of ours comes to (§7.2). One that says nothing is for us to refresh."""
    interval, refresher = _expires(response.headers)
    if interval:
        return Lease(interval, ours=refresher != "uas", told=True)
    return Lease(policy.expires, ours=True, told=False) if policy.expires else None


def least(response: Response) -> int:
    """Min-SE of a 422, 0 without a usable one."""
    return _seconds(response.headers.first("min-se"))


def _supports(headers: Headers) -> bool:
    return any("timer" in option_tags(line) for line in headers.all("supported")) or any(
        "timer" in option_tags(line) for line in headers.all("require")
    )


def _expires(headers: Headers) -> tuple[int, str]:
    value = headers.first("session-expires")
    return _read(value) if value else (0, "")


@lru_cache(512)
def _read(value: str) -> tuple[int, str]:
    found = _REFRESHER.search(value)
    return _seconds(value), found[1].lower() if found else ""


def _seconds(value: str | None) -> int:
    """0 for what is no number: a header we cannot read is as good as none."""
    found = _SECONDS.fullmatch(value) if value else None
    return min(int(found[1]), LONGEST) if found else 0

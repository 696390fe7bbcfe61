"""Sessions that end by themselves when nobody refreshes them (RFC 4028): both roles, and a look at who is
silent.

Knows when a refresh is due, by what it is made (UPDATE where the peer takes it, else a re-INVITE with the
same description; OPTIONS where the peer knows nothing of timers) and when a leg counts as lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.frozen import replace
from bridge.sip import session_timer as words
from bridge.sip.core import ALLOW, SUPPORTED, Core
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Request, Response
from bridge.sip.orders import HeaderTuple
from bridge.sip.session_timer import Lease, Policy

GONE: Final = {408: "timeout", 481: "gone"}
"""Answers that say there is no session any more (§10)."""
NO_METHOD: Final = frozenset({405, 501})
UNHEARD: Final = frozenset({408, 503})
AGAIN: Final = 33.0
"""Seconds after which a refresh that was not accepted is tried once more: longer than any answer takes."""


class Sessions:
    """The timers of every leg. `reoffer` makes a re-INVITE that changes nothing."""

    def __init__(self, core: Core, policy: Policy) -> None:
        self._core, self.policy = core, policy
        self.reoffer: Callable[[Leg, float], None] = lambda _leg, _now: None

    # --- what is said in INVITE, re-INVITE and UPDATE ---

    def ask(self, leg: Leg) -> HeaderTuple:
        """Headers of an INVITE of ours."""
        return words.ask(self.policy, leg.min_se)

    def renew(self, leg: Leg) -> HeaderTuple:
        """Headers of a re-INVITE or UPDATE of ours: the lease as it stands."""
        lease = leg.lease
        return (lease.header(we_ask=True),) if lease is not None and lease.told else ()

    def too_short(self, request: Request) -> HeaderTuple:
        """Header of a 422, or ()."""
        return words.too_short(request, self.policy)

    def grant(self, leg: Leg, request: Request, now: float) -> HeaderTuple:
        """Headers of our 2xx; the session holds from now on."""
        lease, headers = words.grant(request, self.policy)
        self._hold(leg, lease, now)
        return headers

    def taken(self, leg: Leg, response: Response, now: float) -> None:
        """A 2xx to an INVITE, re-INVITE or UPDATE of ours."""
        self._hold(leg, words.taken(response, self.policy), now)

    def longer(self, leg: Leg, response: Response) -> bool:
        """A 422: whether asking again for longer is worth it (§7.3)."""
        least = words.least(response)
        if least <= max(leg.min_se, self.policy.expires):
            return False
        leg.min_se = least
        return True

    # --- time ---

    def _hold(self, leg: Leg, lease: Lease | None, now: float) -> None:
        core = self._core
        core.alarms.cancel(leg.session_alarm)
        leg.lease, leg.session_alarm = lease, None
        if lease is None or leg.phase in {Phase.LEAVING, Phase.OVER}:
            return
        leg.deadline = now + lease.interval - lease.grace
        if lease.ours:  # §7.2: half of it leaves time for a second try
            leg.session_alarm = core.alarms.set(now + lease.interval / 2, self._refresh, leg)
        else:
            leg.session_alarm = core.alarms.set(leg.deadline, self._over, leg)

    def _over(self, leg: Leg, now: float) -> None:
        self._core.lost(leg, "expired", now)

    def _refresh(self, leg: Leg, now: float) -> None:
        """Once more after AGAIN seconds, until one is accepted or the time is over. Who knows nothing of
        timers is only asked whether it lives."""
        core, lease = self._core, leg.lease
        if lease is None or leg.leaving_with is not None:
            return
        if lease.told and now >= leg.deadline:
            self._over(leg, now)
            return
        again = min(now + AGAIN, leg.deadline) if lease.told else now + lease.interval / 2
        core.alarms.cancel(leg.session_alarm)
        leg.session_alarm = core.alarms.set(again, self._refresh, leg)
        if leg.phase is Phase.CONFIRMED:
            self._send(leg, lease, now)

    def _send(self, leg: Leg, lease: Lease, now: float) -> None:
        core = self._core
        if leg.updates:
            headers = (core.own_contact(leg), ALLOW, SUPPORTED, *self.renew(leg))
            core.request(leg, "UPDATE", now, lambda answer, at: self._updated(leg, answer, at), headers)
        elif lease.told:
            self.reoffer(leg, now)
        else:
            core.request(leg, "OPTIONS", now, lambda answer, at: self._looked(leg, answer, at))

    def _updated(self, leg: Leg, answer: Response, now: float) -> None:
        """§10: a session that is not there any more is over; anything else may pass."""
        if answer.status in GONE:
            self._core.lost(leg, GONE[answer.status], now)
        elif answer.status < 300:
            self.taken(leg, answer, now)
        elif answer.status in NO_METHOD:
            leg.updates = False
            self._refresh(leg, now)
        elif answer.status == 422 and leg.lease is not None and words.least(answer) > leg.lease.interval:
            leg.lease = replace(leg.lease, interval=words.least(answer))
            self._refresh(leg, now)

    def _looked(self, leg: Leg, answer: Response, now: float) -> None:
        """Whatever it says, it is there. Silence may be its way with OPTIONS: a re-INVITE every telephone
        answers, or it is gone."""
        if answer.status == 481:
            self._core.lost(leg, "gone", now)
        elif answer.status in UNHEARD:
            self.reoffer(leg, now)

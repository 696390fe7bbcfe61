"""The key as a SIP phone presses it: REFER and its NOTIFYs, digits in INFO.

A REFER goes to a number (the plain key), to a dialog of ours (an attended transfer between two of our calls),
or to a dialog at an exchange of ours. Anybody else's domain is refused and counted.
"""

from __future__ import annotations

import structlog

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_domains import Domains
from bridge.adapters.sip_line import Line, Listener
from bridge.adapters.sip_reading import read_digit
from bridge.sip import events as ua

log = structlog.get_logger(__name__)


class PhoneKeys:
    """What a phone asks for within its call."""

    def __init__(self, line: Line, domains: Domains) -> None:
        self._line, self._domains = line, domains

    def referred(self, event: ua.ReferReceived) -> None:
        """REFER (RFC 3515, RFC 5589)."""
        listener, uri = self._line.listener, event.refer_to.uri
        if listener is None:
            return
        if not self._domains.known(uri.host):
            log.warning("refer.foreign", leg=event.leg, hint="sip.domains")
            self.refuse(event.leg, 403, "Forbidden", "foreign-domain")
        elif event.replaces is None:
            listener.refer(event.leg, uri.dialled, self._line.clock.monotonic())
        else:
            self._attended(event, listener)

    def _attended(self, event: ua.ReferReceived, listener: Listener) -> None:
        match, uri, now = event.match, event.refer_to.uri, self._line.clock.monotonic()
        trunk = self._domains.trunk(uri.host)
        if match is not None and match.leg and match.status in {0, 486}:
            listener.refer_to_leg(event.leg, match.leg, now)
        elif event.replaces is not None and trunk is not None and not (match and match.leg):
            listener.refer_beyond(event.leg, uri.dialled, trunk, event.replaces.encode(), now)
        else:
            self.refuse(event.leg, 481, "Call/Transaction Does Not Exist", "replaces")

    def accept(self, leg: str) -> None:
        """202 and the first NOTIFY."""
        self._line.stack.run(lambda agent, now: agent.accept_refer(leg, now))

    def refuse(self, leg: str, status: int, reason: str, why: str = "refer") -> None:
        """A final answer to the REFER; why: for the counter."""
        SIP_REFUSED.labels(why).inc()
        self._line.stack.run(lambda agent, now: agent.refuse_refer(leg, status, reason, now))

    def tell(self, leg: str, status: int, reason: str) -> None:
        """NOTIFY with sipfrag."""
        self._line.stack.run(lambda agent, now: agent.notify(leg, status, reason, now))

    def pass_digit(self, leg: str, digit: str) -> None:
        """A key towards the leg, by INFO."""
        self._line.stack.run(lambda agent, now: agent.press(leg, digit, now))

    def info(self, leg: str, kind: str, body: bytes) -> None:
        """INFO: a digit, or something we have no use for."""
        digit = read_digit(kind, body)
        if digit is not None and self._line.listener is not None:
            self._line.listener.digit(leg, digit, self._line.clock.monotonic())

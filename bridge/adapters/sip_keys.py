"""The key as a SIP phone presses it: REFER and its NOTIFYs, digits in INFO."""

from __future__ import annotations

from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.sip_line import Line
from bridge.adapters.sip_reading import read_digit
from bridge.sip import events as ua


class PhoneKeys:
    """What a phone asks for within its call."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def referred(self, event: ua.ReferReceived) -> None:
        """REFER: to a number, for now."""
        if "replaces" in event.refer_to.uri.headers.lower():
            self.refuse(event.leg, 501, "Not Implemented")
        elif self._line.listener is not None:
            self._line.listener.refer(event.leg, event.refer_to.uri.dialled, self._line.clock.monotonic())

    def accept(self, leg: str) -> None:
        """202 and the first NOTIFY."""
        self._line.stack.run(lambda agent, now: agent.accept_refer(leg, now))

    def refuse(self, leg: str, status: int, reason: str) -> None:
        """A final answer to the REFER."""
        SIP_REFUSED.labels("refer").inc()
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

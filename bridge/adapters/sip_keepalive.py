"""Holds open the way to telephones behind a NAT: an OPTIONS now and then, to where their REGISTER came from.

A NAT forgets UDP after half a minute of silence, and then nobody can ring the telephone until it registers
anew. Over TCP and TLS the connection is theirs to keep (RFC 5626 §4.4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from bridge.adapters import metrics
from bridge.routing.registrar import Binding
from bridge.sip.events import Output
from bridge.sip.useragent import UserAgent

SECONDS: Final = 25.0
"""Between two: below the shortest memory that NATs have for UDP (RFC 4787 §4.3 asks for two minutes, many
give 30 seconds)."""
KEY: Final = "keep-alive"
"""Of its OPTIONS: nobody waits for their answers, a telephone that is gone is no news."""


class Stack(Protocol):
    """The user agent and its socket."""

    def run(self, command: Callable[[UserAgent, float], list[Output]]) -> None:
        """Do something with the user agent now."""


class KeepAlive:
    """phones: all that are registered now."""

    def __init__(
        self, stack: Stack, phones: Callable[[], Iterable[Binding]], seconds: float = SECONDS
    ) -> None:
        self._stack, self._phones, self._seconds = stack, phones, seconds
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Begin."""
        self._arm()

    async def stop(self) -> None:
        """No more. Harmless when repeated."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._round)

    def _round(self) -> None:
        for phone in self._phones():
            if behind_nat(phone):
                metrics.SIP_KEEPALIVES.inc()
                self._ask(phone)
        self._arm()

    def _ask(self, phone: Binding) -> None:
        uri = phone.contact.encode()
        self._stack.run(lambda agent, now: agent.options(KEY, uri, phone.source, now))


def behind_nat(phone: Binding) -> bool:
    """Whether it is not where it believes to be: its packets came from another address than its Contact."""
    contact = phone.contact
    where = (contact.host, contact.port or 5060)
    return phone.source.transport == "udp" and where != (phone.source.host, phone.source.port)

"""Keeps our registrations with exchanges and carriers: REGISTERs out, their answers to the rule, its timers.

When to send, what an answer means and how long to wait is `sip.registration`'s to say. Here are the proofs,
the clock, the figures, and who a call from a registrar is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from bridge.adapters.metrics import TRUNK_REGISTERED, TRUNK_REGISTERS
from bridge.adapters.sip_line import Stack
from bridge.adapters.sip_register_line import Account, RegisterLine, new_line
from bridge.sip.events import RegisterAnswered
from bridge.sip.message import Address, Response
from bridge.sip.orders import Registrant
from bridge.sip.registration import (
    Action,
    Begins,
    Done,
    Due,
    Ends,
    Event,
    Send,
    Tell,
    Wake,
    step,
)

log = structlog.get_logger(__name__)

GOODBYE: Final = 2.0
"""Seconds that stopping waits for registrars to take note."""


class Registrations:
    """accounts: by trunk; now: monotonic seconds."""

    def __init__(self, stack: Stack, accounts: Mapping[str, Account], now: Callable[[], float]) -> None:
        self._stack, self._now = stack, now
        self._lines = {name: new_line(name, account) for name, account in accounts.items()}
        self._leaving: list[RegisterLine] = []

    async def start(self) -> None:
        """Register; nobody waits for the answers."""
        for line in self._lines.values():
            self._begin(line)

    async def stop(self) -> None:
        """Unregister, and wait a little for the answers. Harmless when repeated."""
        for line in self._lines.values():
            self._lead(line, Ends())
        everybody = [*self._lines.values(), *self._leaving]
        waits = [line.over.wait() for line in everybody]
        try:
            async with asyncio.timeout(GOODBYE):
                await asyncio.gather(*waits)
        except TimeoutError:
            log.warning("registration.no_goodbye")
        for line in everybody:
            line.heir = None
            self._cancel(line)

    def renew(self, accounts: Mapping[str, Account]) -> None:
        """Others from now on: new ones begin, those that are gone or changed end; what stays as it is is not
        touched. After `start`."""
        before = self._lines
        self._lines = {
            name: before[name]
            if name in before and before[name].account == account
            else new_line(name, account)
            for name, account in accounts.items()
        }
        for name, line in self._lines.items():
            if name not in before:
                self._begin(line)
        for name, line in before.items():
            if self._lines.get(name) is not line:
                self._end(line, self._lines.get(name))

    def _begin(self, line: RegisterLine) -> None:
        TRUNK_REGISTERED.labels(line.name).set(0)
        self._lead(line, Begins())

    def _end(self, line: RegisterLine, heir: RegisterLine | None) -> None:
        elder = next((each for each in self._leaving if each.heir is line), None)
        if elder is not None:  # it has not even begun
            elder.heir = heir
            return
        line.heir = heir
        self._leaving.append(line)
        self._lead(line, Ends())

    def at(self, host: str) -> str | None:
        """The trunk that is registered with a registrar at this host: what comes from there is its call."""
        changing = (each for each in self._leaving if each.heir is not None)
        for line in (*self._lines.values(), *changing):
            if line.state.up and line.at is not None and line.at.host == host:
                return line.name
        return None

    def status(self) -> dict[str, dict[str, Any]]:
        """For the status page: whether each is up, and if not why."""
        return {
            name: {
                "up": line.state.up,
                "phase": line.state.phase.value,
                "why": line.state.why,
                "failures": line.state.failures,
            }
            for name, line in self._lines.items()
        }

    def answered(self, event: RegisterAnswered) -> None:
        """The user agent's word on a REGISTER; an answer to an older one means nothing any more."""
        lines = (*self._lines.values(), *self._leaving)
        line = next((line for line in lines if line.key == event.key), None)
        if line is None:
            return
        line.key = ""
        TRUNK_REGISTERS.labels(line.name, f"{event.response.status // 100}xx").inc()
        self._lead(line, line.read(event.contact, event.response, self._now()))

    # --- within ---

    def _lead(self, line: RegisterLine, event: Event) -> None:
        line.state, actions = step(line.state, event)
        for action in actions:
            self._do(line, action)

    def _do(self, line: RegisterLine, action: Action) -> None:
        match action:
            case Send(seconds, prove):
                self._send(line, seconds, prove=prove)
            case Wake(seconds):
                self._cancel(line)
                loop = asyncio.get_running_loop()
                line.timer = loop.call_later(seconds, lambda: self._lead(line, Due(self._now())))
            case Tell(up, why):
                TRUNK_REGISTERED.labels(line.name).set(1 if up else 0)
                level = 20 if up or why == "ended" else 30
                log.log(level, "trunk.registered", trunk=line.name, up=up, why=why)
            case Done():
                self._cancel(line)
                line.over.set()
                self._over(line)

    def _over(self, line: RegisterLine) -> None:
        """Who was asked to leave has left: whoever comes in their place begins."""
        if line in self._leaving:
            self._leaving.remove(line)
            if line.heir is not None:
                self._begin(line.heir)
            elif line.name not in self._lines:
                TRUNK_REGISTERED.remove(line.name)

    def _send(self, line: RegisterLine, seconds: int, *, prove: bool) -> None:
        places = line.account.places()
        line.cseq += 1
        line.key = f"{line.name} {line.call_id} {line.cseq}"
        if not places:  # a name that DNS does not know (yet)
            key = line.key
            self._stack.soon(lambda: self.answered(RegisterAnswered(key, Response(503, "No Address"), "")))
            return
        place = places[line.state.failures % len(places)]
        line.at = Address(place.host, place.port, place.transport)
        account = line.account
        registrant = Registrant(
            uri=f"sip:{account.domain}",
            aor=f"sip:{account.user}@{account.domain}",
            user=account.user,
            call_id=line.call_id,
            cseq=line.cseq,
            seconds=seconds,
            headers=line.proof() if prove else (),
        )
        key, to = line.key, line.at
        self._stack.run(lambda agent, now: agent.register(key, registrant, to, now))

    def _cancel(self, line: RegisterLine) -> None:
        if line.timer is not None:
            line.timer.cancel()
            line.timer = None

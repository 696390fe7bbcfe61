"""Keeps our registrations with exchanges and carriers: REGISTERs out, their answers to the rule, its timers.

When to send, what an answer means and how long to wait is `sip.registration`'s to say. Here are the proofs,
the clock, the figures, and who a call from a registrar is.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bridge.adapters.metrics import TRUNK_REGISTERED, TRUNK_REGISTERS
from bridge.adapters.sip_line import Stack
from bridge.errors import BadCredentials, MalformedSip
from bridge.routing.addresses import Place
from bridge.sip.auth import respond
from bridge.sip.events import RegisterAnswered
from bridge.sip.grammar import NameAddr, parse_challenge, parse_name_addr, split_commas
from bridge.sip.message import Address, Response
from bridge.sip.orders import Registrant
from bridge.sip.registration import (
    Action,
    Answered,
    Begins,
    Done,
    Due,
    Ends,
    Event,
    Registration,
    Send,
    Tell,
    Wake,
    granted_to,
    step,
)

log = structlog.get_logger(__name__)

GOODBYE: Final = 2.0
"""Seconds that stopping waits for registrars to take note."""


@dataclass(frozen=True, slots=True)
class Account:
    """user@domain is registered, and proven as `username`; seconds: how long at a time. places: the
    registrar's addresses now, best first."""

    user: str
    domain: str
    username: str
    password: str = field(repr=False)
    seconds: int
    places: Callable[[], tuple[Place, ...]]


@dataclass
class _Line:
    """One registration: its state, its dialog-like identity, and what is under way."""

    account: Account
    state: Registration
    call_id: str
    cseq: int = 0
    key: str = ""
    challenge: tuple[str, ...] = ()
    proxy: bool = False
    count: int = 0
    at: Address | None = None
    timer: asyncio.TimerHandle | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Registrations:
    """accounts: by trunk; now: monotonic seconds."""

    def __init__(self, stack: Stack, accounts: Mapping[str, Account], now: Callable[[], float]) -> None:
        self._stack, self._now = stack, now
        self._lines = {
            name: _Line(account, Registration(account.seconds), secrets.token_hex(8))
            for name, account in accounts.items()
        }

    async def start(self) -> None:
        """Register; nobody waits for the answers."""
        for name in self._lines:
            TRUNK_REGISTERED.labels(name).set(0)
            self._lead(name, Begins())

    async def stop(self) -> None:
        """Unregister, and wait a little for the answers. Harmless when repeated."""
        for name in self._lines:
            self._lead(name, Ends())
        waits = [line.over.wait() for line in self._lines.values()]
        try:
            async with asyncio.timeout(GOODBYE):
                await asyncio.gather(*waits)
        except TimeoutError:
            log.warning("registration.no_goodbye")
        for line in self._lines.values():
            self._cancel(line)

    def at(self, host: str) -> str | None:
        """The trunk that is registered with a registrar at this host: what comes from there is its call."""
        for name, line in self._lines.items():
            if line.state.up and line.at is not None and line.at.host == host:
                return name
        return None

    def status(self) -> dict[str, dict[str, Any]]:
        """For the status page: whether each is up, and if not why."""
        return {
            name: {"up": line.state.up, "phase": line.state.phase.value, "why": line.state.why}
            for name, line in self._lines.items()
        }

    def answered(self, event: RegisterAnswered) -> None:
        """The user agent's word on a REGISTER; an answer to an older one means nothing any more."""
        found = next(((name, line) for name, line in self._lines.items() if line.key == event.key), None)
        if found is None:
            return
        name, line = found
        line.key = ""
        TRUNK_REGISTERS.labels(name, f"{event.response.status // 100}xx").inc()
        self._lead(name, self._read(line, event.contact, event.response))

    # --- within ---

    def _lead(self, name: str, event: Event) -> None:
        line = self._lines[name]
        line.state, actions = step(line.state, event)
        for action in actions:
            self._do(name, line, action)

    def _do(self, name: str, line: _Line, action: Action) -> None:
        match action:
            case Send(seconds, prove):
                self._send(name, line, seconds, prove=prove)
            case Wake(seconds):
                self._cancel(line)
                loop = asyncio.get_running_loop()
                line.timer = loop.call_later(seconds, lambda: self._lead(name, Due(self._now())))
            case Tell(up, why):
                TRUNK_REGISTERED.labels(name).set(1 if up else 0)
                log.log(20 if up or why == "ended" else 30, "trunk.registered", trunk=name, up=up, why=why)
            case Done():
                self._cancel(line)
                line.over.set()

    def _send(self, name: str, line: _Line, seconds: int, *, prove: bool) -> None:
        places = line.account.places()
        line.cseq += 1
        line.key = f"{name} {line.cseq}"
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
            headers=self._proof(line) if prove else (),
        )
        key, to = line.key, line.at
        self._stack.run(lambda agent, now: agent.register(key, registrant, to, now))

    def _proof(self, line: _Line) -> tuple[tuple[str, str], ...]:
        account = line.account
        line.count += 1
        try:
            value = respond(
                line.challenge,
                "REGISTER",
                f"sip:{account.domain}",
                account.username,
                account.password,
                secrets.token_hex(8),
                line.count,
            )
        except BadCredentials:  # nothing we can answer: refused again, and then it fails
            return ()
        return (("Proxy-Authorization" if line.proxy else "Authorization", value),)

    def _read(self, line: _Line, contact: str, response: Response) -> Answered:
        headers, status = response.headers, response.status
        if status in {401, 407}:
            line.proxy = status == 407
            asked = headers.all("proxy-authenticate" if line.proxy else "www-authenticate")
            line.challenge, line.count = tuple(asked), 0
        contacts = [_address(item) for value in headers.all("contact") for item in split_commas(value)]
        return Answered(
            status=status,
            now=self._now(),
            granted=granted_to(
                [each for each in contacts if each is not None],
                contact,
                headers.first("expires"),
                line.state.wanted,
            ),
            least=_seconds(headers.first("min-expires")),
            after=_seconds(headers.first("retry-after")),
            stale=any(_stale(value) for value in line.challenge),
            chance=secrets.randbelow(1000) / 1000,
        )

    def _cancel(self, line: _Line) -> None:
        if line.timer is not None:
            line.timer.cancel()
            line.timer = None


def _address(value: str) -> NameAddr | None:
    try:
        return parse_name_addr(value)
    except MalformedSip:
        return None


def _seconds(value: str | None) -> int:
    """Of a header that may carry a comment or parameters after the number (RFC 3261 §20.33)."""
    digits = (value or "").strip().split(";")[0].split("(")[0].strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0


def _stale(challenge: str) -> bool:
    try:
        return parse_challenge(challenge)[1].get("stale", "").lower() == "true"
    except MalformedSip:
        return False

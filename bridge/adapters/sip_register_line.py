"""One registration of ours with a registrar: who is registered there, its proofs, how answers are read.

Knows headers; what an answer means is `sip.registration`'s, when something is sent `sip_register`'s.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.errors import BadCredentials, MalformedSip
from bridge.routing.addresses import Place
from bridge.sip.auth import respond
from bridge.sip.grammar import NameAddr, parse_challenge, parse_name_addr, split_commas
from bridge.sip.message import Address, Response
from bridge.sip.registration import Answered, Registration, granted_to


@dataclass(frozen=True, slots=True)
class Account:
    """user@domain is registered, and proven as `username`; seconds: how long at a time. places: the
    registrar's addresses now, best first."""

    user: str
    domain: str
    username: str
    password: str = field(repr=False)
    seconds: int
    places: Callable[[], tuple[Place, ...]] = field(compare=False)


@dataclass(eq=False)
class RegisterLine:
    """One registration: its state, its dialog-like identity, and what is under way. heir: who begins when it
    is over, for two at once would put each other out at the registrar."""

    name: str
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
    heir: RegisterLine | None = None

    def proof(self) -> tuple[tuple[str, str], ...]:
        """The headers that answer the registrar's last challenge; none where it can't be answered."""
        account = self.account
        self.count += 1
        try:
            value = respond(
                self.challenge,
                "REGISTER",
                f"sip:{account.domain}",
                account.username,
                account.password,
                secrets.token_hex(8),
                self.count,
            )
        except BadCredentials:  # nothing we can answer: refused again, and then it fails
            return ()
        return (("Proxy-Authorization" if self.proxy else "Authorization", value),)

    def read(self, contact: str, response: Response, now: float) -> Answered:
        """What a response says to the rule; a challenge is remembered. contact: ours, as it was sent."""
        headers, status = response.headers, response.status
        if status in {401, 407}:
            self.proxy = status == 407
            asked = headers.all("proxy-authenticate" if self.proxy else "www-authenticate")
            self.challenge, self.count = tuple(asked), 0
        contacts = [_address(item) for value in headers.all("contact") for item in split_commas(value)]
        return Answered(
            status=status,
            now=now,
            granted=granted_to(
                [each for each in contacts if each is not None],
                contact,
                headers.first("expires"),
                self.state.wanted,
            ),
            least=_seconds(headers.first("min-expires")),
            after=_seconds(headers.first("retry-after")),
            stale=any(_stale(value) for value in self.challenge),
            chance=secrets.randbelow(1000) / 1000,
        )


def new_line(name: str, account: Account) -> RegisterLine:
    """Before anything was sent."""
    return RegisterLine(name, account, Registration(account.seconds), secrets.token_hex(8))


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

"""The doorman: proves who is at the door, and keeps where the agents' phones are.

`routing.doors` says who an address belongs to and who may be asked, `sip.auth` judges a digest,
`routing.registrar` keeps the bindings; this file puts the three together for requests outside a dialog. It
knows secrets, and shows them to nobody.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from bridge.adapters.metrics import SIP_REFUSED
from bridge.errors import MalformedSip
from bridge.routing.doors import NOBODY, AgentDoor, Ask, Doors, Stranger, TrunkDoor
from bridge.routing.registrar import (
    Accept,
    Binding,
    Bindings,
    Bound,
    Refuse,
    Register,
    Registrar,
    Tick,
    TooBrief,
    Unbound,
    Wish,
    whereabouts,
)
from bridge.sip.auth import NonceCounts, challenge, ha1, make_nonce, nonce_state, verify
from bridge.sip.grammar import parse_cseq, parse_name_addr, split_commas
from bridge.sip.message import Address, Request

log = structlog.get_logger(__name__)

NONCE_SECONDS: Final = 300.0
"""How long a challenge may be answered: a phone re-registers within this with the nonce it has."""

_SHA: Final = re.compile(r"algorithm\s*=\s*\"?SHA-256", re.IGNORECASE)
"""In an Authorization header; one without an algorithm means MD5 (RFC 7616 §3.4)."""
MAX_ASKED: Final = 4096
"""Addresses remembered as asked but silent; a flood costs memory of this size, and an old phone a detour."""

HeaderTuple = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Prove:
    """Not proven yet: answer 401 with these WWW-Authenticate headers."""

    headers: HeaderTuple


@dataclass(frozen=True, slots=True)
class Reply:
    """The registrar's answer."""

    status: int
    reason: str
    headers: HeaderTuple = ()


@dataclass
class Doorman:
    """passwords: user name -> password, of agents and of trunks that log in; algorithms: best first; proven:
    the names that the certificate on a TLS connection proved; registrar_at: the trunk that we are registered
    with at a host."""

    doors: Doors
    registrar: Registrar
    realm: str
    algorithms: tuple[str, ...]
    passwords: Mapping[str, str] = field(repr=False)
    proven: Callable[[Address], frozenset[str]] = lambda _source: NOBODY
    registrar_at: Callable[[str], str | None] = lambda _host: None
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _counts: NonceCounts = field(default_factory=NonceCounts)
    _asked: dict[Address, float] = field(default_factory=dict)
    _bindings: dict[str, Bindings] = field(default_factory=dict)
    _places: dict[Address, str] = field(default_factory=dict)

    def who(self, request: Request, source: Address, now: float) -> TrunkDoor | AgentDoor | Prove | Stranger:
        """Who sends this request from outside any dialog."""
        proven = self.proven(source) if source.transport == "tls" else NOBODY
        door = self.doors.who(source, self._places, proven)
        if not isinstance(door, TrunkDoor | AgentDoor):
            trunk = self.registrar_at(source.host)
            if trunk is not None:
                return TrunkDoor(trunk)
        if not isinstance(door, Ask):
            return door
        proved = self._prove(request, source, now)
        return proved if isinstance(proved, Prove) else self.doors.proved(door, proved)

    def register(self, request: Request, source: Address, now: float) -> Reply:
        """A REGISTER (RFC 3261 §10.3): only for the extension that has proved itself."""
        if isinstance(self.doors.who(source, {}), Stranger):
            SIP_REFUSED.labels("unknown-network").inc()
            return Reply(403, "Forbidden")
        proved = self._prove(request, source, now)
        if isinstance(proved, Prove):
            return Reply(401, "Unauthorized", proved.headers)
        if proved not in self.agents or _aor(request) != proved:
            SIP_REFUSED.labels("bad-credentials").inc()
            return Reply(403, "Forbidden")
        return self._bind(proved, request, source, now)

    def phones(self, extension: str, now: float) -> tuple[Binding, ...]:
        """The extension's phones that are registered, youngest first. A phone that started anew at the same
        address is one, whatever it called itself before."""
        alive = reversed(self._step(extension, Tick(now))[0])
        found: dict[Address, Binding] = {}
        for binding in alive:
            found.setdefault(Address(*binding.source), binding)
        return tuple(found.values())

    @property
    def agents(self) -> frozenset[str]:
        """Extensions that may register."""
        return self.doors.agents

    def everybody(self, now: float) -> list[Binding]:
        """Every telephone that is registered."""
        return [phone for extension in list(self._bindings) for phone in self.phones(extension, now)]

    def registered(self, now: float) -> list[str]:
        """Extensions with a phone."""
        return sorted(extension for extension in self._bindings if self.phones(extension, now))

    def renew(self, doors: Doors, passwords: Mapping[str, str]) -> None:
        """Other people from now on. Phones of extensions that are gone are forgotten; others stay registered,
        and prove themselves anew, by the password of then, when they refresh."""
        self.doors, self.passwords = doors, passwords
        for extension in self._bindings.keys() - doors.agents:
            del self._bindings[extension]
            log.info("phone.forgotten", extension=extension)
        self._places = whereabouts(self._bindings)

    # --- within -------------------------------------------------------------------------------------------

    def _prove(self, request: Request, source: Address, now: float) -> str | Prove:
        header = request.headers.first("Authorization") or request.headers.first("Proxy-Authorization")
        if header is None:
            return self._challenge(now, self._understood(source, now), stale=False)
        self._asked.pop(source, None)
        state = partial(nonce_state, secret=self._secret, now=now, lifetime=NONCE_SECONDS)
        verdict = verify(
            header,
            request.method,
            self._ha1,
            realm=self.realm,
            uri=request.uri,
            state=state,
            counts=self._counts,
            algorithms=self.algorithms,
        )
        if verdict.refusal is None:
            return verdict.user
        SIP_REFUSED.labels(verdict.refusal).inc()
        log.info("auth.refused", why=verdict.refusal)
        stale = verdict.refusal in {"stale-nonce", "replay"}
        # A phone whose nonce grew old is asked for what it has shown it knows.
        known = stale and "MD5" in self.algorithms and not _SHA.search(header)
        return self._challenge(now, ("MD5",) if known else self.algorithms, stale=stale)

    def _understood(self, source: Address, now: float) -> tuple[str, ...]:
        """The algorithms to ask for. RFC 8760 §2.4 tells phones to pass over those they don't know, but
        some give up on the first such (baresip 1.x); whoever comes again without a proof is asked for MD5
        alone. That weakens nothing: where MD5 may be used, it was offered in the first place."""
        before = self._asked.pop(source, None)
        if len(self._asked) >= MAX_ASKED:
            del self._asked[next(iter(self._asked))]
        self._asked[source] = now
        silent = before is not None and now - before < NONCE_SECONDS
        return ("MD5",) if silent and "MD5" in self.algorithms else self.algorithms

    def _challenge(self, now: float, algorithms: tuple[str, ...], *, stale: bool) -> Prove:
        nonce = make_nonce(self._secret, now, secrets.token_hex(8))
        values = [challenge(self.realm, nonce, name, stale=stale) for name in algorithms]
        return Prove(tuple(("WWW-Authenticate", value) for value in values))

    def _ha1(self, user: str, algorithm: str) -> str | None:
        password = self.passwords.get(user)
        return None if password is None else ha1(user, self.realm, password, algorithm)

    def _bind(self, extension: str, request: Request, source: Address, now: float) -> Reply:
        try:
            event = _read_register(request, source, now)
        except (MalformedSip, ValueError):
            return Reply(400, "Bad Contact")
        for action in self._step(extension, event)[1]:
            match action:
                case Accept(contacts):
                    shown = tuple(("Contact", f"<{uri.encode()}>;expires={left}") for uri, left in contacts)
                    return Reply(200, "OK", shown)
                case TooBrief(least):
                    return Reply(423, "Interval Too Brief", (("Min-Expires", str(least)),))
                case Refuse(status, reason):
                    return Reply(status, reason)
        return Reply(500, "Server Internal Error")

    def _step(self, extension: str, event: Register | Tick) -> tuple[Bindings, tuple[object, ...]]:
        before = self._bindings.get(extension, ())
        after, actions = self.registrar.step(before, event)
        if after != before:
            self._bindings[extension] = after
            self._places = whereabouts(self._bindings)
        for action in actions:
            if isinstance(action, Bound | Unbound):
                log.info("phone." + type(action).__name__.lower(), extension=extension)
        return after, actions


def _aor(request: Request) -> str | None:
    to = request.headers.first("To")
    return parse_name_addr(to).uri.user if to else None


def _read_register(request: Request, source: Address, now: float) -> Register:
    contacts = [item for line in request.headers.all("Contact") for item in split_commas(line)]
    expires = request.headers.first("Expires")
    return Register(
        wishes=tuple(_wish(item) for item in contacts if item.strip() != "*"),
        expires=_seconds(expires) if expires else None,
        star=any(item.strip() == "*" for item in contacts),
        call_id=request.headers.first("Call-ID") or "",
        cseq=parse_cseq(request.headers.first("CSeq") or "").number,
        source=source,
        now=now,
    )


def _wish(contact: str) -> Wish:
    address = parse_name_addr(contact)
    expires = address.param("expires")
    return Wish(address.uri, _seconds(expires) if expires else None)


def _seconds(text: str) -> int:
    """§20.19: a malformed value counts as 3600."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 3600

"""The registrar's rules (RFC 3261 §10.3) for one extension: where its phones are, and until when.

`step(bindings, event) -> (bindings, actions)`. Pure: the digest has been proved and the headers read by
others, and every event says what time it is. A binding keeps the Contact the phone gave and the address it
really came from; a phone behind NAT is rung at the latter. `q` is ignored: all of an agent's phones ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.sip.message import Address
from bridge.sip.uri import SipUri

MAX_CONTACTS: Final = 4
"""Phones of one extension. One more puts out the oldest: a phone that restarts behind NAT comes as a new
one."""

DEFAULT_MIN: Final = 60
DEFAULT_MAX: Final = 3600
"""Seconds a registration may last: below a minute it is load, above an hour a dead phone is rung for too
long."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One phone. `expires_at` in seconds of the clock the events are stamped with."""

    contact: SipUri
    source: Address
    call_id: str
    cseq: int
    expires_at: float


Bindings = tuple[Binding, ...]
"""Oldest first."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One Contact of a REGISTER; `expires` is its own parameter, in seconds, or None."""

    contact: SipUri
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """A REGISTER that has proved itself. `expires`: the Expires header; `star`: `Contact: *`; no wishes: a
    query."""

    wishes: tuple[Wish, ...]
    expires: int | None
    star: bool
    call_id: str
    cseq: int
    source: Address
    now: float


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""

    now: float


@dataclass(frozen=True, slots=True)
class Accept:
    """200 with these Contacts and the whole seconds each has left."""

    contacts: tuple[tuple[SipUri, int], ...]


@dataclass(frozen=True, slots=True)
class TooBrief:
    """423 with Min-Expires."""

    min_expires: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """Any other refusal."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A phone that was not there before."""

    binding: Binding


@dataclass(frozen=True, slots=True)
class Unbound:
    """A phone that is gone. why: "removed" by itself, "expired", or "replaced" by a newer one."""

    binding: Binding
    why: str


Event = Register | Tick
Action = Accept | TooBrief | Refuse | Bound | Unbound


@dataclass(frozen=True, slots=True)
class Registrar:
    """The rules with their limits in seconds."""

    min_expires: int = DEFAULT_MIN
    max_expires: int = DEFAULT_MAX

    def step(self, bindings: Bindings, event: Event) -> tuple[Bindings, tuple[Action, ...]]:
        """What an event changes. A refused REGISTER changes nothing but what time itself ended (§10.3 step
        7)."""
        alive = tuple(item for item in bindings if item.expires_at > event.now)
        gone = tuple(Unbound(item, "expired") for item in bindings if item.expires_at <= event.now)
        if isinstance(event, Tick):
            return alive, gone
        refusal = self._refusal(alive, event)
        if refusal is not None:
            return alive, (*gone, refusal)
        updated = () if event.star else self._update(alive, event)
        return updated, (*gone, *_changes(alive, updated), _accept(updated, event.now))

    def _refusal(self, alive: Bindings, event: Register) -> Action | None:
        if event.star and (event.wishes or event.expires != 0):  # §10.2.2: * only alone and with Expires: 0
            return Refuse(400, "Contact * Needs Expires 0")
        if len(event.wishes) > MAX_CONTACTS:
            return Refuse(403, "Too Many Contacts")
        if any(0 < self._asked(wish, event) < self.min_expires for wish in event.wishes):
            return TooBrief(self.min_expires)
        if any(_outdated(item, event) for item in alive):
            return Refuse(500, "CSeq Out Of Order")
        return None

    def _asked(self, wish: Wish, event: Register) -> int:
        """§10.3 step 6: the contact's own parameter, else the header, else our default."""
        if wish.expires is not None:
            return wish.expires
        return self.max_expires if event.expires is None else event.expires

    def _update(self, alive: Bindings, event: Register) -> Bindings:
        found = {_key(item.contact): item for item in alive}
        for wish in event.wishes:
            seconds = min(self._asked(wish, event), self.max_expires)
            found.pop(_key(wish.contact), None)  # a refreshed phone becomes the youngest
            if seconds > 0:
                found[_key(wish.contact)] = Binding(
                    wish.contact, event.source, event.call_id, event.cseq, event.now + seconds
                )
        return tuple(found.values())[-MAX_CONTACTS:]


def whereabouts(bindings: Mapping[str, Bindings]) -> dict[Address, str]:
    """From where each extension registered, as `Doors.who` wants it. `bindings`: extension -> its phones.

    A place that several extensions share (a gateway with many lines) is left out: its address proves no one
    of them, so its calls are challenged.
    """
    found: dict[Address, set[str]] = {}
    for extension, items in bindings.items():
        for item in items:
            found.setdefault(item.source, set()).add(extension)
    return {place: next(iter(who)) for place, who in found.items() if len(who) == 1}


def _outdated(item: Binding, event: Register) -> bool:
    """§10.3 step 7: the same Call-ID must come with a higher CSeq."""
    touched = event.star or any(_key(wish.contact) == _key(item.contact) for wish in event.wishes)
    return touched and item.call_id == event.call_id and event.cseq <= item.cseq


def _changes(before: Bindings, after: Bindings) -> tuple[Action, ...]:
    """Phones that came and went; who is put out by a newcomer counts as replaced, who asked for it as
    removed."""
    old = {_key(item.contact): item for item in before}
    new = {_key(item.contact): item for item in after}
    came = [item for key, item in new.items() if key not in old]
    why = "replaced" if len(after) == MAX_CONTACTS and came else "removed"
    went = [Unbound(item, why) for key, item in old.items() if key not in new]
    return (*(Bound(item) for item in came), *went)


def _accept(bindings: Bindings, now: float) -> Accept:
    return Accept(tuple((item.contact, max(1, int(item.expires_at - now))) for item in bindings))


def _key(contact: SipUri) -> object:
    """What makes two Contacts the same (§19.1.4: the order of parameters does not)."""
    return contact.scheme, contact.user, contact.host, contact.port, frozenset(contact.params)

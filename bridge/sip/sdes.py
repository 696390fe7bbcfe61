"""Keys for SRTP in a session description: `a=crypto` lines (RFC 4568) as values, and the choice among them.

Knows what the media process can carry out: the suites of `LENGTHS`, one key for each direction, no MKI. A
line that asks for anything else is passed over, as an unknown suite is (§6.1): the peer sees by the answer's
tag what was taken. Keys come in as arguments (this floor has no dice) and never show in a repr, so that no
log can have them.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, cast

Suite = Literal["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM", "AEAD_AES_128_GCM"]
Policy = Literal["off", "optional", "required"]
"""off: keys are neither offered nor taken. optional: offered within RTP/AVP and taken where the peer has them
too (RFC 8643). required: without keys there is no call."""

LENGTHS: Final[dict[Suite, int]] = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_256_GCM": 44,
    "AEAD_AES_128_GCM": 28,
}
"""Octets of master key and salt together (RFC 4568 §6.2, RFC 7714 §12), in our order of preference: the first
is the one every phone must have (§6.2.1)."""
SECRET: Final = sum(LENGTHS.values())
"""Octets of chance a leg needs: a key of its own for each suite."""
MAX_LINES: Final = 32
"""Crypto lines read of one medium: a phone offers up to eight."""

_LINE: Final = re.compile(r"([0-9]{1,9}) +([A-Za-z0-9_]+) +(\S+)((?: +\S+)*) *")
_INLINE: Final = re.compile(r"inline:([A-Za-z0-9+/]+={0,2})(?:\|(?:2\^)?[0-9]{1,15})?", re.I)
_HARMLESS: Final = re.compile(r"-\S+|WSH=[0-9]+|KDR=0", re.I)
"""Session parameters that change nothing for us: a leading "-" says so itself (§6.3.7), a window is advice
(§6.3.6), a key derivation rate of 0 is the default (§6.3.1)."""


@dataclass(frozen=True, slots=True)
class Crypto:
    """One usable a=crypto line: whoever wrote it encrypts what it sends with this key. tag: 1..9 digits."""

    tag: int
    suite: Suite
    key: bytes = field(repr=False)

    def encode(self) -> str:
        """The attribute's value."""
        return f"{self.tag} {self.suite} inline:{b64encode(self.key).decode()}"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a leg's media is protected with: the peer's key for what comes in, ours for what goes out. `tag`
    is the offer's (§5.1.2)."""

    tag: int
    suite: Suite
    incoming: bytes = field(repr=False)
    outgoing: bytes = field(repr=False)


def parse_crypto(value: str) -> Crypto | None:
    """One attribute's value; None: malformed, or it asks for what we don't do."""
    found = _LINE.fullmatch(value)
    if not found or found[2] not in LENGTHS:
        return None
    inline = _INLINE.fullmatch(found[3])
    if not inline or not all(_HARMLESS.fullmatch(word) for word in found[4].split()):
        return None
    suite = cast(Suite, found[2])
    try:
        key = b64decode(inline[1], validate=True)
    except binascii.Error:
        return None
    return Crypto(int(found[1]), suite, key) if len(key) == LENGTHS[suite] else None


def usable(values: Iterable[str]) -> list[Crypto]:
    """The lines we can live with, in the peer's order."""
    read = [parse_crypto(value) for value in list(values)[:MAX_LINES]]
    return [crypto for crypto in read if crypto is not None]


def offer(secret: bytes) -> tuple[Crypto, ...]:
    """Our lines, each with a key of its own cut from `secret` (`SECRET` octets of chance)."""
    lines, at = [], 0
    for tag, (suite, length) in enumerate(LENGTHS.items(), 1):
        lines.append(Crypto(tag, suite, secret[at : at + length]))
        at += length
    return tuple(lines)


def answered(ours: Sequence[Crypto], theirs: Sequence[Crypto]) -> Keys | None:
    """The keys agreed on by the peer's answer to our lines: it names tag and suite of one of ours (§5.1.3).
    None: it answered none, or what we did not offer."""
    for taken in theirs:
        for line in ours:
            if (line.tag, line.suite) == (taken.tag, taken.suite):
                return Keys(line.tag, line.suite, taken.key, line.key)
    return None


def answering(offered: Sequence[Crypto], secret: bytes) -> Keys | None:
    """The keys we agree to in our answer: the peer's first line we can use (§6.1: its order is its
    preference), and our key for that suite. None: there is no such line, or we have no secret."""
    if not offered or not secret:
        return None
    taken = offered[0]
    ours = next(line for line in offer(secret) if line.suite == taken.suite)
    return Keys(taken.tag, taken.suite, taken.key, ours.key)


@dataclass(frozen=True, slots=True)
class Shield:
    """How a leg is to be protected. secret: `SECRET` octets of chance that stay the leg's own, so that a
    later description of it names the same keys and the streams go on (§7.1); b"": keys must not be told
    here."""

    policy: Policy = "off"
    secret: bytes = field(default=b"", repr=False)

    def offered(self) -> tuple[Crypto, ...]:
        """The lines of an offer of ours."""
        return offer(self.secret) if self.policy != "off" and self.secret else ()

    def taken(self, values: Iterable[str]) -> Keys | None:
        """What we take of a peer's offered lines."""
        return None if self.policy == "off" else answering(usable(values), self.secret)

    def agreed(self, values: Iterable[str]) -> Keys | None:
        """What the peer's answering lines come to."""
        return answered(self.offered(), usable(values))

    def allows(self, protocol: str, keys: Keys | None) -> bool:
        """Whether a medium may be used so: a secure profile needs keys (§4), and so does our policy."""
        return keys is not None or (self.policy != "required" and not protocol.startswith("RTP/S"))


PLAIN: Final = Shield()
"""No keys, none wanted."""

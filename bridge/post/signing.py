"""Signatures of letters between platforms: Standard Webhooks 1.0, several keys at once, HMAC-SHA256 or
HMAC-SM3.

Pure: the time is an argument. What is signed is `id.timestamp.body`, the exact octets. A letter carries one
signature for every key in use, so keys change without an hour agreed on: first both sides know the new one,
then the old one goes. The SM3 (GB/T 32905) of `cryptography`, which we have already, is used: hashlib's
depends on how the system's OpenSSL was built, and the reference library signs with SHA-256 and one key only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from bridge.errors import BadSignature

Algorithm = Literal["sha256", "sm3"]
Use = Literal["both", "send", "receive"]
"""send: we sign with it; receive: they do. Two keys, one for each way, and nobody can send us our own
letters back."""

PREFIX: Final = "whsec_"
VERSIONS: Final[Mapping[Algorithm, str]] = {"sha256": "v1", "sm3": "v1sm3"}
"""`v1` is the standard's. It reserves no word for SM3; this one is ours, and by the standard a receiver
passes over versions it does not know."""

TOLERANCE: Final = timedelta(minutes=5)
"""Either way, as the standard asks: a copied letter is of no use later, and clocks may differ a little."""

KEY_OCTETS: Final = range(24, 65)
"""What the standard allows a symmetric key."""
LONGEST_ID: Final = 128
LONGEST_SIGNATURES: Final = 4096
"""Characters of the header; 16 keys' signatures take 1,200."""
_ID: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:@+/=~")
"""No dot: the standard's separator, so that `a.1` + `2` is not `a` + `1.2`."""


@dataclass(frozen=True, slots=True)
class Key:
    """One shared secret. It counts from not_before on and until not_after (aware times), if they are set."""

    secret: bytes = field(repr=False)
    algorithm: Algorithm = "sha256"
    use: Use = "both"
    not_before: datetime | None = None
    not_after: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it is in use."""
        begun = self.not_before is None or now >= self.not_before
        return begun and (self.not_after is None or now < self.not_after)

    @property
    def mark(self) -> str:
        """Eight hex digits by which two administrators compare keys over the telephone; they tell nothing of
        the secret."""
        return hashlib.sha256(b"mark " + self.secret).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature proves: the letter's id, the time it was sent, the key."""

    id: str
    at: datetime
    key: Key


def secret_of(text: str) -> bytes:
    """The key's octets from `whsec_` and base64. Raises ValueError, without the text in it."""
    try:
        octets = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) not in KEY_OCTETS:
        raise ValueError("not whsec_ and the base64 of 24 to 64 octets")
    return octets


def secret_text(octets: bytes) -> str:
    """The key as both sides write it down."""
    return PREFIX + base64.b64encode(octets).decode()


def sign(id: str, at: datetime, body: bytes, keys: Sequence[Key]) -> dict[str, str]:
    """The three headers, signed with every key that counts now, in the order of `keys`. Raises LookupError
    when none does."""
    using = [key for key in keys if key.use != "receive" and key.counts(at)]
    if not using:
        raise LookupError("no key counts now")
    seconds = int(at.timestamp())
    signatures = (f"{VERSIONS[key.algorithm]},{_encoded(key, id, seconds, body)}" for key in using)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signatures),
    }


def verify(headers: Mapping[str, str], body: bytes, keys: Sequence[Key], now: datetime) -> Signed:
    """Who the letter proves to be from. headers: names in lower case; body: as received, unparsed.

    Every signature is compared with every key, in constant time each. Raises BadSignature, whose `why`
    says what to look at.
    """
    id, seconds, shown = _read(headers)
    at = _moment(seconds, now)
    candidates = _candidates(shown)
    using = [key for key in keys if key.use != "send" and key.counts(now)]
    if not using:
        raise BadSignature("no key of this sender counts now", "no-key")
    found = [
        key for key in using if _matches(_mac(key, id, seconds, body), candidates, VERSIONS[key.algorithm])
    ]
    if not found:
        spoken = {VERSIONS[key.algorithm] for key in using}
        known = any(version in spoken for version, _ in candidates)
        raise BadSignature("no signature matches", "wrong-signature" if known else "unknown-version")
    return Signed(id, at, found[0])


def seal(id: str, at: datetime, body: bytes, keys: Sequence[Key]) -> str:
    """The signature of what is not posted but lies somewhere until it is fetched, in one text: Unix seconds
    and the signatures. Raises LookupError when no key counts."""
    headers = sign(id, at, body, keys)
    return f"{headers['webhook-timestamp']} {headers['webhook-signature']}"


def unseal(
    id: str, sealed: str, body: bytes, keys: Sequence[Key], now: datetime, oldest: timedelta
) -> Signed:
    """What `seal` made: as `verify`, but it may have lain for `oldest`, and its keys must have counted when
    it was signed. Who takes it must know what was taken already for as long. Raises BadSignature."""
    timestamp, _, signatures = sealed.partition(" ")
    headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures}
    _, seconds, _ = _read(headers)
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as wrong:
        raise BadSignature("the time is no date", "bad-timestamp") from wrong
    if not -TOLERANCE <= now - at <= oldest + TOLERANCE:
        raise BadSignature("sealed at another time", "stale" if at < now else "future")
    return verify(headers, body, keys, at)


def fresh(at: datetime, now: datetime) -> bool:
    """Whether a letter of that time is still taken: until then its id must be remembered, or it could be
    sent to us again."""
    return abs(now - at) <= TOLERANCE


def _read(headers: Mapping[str, str]) -> tuple[str, int, str]:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    id, timestamp, shown = (headers.get(name, "") for name in names)
    missing = [name for name in names if not headers.get(name)]
    if missing:
        raise BadSignature(f"missing {', '.join(missing)}", "missing-header")
    if len(id) > LONGEST_ID or not _ID.issuperset(id):
        raise BadSignature("webhook-id", "bad-id")
    if len(timestamp) > 12 or not (timestamp.isascii() and timestamp.isdigit()):
        raise BadSignature("webhook-timestamp is not Unix seconds", "bad-timestamp")
    if len(shown) > LONGEST_SIGNATURES:
        raise BadSignature("webhook-signature is too long", "bad-signature")
    return id, int(timestamp), shown


def _moment(seconds: int, now: datetime) -> datetime:
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as wrong:
        raise BadSignature("webhook-timestamp is no date", "bad-timestamp") from wrong
    if not fresh(at, now):
        raise BadSignature("sent at another time", "stale" if at < now else "future")
    return at


def _candidates(shown: str) -> list[tuple[str, bytes]]:
    """Version and octets of each signature; versions nobody here knows may be of any form."""
    found: list[tuple[str, bytes]] = []
    for word in shown.split(" "):
        version, comma, text = word.partition(",")
        if not comma:
            continue
        try:
            found.append((version, base64.b64decode(text, validate=True)))
        except (binascii.Error, ValueError):
            if version in VERSIONS.values():
                raise BadSignature("a signature is not base64", "not-base64") from None
    if not found:
        raise BadSignature("no `version,base64` in webhook-signature", "unknown-version")
    return found


def _matches(expected: bytes, candidates: Sequence[tuple[str, bytes]], version: str) -> bool:
    """All are compared, found or not: how long it takes tells nothing."""
    same = [hmac.compare_digest(expected, octets) for word, octets in candidates if word == version]
    return any(same)


def _encoded(key: Key, id: str, seconds: int, body: bytes) -> str:
    return base64.b64encode(_mac(key, id, seconds, body)).decode()


def _mac(key: Key, id: str, seconds: int, body: bytes) -> bytes:
    signed = b"%s.%d.%s" % (id.encode(), seconds, body)
    if key.algorithm == "sha256":
        return hmac.digest(key.secret, signed, "sha256")
    made = HMAC(key.secret, hashes.SM3())
    made.update(signed)
    return made.finalize()

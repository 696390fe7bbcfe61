"""Digest authentication (RFC 7616 as SIP uses it: RFC 3261 §22, RFC 8760), both sides, as pure functions.

MD5 and SHA-256, each with -sess; qop=auth only: the RFC 2069 form without nonce counts can be replayed and
is refused. Nonces are stateless: they carry their time and an HMAC, so any process with the secret can judge
them. The one state is `NonceCounts`. Passwords are never kept: the server side needs HA1 only.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bridge.errors import BadCredentials, MalformedSip
from bridge.sip.grammar import parse_challenge, quote
from bridge.sip.uri import read_uri

NonceState = Literal["fresh", "stale", "forged"]
Refusal = Literal[
    "malformed", "realm", "algorithm", "qop", "wrong-uri", "unknown-user", "wrong-password", "stale-nonce",
    "replay",
]  # fmt: skip

STRENGTH: Final = ("SHA-256", "SHA-256-sess", "MD5", "MD5-sess")
"""The algorithms we know, strongest first."""
MAX_COUNTS: Final = 10_000
"""Nonces whose count is remembered; only proven users get one in, so a stranger can't push others out."""

_BY_NAME: Final = {name.lower(): name for name in STRENGTH}
_HEX: Final = re.compile(r"[0-9A-Fa-f]+")
_NC: Final = re.compile(r"[0-9A-Fa-f]{8}")
_NONCE: Final = re.compile(r"([0-9a-f]{1,16})\.([^.\"\\]*)\.([0-9a-f]{32})")
_NEEDED: Final = frozenset({"username", "realm", "nonce", "uri", "response"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who a request comes from, or why that is not proven; `refusal` None: `user` knows the password.

    On "stale-nonce" (too old, or of before our restart) and "replay" the digest was right: challenge again
    with stale=True and the phone tries again by itself. `user` is what was claimed, proven or not ("" when
    nothing readable was).
    """

    user: str
    refusal: Refusal | None


@dataclass(slots=True)
class NonceCounts:
    """The highest count seen of each nonce: it must rise (RFC 7616 §3.4). Forgets the oldest first."""

    limit: int = MAX_COUNTS
    _seen: dict[str, int] = field(default_factory=dict)

    def rises(self, nonce: str, count: int) -> bool:
        """Whether this count is higher than any before it; if so it is remembered."""
        if count <= self._seen.get(nonce, 0):
            return False
        self._seen[nonce] = count
        if len(self._seen) > self.limit:
            del self._seen[next(iter(self._seen))]
        return True


def challenge(realm: str, nonce: str, algorithm: str, stale: bool = False) -> str:
    """A WWW- or Proxy-Authenticate value. Several algorithms: one header each, best first (RFC 8760 §2.4)."""
    tail = ", stale=true" if stale else ""
    return f'Digest realm={quote(realm)}, nonce={quote(nonce)}, algorithm={algorithm}, qop="auth"{tail}'


def make_nonce(secret: bytes, now: float, salt: str) -> str:
    """A nonce for `now` (seconds); `salt` random hex digits, so that no two are alike."""
    text = f"{int(now):x}.{salt}"
    return f"{text}.{_seal(secret, text)}"


def nonce_state(nonce: str, secret: bytes, now: float, lifetime: float) -> NonceState:
    """Whether the nonce is ours and at most `lifetime` seconds old; one of the future is stale."""
    found = _NONCE.fullmatch(nonce)
    if not found or not hmac.compare_digest(_seal(secret, f"{found[1]}.{found[2]}"), found[3]):
        return "forged"
    age = now - int(found[1], 16)
    return "fresh" if -1 <= age <= lifetime else "stale"


def _seal(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:32]


def ha1(user: str, realm: str, password: str, algorithm: str) -> str:
    """H(user:realm:password), stored instead of the password. Raises KeyError for an unknown algorithm."""
    return _hash(_BY_NAME[algorithm.lower()], f"{user}:{realm}:{password}")


def verify(
    header: str,
    method: str,
    ha1_of: Callable[[str, str], str | None],
    *,
    realm: str,
    uri: str,
    state: Callable[[str], NonceState],
    counts: NonceCounts,
    algorithms: Collection[str] = STRENGTH,
) -> Verdict:
    """Judge an Authorization or Proxy-Authorization value. Never raises on a stranger's text.

    ha1_of(user, algorithm) gives the stored HA1 or None; for a -sess algorithm it is asked for the plain one.
    uri: the Request-URI; the user in it must be the one the digest is for, or a copied digest could dial
    another number (hosts may differ: proxies rewrite them). state: `nonce_state` with secret, time and
    lifetime filled in. algorithms: those offered; answering with a weaker one is refused.
    """
    try:
        scheme, params = parse_challenge(header)
    except MalformedSip:
        return Verdict("", "malformed")
    user = params.get("username", "")
    refusal = "malformed" if scheme != "digest" else _refuse_form(params, realm, uri, algorithms)
    if refusal:
        return Verdict(user, refusal)
    algorithm = _algorithm(params)
    secret = ha1_of(user, algorithm.removesuffix("-sess"))
    # Counted for an unknown user too, so that the time taken doesn't tell who is known.
    right = hmac.compare_digest(
        _response(params, method, secret or "", algorithm), params["response"].lower()
    )
    if secret is None or not right:
        return Verdict(user, "unknown-user" if secret is None else "wrong-password")
    if state(params["nonce"]) != "fresh":
        return Verdict(user, "stale-nonce")
    return Verdict(user, None if counts.rises(params["nonce"], int(params["nc"], 16)) else "replay")


def _refuse_form(params: dict[str, str], realm: str, uri: str, algorithms: Collection[str]) -> Refusal | None:
    """What can be said before any password is asked for."""
    if not params.keys() >= _NEEDED or not _HEX.fullmatch(params["response"]):
        return "malformed"
    counted = params.get("cnonce") and _NC.fullmatch(params.get("nc", ""))
    if params.get("qop", "").lower() != "auth" or not counted:
        return "qop"
    if _algorithm(params) not in algorithms:
        return "algorithm"
    if params["realm"] != realm:
        return "realm"
    return None if _same_user(params["uri"], uri) else "wrong-uri"


def _algorithm(params: dict[str, str]) -> str:
    """The algorithm's name as we write it, MD5 when none is given (RFC 7616 §3.3), "" for an unknown one."""
    return _BY_NAME.get(params.get("algorithm", "MD5").lower(), "")


def _same_user(claimed: str, actual: str) -> bool:
    try:
        return read_uri(claimed).user == read_uri(actual).user
    except MalformedSip:
        return False


def respond(
    challenge: Sequence[str], method: str, uri: str, user: str, password: str, cnonce: str, nc: int
) -> str:
    """The Authorization value for the strongest challenge offered that we know; each is one header's value.

    cnonce: random hex digits; nc: 1 with a new nonce, one more with each use. Raises BadCredentials if none
    is usable.
    """
    params = _strongest(challenge)
    algorithm = _algorithm(params)
    answer = {
        "username": user,
        "realm": params["realm"],
        "nonce": params["nonce"],
        "uri": uri,
        "cnonce": cnonce,
    }
    answer["nc"] = f"{nc:08x}"
    answer["response"] = _response(answer, method, ha1(user, params["realm"], password, algorithm), algorithm)
    if "opaque" in params:
        answer["opaque"] = params["opaque"]
    quoted = ", ".join([f"{name}={quote(value)}" for name, value in answer.items() if name != "nc"])
    return f"Digest {quoted}, algorithm={algorithm}, qop=auth, nc={answer['nc']}"


def _strongest(challenges: Sequence[str]) -> dict[str, str]:
    usable: dict[str, dict[str, str]] = {}
    for value in challenges:
        try:
            scheme, params = parse_challenge(value)
        except MalformedSip:
            continue  # another one may be good
        qops = [qop.strip().lower() for qop in params.get("qop", "").split(",")]
        name = _algorithm(params)
        if scheme == "digest" and name and "auth" in qops and params.keys() >= {"realm", "nonce"}:
            usable.setdefault(name, params)
    best = next((usable[name] for name in STRENGTH if name in usable), None)
    if best is None:
        raise BadCredentials("no challenge we can answer: Digest, qop=auth, MD5 or SHA-256")
    return best


def _response(params: dict[str, str], method: str, secret: str, algorithm: str) -> str:
    """The digest of RFC 7616 §3.4.1 with qop=auth; `secret` is HA1 without its session part."""
    nonce, cnonce = params["nonce"], params["cnonce"]
    if algorithm.endswith("-sess"):
        secret = _hash(algorithm, f"{secret}:{nonce}:{cnonce}")
    ha2 = _hash(algorithm, f"{method}:{params['uri']}")
    return _hash(algorithm, f"{secret}:{nonce}:{params['nc']}:{cnonce}:auth:{ha2}")


def _hash(algorithm: str, text: str) -> str:
    function = hashlib.md5 if algorithm.startswith("MD5") else hashlib.sha256
    return function(text.encode(), usedforsecurity=False).hexdigest()

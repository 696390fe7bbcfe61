"""An identity provider by OpenID Connect Core 1.0: discovery, the code's exchange, and the signed word.

joserfc checks signatures (JWS, JWK; by the author of Authlib, whose own client would bring a framework's
session along), httpx speaks. One issuer is believed: the configured one, in discovery and in every token. Its
keys are fetched again when a token names one we do not have, at most every few seconds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bridge.errors import LoginRefused

_LOG = structlog.get_logger(__name__)

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384")
"""Public-key signatures. Neither `none` nor HMAC with a secret the provider might share with others."""
SKEW: Final = 120
"""Seconds the provider's clock may be off."""
PATIENCE: Final = httpx.Timeout(5.0, connect=3.0)
MAX_ANSWER: Final = 512 * 1024
"""Octets; a provider's largest answer, its keys, has some thousand."""
DISCOVERY_LASTS: Final = 3600.0
KEYS_PAUSE: Final = 10.0
"""Seconds between two fetches of keys that a token asks for: a forger must not make us a hammer."""
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Client:
    """Ourselves as the provider knows us. secret: "" for a public client; page: our page's address."""

    issuer: str
    client_id: str
    secret: str
    page: str
    scopes: tuple[str, ...]

    @property
    def redirect(self) -> str:
        """Where the provider sends browsers back to."""
        return f"{self.page}/api/v1/session/oidc/callback"


class OidcProvider:
    """Fulfils ports_provider.Provider. now: seconds since 1970."""

    def __init__(self, client: Client, now: Callable[[], float]) -> None:
        self._client, self._now = client, now
        self.issuer = client.issuer
        self._http: httpx.AsyncClient | None = None
        self._found: tuple[float, dict[str, str]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._asking = asyncio.Lock()

    async def start(self) -> None:
        """Nothing is asked yet: the house opens while the provider is away."""
        self._http = httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False, trust_env=False)

    async def stop(self) -> None:
        """Twice is harmless."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def address(self, state: str, nonce: str, challenge: str) -> str:
        """Raises LoginRefused."""
        found = await self._discovered()
        asked = urlencode(
            {
                "response_type": "code",
                "client_id": self._client.client_id,
                "redirect_uri": self._client.redirect,
                "scope": " ".join(self._client.scopes),
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )
        there = found["authorization_endpoint"]
        return f"{there}{'&' if '?' in there else '?'}{asked}"

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Raises LoginRefused."""
        found = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect,
            "code_verifier": verifier,
            "client_id": self._client.client_id,
        }
        auth = httpx.BasicAuth(self._client.client_id, self._client.secret) if self._client.secret else None
        answer = await self._ask("POST", found["token_endpoint"], form, auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise LoginRefused("身份提供者的回答里没有 id_token")
        claims = await self._verified(token, found["jwks_uri"])
        self._check(claims, nonce)
        return claims

    async def _verified(self, token: str, keys_at: str) -> dict[str, Any]:
        """The token's claims, whose signature is by one of the provider's keys; it may have new ones."""
        for fresh in (False, True):
            keys = await self._key_set(keys_at, fresh=fresh)
            try:
                return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)
            except (JoseError, ValueError) as wrong:
                _LOG.info("id token not verified", error=type(wrong).__name__, fresh_keys=fresh)
        raise LoginRefused("身份提供者的签名不对")

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        """OpenID Connect Core §3.1.3.7: by whom, for whom, from when to when, and to which question."""
        now = self._now()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != self.issuer:
            raise LoginRefused("登录凭证是另一个身份提供者的（iss）")
        if self._client.client_id not in audiences or len(audiences) != 1:
            raise LoginRefused("登录凭证不是给本系统的（aud）")
        if claims.get("azp", self._client.client_id) != self._client.client_id:
            raise LoginRefused("登录凭证不是给本系统的（azp）")
        if claims.get("nonce") != nonce:
            raise LoginRefused("登录凭证不是这一次登录的（nonce）")
        ends, issued, begins = (_moment(claims.get(name)) for name in ("exp", "iat", "nbf"))
        if ends is None or issued is None or now >= ends + SKEW:
            raise LoginRefused("登录凭证过期了，或没有期限（exp、iat）：核对两边的时钟")
        if max(issued, begins or 0.0) > now + SKEW:
            raise LoginRefused("登录凭证还没有生效：核对两边的时钟")

    async def _discovered(self) -> dict[str, str]:
        """Where things are at the provider (OpenID Connect Discovery 1.0 §4)."""
        async with self._asking:
            if self._found is not None and self._now() - self._found[0] < DISCOVERY_LASTS:
                return self._found[1]
            told = await self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != self.issuer:
                raise LoginRefused("身份提供者自称是另一个（issuer）：核对 api.oidc.issuer")
            places = {name: told.get(name) for name in _NEEDED}
            if not all(isinstance(url, str) and _safe(url, self.issuer) for url in places.values()):
                raise LoginRefused("身份提供者的说明不完整，或不是 https")
            self._found = (self._now(), {name: str(url) for name, url in places.items()})
            return self._found[1]

    async def _key_set(self, url: str, *, fresh: bool) -> KeySet:
        async with self._asking:
            known = self._keys
            if known is not None and (not fresh or self._now() - known[0] < KEYS_PAUSE):
                return known[1]
            try:
                keys = KeySet.import_key_set(await self._ask("GET", url))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as wrong:
                raise LoginRefused("身份提供者的公钥读不懂") from wrong
            self._keys = (self._now(), keys)
            return keys

    async def _ask(
        self,
        method: str,
        url: str,
        form: dict[str, str] | None = None,
        auth: httpx.BasicAuth | None = None,
    ) -> dict[str, Any]:
        """A JSON object; nothing the provider says goes into the error."""
        if self._http is None:
            raise RuntimeError("not started")
        try:
            async with asyncio.timeout(10):
                sent = self._http.build_request(
                    method, url, data=form, headers={"Accept": "application/json"}
                )
                answer = await self._http.send(sent, auth=auth, stream=True)
                body = await _read(answer)
            told = _json(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as wrong:
            _LOG.warning("identity provider not reached", error=type(wrong).__name__)
            raise LoginRefused("身份提供者连不上，请稍后再试") from wrong
        if answer.status_code != 200 or not isinstance(told, dict):
            _LOG.warning("identity provider refused", status=answer.status_code, path=urlsplit(url).path)
            raise LoginRefused("身份提供者没有给出能用的回答")
        return told


async def _read(answer: httpx.Response) -> bytes:
    """Up to MAX_ANSWER; a provider that streams for ever is cut off. Raises LoginRefused."""
    body = bytearray()
    try:
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > MAX_ANSWER:
                raise LoginRefused("身份提供者的回答太长")
    finally:
        await answer.aclose()
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _moment(value: Any) -> float | None:
    """A NumericDate (RFC 7519 §2)."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _safe(url: str, issuer: str) -> bool:
    """Over TLS, unless the issuer itself is this machine's."""
    return url.startswith("https://") or (issuer.startswith("http://") and url.startswith("http://"))

"""A stand-in identity provider for tests: discovery, authorization, token and keys over a real socket, with
real signed tokens. What it says can be bent, one way at a time."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route


class Provider:
    """claims: of whoever logs in; bend: changed in the token after; broken: a way to misbehave: "discovery",
    "down", "stream", "signature", "none", "hmac", "no-token"."""

    def __init__(self, client: str, secret: str) -> None:
        self.client, self.secret = client, secret
        self.claims: dict[str, Any] = {"sub": "s-1"}
        self.bend: dict[str, Any] = {}
        self.broken = ""
        self.issuer = ""
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.key: RSAKey | ECKey = RSAKey.generate_key(2048, {"kid": "k1"})

    def rotate(self) -> None:
        """From now on another key."""
        self.key = ECKey.generate_key("P-256", {"kid": f"k{len(self.asked)}"})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _discovery(self, request: Request) -> Response:
        self.asked.append("discovery")
        if self.broken == "down":
            return Response("no", 503)
        if self.broken == "stream":
            return StreamingResponse(self._for_ever(), media_type="application/json")
        issuer = "https://evil.example" if self.broken == "discovery" else self.issuer
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return JSONResponse(
            {"issuer": issuer, **{name: f"{self.issuer}/{path}" for name, path in places.items()}}
        )

    async def _for_ever(self) -> AsyncIterator[bytes]:
        for _ in range(2000):
            yield b'"' * 1024

    async def _authorize(self, request: Request) -> Response:
        """Whoever comes is let in at once."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def _token(self, request: Request) -> Response:
        form = {name: value[0] for name, value in parse_qs((await request.body()).decode()).items()}
        wanted = base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if asked is None or challenge.rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if form["redirect_uri"] != asked["redirect_uri"] or self.broken == "no-token":
            return JSONResponse({"access_token": "x"})
        return JSONResponse({"access_token": "x", "id_token": self._signed(asked["nonce"])})

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        times = {"iat": now, "exp": now + 60}
        whole = {"iss": self.issuer, "aud": self.client, "nonce": nonce, **times, **self.claims, **self.bend}
        claims = {name: value for name, value in whole.items() if value is not None}
        if self.broken == "none":
            head, body = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in _plain(claims))
            return f"{head}.{body}."
        if self.broken == "hmac":
            key = OctKey.import_key(self.secret * 4)
            return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, key)
        key = RSAKey.generate_key(2048) if self.broken == "signature" else self.key
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": algorithm, "kid": str(self.key.kid)}, claims, key)

    async def _keys(self, request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse(KeySet([self.key]).as_dict(private=False))


def _plain(claims: dict[str, Any]) -> tuple[bytes, bytes]:
    return b'{"alg":"none"}', JSONResponse(claims).body


@contextlib.asynccontextmanager
async def running(provider: Provider, server: type[uvicorn.Server]) -> AsyncIterator[str]:
    """On a free port of this machine; gives the issuer."""
    made = server(uvicorn.Config(provider.app(), "127.0.0.1", 0, log_config=None))
    made.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(made.serve())
    await asyncio.wait_for(made.up.wait(), 10)  # type: ignore[attr-defined]
    provider.issuer = f"http://127.0.0.1:{made.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider.issuer
    finally:
        made.should_exit = True
        await task


def query(url: str) -> dict[str, str]:
    """A URL's query."""
    return {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}

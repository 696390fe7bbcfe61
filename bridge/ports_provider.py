"""What log-in asks of an identity provider (OpenID Connect): where to send a browser, and whose the code is
that comes back. `adapters.oidc` fulfils it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Provider(Protocol):
    """Raises LoginRefused whenever the provider is not there, or its word does not hold."""

    issuer: str

    async def address(self, state: str, nonce: str, challenge: str) -> str:
        """Where the browser goes. challenge: S256 of the verifier (RFC 7636)."""

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """What the provider says of whoever came back with that code: signed by it, meant for us, of now."""

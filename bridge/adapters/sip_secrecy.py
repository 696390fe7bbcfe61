"""Whose voice is to be encrypted: each trunk's and agent's policy, and the rule that keys go only where the
signalling itself is encrypted (RFC 4568 §6.1: a key in the clear is no secret).

Where that rule forbids keys, `optional` means plain RTP and `required` means no call.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from bridge.routing.plan import Origin, Target
from bridge.sip.sdes import PLAIN, SECRET, Policy, Shield

_SECURE: Final = frozenset({"tls", "wss"})


class Secrecy:
    """trunks, agents: name or extension -> policy; absent is "off". over_plain: the administrator lets keys
    go over signalling in the clear."""

    def __init__(
        self,
        trunks: Mapping[str, Policy] | None = None,
        agents: Mapping[str, Policy] | None = None,
        *,
        over_plain: bool = False,
    ) -> None:
        self._over_plain = over_plain
        self.renew(trunks or {}, agents or {})

    def renew(self, trunks: Mapping[str, Policy], agents: Mapping[str, Policy]) -> None:
        """Other policies, for calls from now on."""
        self._trunks, self._agents = dict(trunks), dict(agents)

    def of_origin(self, origin: Origin, transport: str) -> Shield:
        """For a call that comes from there, its INVITE over this transport."""
        policies = self._trunks if origin.kind == "trunk" else self._agents
        return self._shield(policies.get(origin.name, "off"), transport)

    def of_target(self, target: Target, transport: str) -> Shield:
        """For a call we make there. An agent behind an exchange is reached as its trunk is."""
        if target.trunk is not None:
            return self._shield(self._trunks.get(target.trunk, "off"), transport)
        return self._shield(self._agents.get(target.number, "off"), transport)

    def _shield(self, policy: Policy, transport: str) -> Shield:
        if policy == "off":
            return PLAIN
        told = self._over_plain or transport in _SECURE
        return Shield(policy, secrets.token_bytes(SECRET) if told else b"")


NOBODY: Final = Secrecy()
"""Plain RTP for everybody."""

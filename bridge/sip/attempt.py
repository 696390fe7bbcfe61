"""One INVITE of ours on the wire, as the rules of `uac` keep it, and how it is written. Decides nothing."""

from __future__ import annotations

import re
from typing import Final

from bridge.sip.carriage import Client
from bridge.sip.core import ALLOW, SDP, SUPPORTED, Core
from bridge.sip.dialog import MAX_FORWARDS, Dialog, as_caller
from bridge.sip.envelope import Envelope
from bridge.sip.leg import Leg
from bridge.sip.message import Address, Headers, Request, Response
from bridge.sip.orders import HeaderTuple, Invitation, Send

MAX_REALMS: Final = 4
"""Proxies on one way that each want proof: more than any call passes, and an end to a stranger's 407s."""
_REALM: Final = re.compile(r'realm="((?:[^"\\]|\\.)*)"')


class Attempt:
    """One INVITE of a leg on the wire. It outlives the leg as long as 2xx may still come (Timer M): `acks`
    holds what each of them, by To tag, was answered. `passed`: the leg went on to another address."""

    __slots__ = ("acks", "client", "identity", "leg", "number", "passed", "proof", "to", "uri")

    def __init__(
        self, leg: Leg, uri: str, to: Address, identity: HeaderTuple, number: int, proof: HeaderTuple
    ) -> None:
        self.leg, self.identity, self.number, self.proof = leg, identity, number, proof
        self.uri, self.to = uri, to
        self.acks: dict[str, Send] = {}
        self.client: Client | None = None
        self.passed = False

    def dialog(self, envelope: Envelope, response: Response) -> Dialog:
        """The one a 101..299 made."""
        return as_caller(self.identity[0][1], self.uri, envelope, response, self.to, self.number)

    def may_add(self, proof: tuple[str, str]) -> bool:
        """Each realm on the way is answered once (RFC 3261 §22.3): one that asks again knows all we know."""
        return len(self.proof) < MAX_REALMS and _realm(proof) not in map(_realm, self.proof)


def write_invite(
    core: Core,
    invitation: Invitation,
    hop: Address,
    branch: str,
    identity: HeaderTuple,
    number: int,
    extra: HeaderTuple,
) -> Request:
    """The INVITE; extra: further headers, beside those the invitation brings."""
    given = (*invitation.headers, *extra)
    names = {name.lower() for name, _ in given}
    own = (
        ("Max-Forwards", MAX_FORWARDS),
        core.contact(hop, invitation.uri),
        ALLOW,
        SUPPORTED,
        ("User-Agent", core.product),
        SDP,
    )
    items = [("Via", core.via(branch, hop)), *identity, ("CSeq", f"{number} INVITE")]
    items += [item for item in own if item[0].lower() not in names]
    return Request("INVITE", invitation.uri, Headers([*items, *given]), invitation.body)


def _realm(proof: tuple[str, str]) -> str:
    found = _REALM.search(proof[1])
    return found[1] if found else ""

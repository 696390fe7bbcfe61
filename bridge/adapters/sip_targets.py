"""How a target is written as an INVITE: where it goes, who it shows, what it may answer a challenge with."""

from __future__ import annotations

from bridge.adapters.sip_doorman import Doorman
from bridge.ports import DialOrder
from bridge.settings import Trunk
from bridge.sip.diversion import write_way
from bridge.sip.events import Credentials, HeaderTuple, Invitation
from bridge.sip.grammar import NameAddr, Params
from bridge.sip.identity import ANONYMOUS, Identity, write_identity
from bridge.sip.message import Address
from bridge.sip.uri import SipUri

Place = tuple[SipUri, Address, Trunk | None]
"""Request-URI, next hop, and the trunk it is at."""


class Targets:
    """trunks by name; host: the numeric address our From shows."""

    def __init__(self, doorman: Doorman, trunks: dict[str, Trunk], host: str) -> None:
        self._doorman, self._trunks, self._host = doorman, trunks, host

    def where(self, order: DialOrder, now: float) -> Place | None:
        """Where the target is; None when it cannot be reached now (no phone registered, a trunk that only
        calls us)."""
        target = order.target
        if target.kind == "agent" and target.trunk is None:
            phone = self._doorman.phone(target.number, now)
            # RFC 3581 and NAT: the phone is where its REGISTER came from, whatever its Contact says.
            return (phone.contact, phone.source, None) if phone else None
        trunk = self._trunks[target.trunk or ""]
        if trunk.target is None:
            return None
        host, port = trunk.target
        hop = Address(host, port, trunk.transport)
        return SipUri("sip", target.number, host, port, _said(hop)), hop, trunk

    def invitation(self, order: DialOrder, place: Place, body: bytes) -> Invitation:
        """The INVITE, with our offer in `body`."""
        uri, hop, trunk = place
        trusted = trunk is None or trunk.trusted
        who = Identity(order.caller or ANONYMOUS, order.display, order.private and trunk is not None)
        from_, known = write_identity(who, self._host, trusted=trusted, asserts=trunk is not None)
        instead = order.target.replaces
        swap = (("Replaces", instead), ("Require", "replaces")) if instead else ()
        return Invitation(
            uri=uri.encode(),
            from_=from_,
            to=NameAddr("", uri),
            next_hop=hop,
            body=body,
            headers=(*known, *swap, *self._came(order, trunk), *order.headers),
            credentials=_credentials(trunk),
            large=hop._replace(transport="tcp") if trunk is not None and trunk.large_over_tcp else None,
        )

    def _came(self, order: DialOrder, trunk: Trunk | None) -> HeaderTuple:
        """Who sends the call on (RFC 3892), and where it was before: to exchanges we trust."""
        if trunk is None or not trunk.trusted:
            return ()
        way = write_way(order.way, self._host, order.target.number)
        if not order.referred_by:
            return way
        return (("Referred-By", f"<{SipUri('sip', order.referred_by, self._host).encode()}>"), *way)


def _said(hop: Address) -> Params:
    """The transport as a URI says it (RFC 3261 §19.1.1: UDP goes without saying)."""
    return () if hop.transport == "udp" else (("transport", hop.transport),)


def _credentials(trunk: Trunk | None) -> Credentials | None:
    if trunk is None or trunk.credentials is None:
        return None
    return Credentials(trunk.credentials.username, trunk.credentials.secret)

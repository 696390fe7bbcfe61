"""How a target is written as an INVITE: where it goes, who it shows, what it may answer a challenge with."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.sip_doorman import Doorman
from bridge.ports import DialOrder
from bridge.routing.addresses import MAX_TRIED, Place, patience
from bridge.settings import Trunk
from bridge.sip.diversion import write_way
from bridge.sip.grammar import NameAddr, Params
from bridge.sip.identity import ANONYMOUS, Identity, write_identity
from bridge.sip.message import Address
from bridge.sip.orders import Credentials, HeaderTuple, Invitation
from bridge.sip.uri import SipUri

Where = tuple[SipUri, tuple[Address, ...], Trunk | None]
"""Request-URI, next hops in the order to try them, and the trunk they are at."""


class Targets:
    """trunks by name; host: the numeric address our From shows; order: a trunk's addresses, best first."""

    def __init__(
        self,
        doorman: Doorman,
        trunks: dict[str, Trunk],
        host: str,
        order: Callable[[str], tuple[Place, ...]],
    ) -> None:
        self._doorman, self._host, self._order = doorman, host, order
        self.renew(trunks)

    def renew(self, trunks: dict[str, Trunk]) -> None:
        """Other trunks from now on."""
        self._trunks = trunks
        self._peers = {name: trunk.places[0].address for name, trunk in trunks.items() if trunk.places}
        self.pracks = frozenset(name for name, trunk in trunks.items() if trunk.prack)

    def where(self, order: DialOrder, now: float) -> tuple[Where, ...]:
        """Where the target is: all phones of an extension, or one trunk; nowhere when it cannot be reached
        now (no phone registered, a trunk that only calls us, or whose name DNS does not know)."""
        target = order.target
        if target.kind == "agent" and target.trunk is None:
            # RFC 3581 and NAT: a phone is where its REGISTER came from, whatever its Contact says.
            phones = self._doorman.phones(target.number, now)
            return tuple((phone.contact, (phone.source,), None) for phone in phones)
        name = target.trunk or ""
        hops = tuple(Address(each.host, each.port, each.transport) for each in self._order(name)[:MAX_TRIED])
        if not hops or name not in self._peers:
            return ()
        # RFC 3263 §4.3: the same request goes to each, so it names the trunk as it is configured.
        peer = self._peers[name]
        uri = SipUri("sip", target.number, peer.host, peer.port, _said(hops[0]))
        return ((uri, hops, self._trunks[name]),)

    def invitation(self, order: DialOrder, where: Where, body: bytes) -> Invitation:
        """The INVITE, with our offer in `body`."""
        uri, hops, trunk = where
        trusted = trunk is None or trunk.trusted
        who = Identity(order.caller or ANONYMOUS, order.display, order.private and trunk is not None)
        from_, known = write_identity(who, self._host, trusted=trusted, asserts=trunk is not None)
        instead = order.target.replaces
        swap = (("Replaces", instead), ("Require", "replaces")) if instead else ()
        return Invitation(
            uri=uri.encode(),
            from_=from_,
            to=NameAddr("", uri),
            next_hop=hops[0],
            further=hops[1:],
            patience=patience(order.target.answer_within_seconds, len(hops)),
            body=body,
            headers=(
                ("Max-Forwards", str(order.hops)),
                *known,
                *swap,
                *self._came(order, trunk),
                *order.headers,
            ),
            credentials=_credentials(trunk),
            large=hops[0]._replace(transport="tcp") if trunk is not None and trunk.large_over_tcp else None,
        )

    def refer_to(self, order: DialOrder, now: float) -> tuple[str, HeaderTuple] | None:
        """The target as a Refer-To, and the headers beside it, for an exchange that is asked to call it."""
        found = self.where(order, now)
        if not found:
            return None
        by = SipUri("sip", order.referred_by or "bridge", self._host)
        return f"<{found[0][0].encode()}>", (("Referred-By", f"<{by.encode()}>"),)

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
    """A trunk's own, or what we register there with."""
    if trunk is None:
        return None
    if trunk.credentials is not None:
        return Credentials(trunk.credentials.username, trunk.credentials.secret)
    wish = trunk.registration
    return None if wish is None else Credentials(wish.username or wish.user, wish.secret)

"""The SIP lines beside UDP, built from the configuration: listeners, whom we call by TLS, who may connect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.adapters.sip_streams import Hearing, Limits, Listen, SipStreams
from bridge.adapters.sip_tls import TlsPeer, server_context
from bridge.app.house import House
from bridge.settings import Settings
from bridge.sip.message import Address

GRACE_SECONDS: Final = 300
"""A connection may be silent for longer than the longest registration by this: a phone that refreshes at the
last moment has not lost it."""


def streams(
    settings: Settings, knocks: Callable[[str, bool], bool], peer: Callable[[Address], TlsPeer | None]
) -> Callable[[Hearing], SipStreams] | None:
    """What builds the connections; None where only UDP is spoken. knocks: whether anybody at that host may
    connect (host, whether by TLS); peer: whom we call by TLS at an address."""
    sip = settings.sip
    listens = []
    if sip.tcp is not None:
        listens.append(Listen(Address(*sip.tcp, "tcp")))
    if sip.tls is not None:
        context = server_context(sip.tls.certificate, sip.tls.key, sip.tls.ca)
        listens.append(Listen(Address(*sip.tls.listen, "tls"), context))
    if not listens:
        return None
    limits = Limits(
        sip.max_connections, sip.max_connections_per_source, sip.register_max_seconds + GRACE_SECONDS
    )
    return lambda hearing: SipStreams(
        tuple(listens),
        hearing,
        peer=peer,
        welcome=knocks,
        limits=limits,
    )


def peers(house: House, at: Callable[[str], str | None]) -> Callable[[Address], TlsPeer | None]:
    """By the host, whatever the port: a trunk's later connections go to the one its Contact names. What a
    trunk must prove is its configured name, not the address that DNS gave for it (RFC 5922 §7.2). at: the
    trunk that has a host now."""

    def peer(to: Address) -> TlsPeer | None:
        name, contexts = at(to.host), house.now.tls
        if name is None or name not in contexts:
            return None
        trunk = house.settings.trunks[name]
        names = [place.address.host for place in trunk.places if place.address.named]
        proves = (trunk.tls.name if trunk.tls else None) or (names[0] if names else to.host)
        return TlsPeer(contexts[name], proves)

    return peer

"""The SIP lines beside UDP, built from the configuration: listeners, whom we call by TLS, who may connect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.adapters.config_tls import trunk_context
from bridge.adapters.sip_streams import Hearing, Limits, Listen, SipStreams
from bridge.adapters.sip_tls import TlsPeer, server_context
from bridge.routing.doors import Doors
from bridge.settings import Settings
from bridge.sip.message import Address

GRACE_SECONDS: Final = 300
"""A connection may be silent for longer than the longest registration by this: a phone that refreshes at the
last moment has not lost it."""


def streams(settings: Settings, doors: Doors) -> Callable[[Hearing], SipStreams] | None:
    """What builds the connections; None where only UDP is spoken."""
    sip = settings.sip
    listens = []
    if sip.tcp is not None:
        listens.append(Listen(Address(*sip.tcp, "tcp")))
    if sip.tls is not None:
        context = server_context(sip.tls.certificate, sip.tls.key, sip.tls.ca)
        listens.append(Listen(Address(*sip.tls.listen, "tls"), context))
    if not listens:
        return None
    peers = _peers(settings)
    limits = Limits(
        sip.max_connections, sip.max_connections_per_source, sip.register_max_seconds + GRACE_SECONDS
    )
    return lambda hearing: SipStreams(
        tuple(listens),
        hearing,
        peer=lambda to: peers.get(to.host),
        welcome=lambda host, tls: doors.knocks(host, tls=tls),
        limits=limits,
    )


def _peers(settings: Settings) -> dict[str, TlsPeer]:
    """By the host: a trunk's later connections go to the port its Contact names."""
    return {
        trunk.target.host: TlsPeer(
            trunk_context(settings, trunk), (trunk.tls and trunk.tls.name) or trunk.target.host
        )
        for trunk in settings.trunks.values()
        if trunk.transport == "tls" and trunk.target is not None
    }

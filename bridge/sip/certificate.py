"""Whom a certificate names as a SIP peer (RFC 5922 §7): domains, hosts, addresses; and whether it is who we
expect.

Takes what `ssl.SSLSocket.getpeercert()` gives: a certificate that was verified against a CA already. Knows
nothing of keys, chains or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

from bridge.errors import MalformedSip
from bridge.sip.uri import read_uri

_SCHEMES: Final = frozenset({"sip", "sips"})


def identities(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """The names it proves, in lower case. §7.1: the domains of its SIP URIs; only where it has none of those,
    its DNS names. An IP address counts beside either, for peers that have no name. The subject's CN, and URIs
    of a single user, prove nothing."""
    names = [(kind, str(value)) for kind, value in (certificate or {}).get("subjectAltName", ())]
    domains = {domain for kind, value in names if kind == "URI" and (domain := _domain(value))}
    hosts = {value.lower() for kind, value in names if kind == "DNS"}
    addresses = {str(ip_address(value.strip())) for kind, value in names if kind == "IP Address"}
    return frozenset((domains or hosts) | addresses)


def proves(name: str, proven: frozenset[str]) -> bool:
    """Whether a peer with these names is `name` (a domain, a host or an address). §7.2: compared without
    case; a `*` in a certificate stands for nothing but itself."""
    return name.strip("[]").lower() in proven


def _domain(value: str) -> str:
    """§7.1: a URI with a user part names a user, not a domain."""
    try:
        uri = read_uri(value)
    except MalformedSip:
        return ""
    return uri.host if uri.scheme in _SCHEMES and uri.user is None else ""

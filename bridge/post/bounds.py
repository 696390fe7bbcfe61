"""Which network addresses a letter may go to, so that nobody makes us knock at doors inside (SSRF).

Pure: the name has been resolved, the address is judged here, and it is that very address the letter then
goes to. What an administrator wrote as an address is trusted as written. A name he wrote may lead into the
offices' private networks, that is where the partners are, but never to this machine or its hypervisor:
there only a hijacked name leads. What a partner gave us may lead outside only. Networks that are allowed by
name are allowed.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_METADATA: Final = frozenset(
    {ip_address("100.100.100.200"), ip_address("192.0.0.192"), ip_address("fd00:ec2::254")}
)
"""Where clouds tell a machine its credentials, beside 169.254.169.254."""
_NAT64: Final = ip_network("64:ff9b::/96")
"""RFC 6052: an IPv4 address behind a translator."""


def literal(host: str) -> Address | None:
    """The address that is written there (IPv6 without brackets); None: it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def forbidden(address: Address, *, written: bool, given: bool, allowed: Collection[Network] = ()) -> str:
    """Why no letter goes there, for the administrator; "" if one may. written: the administrator wrote this
    very address (or `localhost`); given: the URL came from a partner, not from the configuration."""
    real = _real(address)
    if any(real.version == net.version and real in net for net in allowed) or (written and not given):
        return ""
    if _own(real):
        return f"{address} 是本机、链路本地或云平台的内部地址"
    if given and not real.is_global:
        return f"{address} 不是公网地址，对方给的地址不能指向内网"
    return ""


def unusable(url: str) -> str:
    """Why a URL that a partner gave us is not even looked up; "" if it may be."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "不是网址"
    if parts.scheme != "https":
        return "只接受 https:// 的地址"
    if not host or parts.username is not None or parts.password is not None:
        return "地址里要有主机名，不能有用户名和密码"
    return ""


def _own(address: Address) -> bool:
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address.is_reserved
        or address in _METADATA
    )


def _real(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one: mapped, 6to4, Teredo, NAT64 lead to the same place."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    return inner or address

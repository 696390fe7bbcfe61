"""Whether the transports of trunks and our own listeners fit: who we reach by TCP or TLS must reach us so.

Pure; part of `checks`. Files of certificates are looked at by the adapter.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.settings.problems import Problem
from bridge.settings.sections import Settings


def listeners(settings: Settings) -> Iterator[Problem]:
    """A trunk spoken to by TCP or TLS sends its own requests the same way (Via and Contact say so)."""
    for name, trunk in settings.trunks.items():
        wanted = "tcp" if trunk.large_over_tcp else trunk.transport
        if wanted != "udp" and getattr(settings.sip, wanted) is None:
            key = "large_over_tcp" if trunk.large_over_tcp else "transport"
            text = f"中继 {name} 要走 {wanted.upper()}，但本机没有监听它；在 sip 一节里写 {wanted}"
            yield Problem(("trunks", name, key), text)


def certificates(settings: Settings) -> Iterator[Problem]:
    """Nobody is known by a certificate we don't ask for, nor two trunks by the same one."""
    seen: dict[str, str] = {}
    for name, trunk in settings.trunks.items():
        if trunk.tls is None or not trunk.tls.mutual:
            continue
        path, proven = ("trunks", name, "tls", "name"), (trunk.tls.name or "").lower()
        if settings.sip.tls is not None and settings.sip.tls.ca is None:
            text = f"中继 {name} 凭证书认，但 sip.tls 没有写 ca；写签发对方证书的 CA 文件"
            yield Problem(("trunks", name, "tls", "mutual"), text)
        if proven in seen:
            yield Problem(path, f"证书名字 {proven} 已属于中继 {seen[proven]}，来电分不清是谁；各写各的")
        seen.setdefault(proven, name)


def usual_ports(settings: Settings) -> Iterator[Problem]:
    """`target` without a port means 5060, where nobody speaks TLS."""
    for name, trunk in settings.trunks.items():
        if trunk.transport == "tls" and any(place.address.port == 5060 for place in trunk.places):
            text = f"中继 {name} 走 TLS，target 的端口却是 5060；TLS 一般是 5061，不写端口就是 5060"
            yield Problem(("trunks", name, "target" if trunk.target else "targets"), text)

"""Which of this machine's addresses others reach us at, where the configuration leaves it open (0.0.0.0)."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final

_SOMEWHERE: Final = "192.0.2.1"
"""TEST-NET-1 (RFC 5737): asking the kernel for the route to it sends nothing and names our outward address.
"""


def our_address(listen: str, advertise: str | None, towards: str | None = None) -> str:
    """The numeric address to write into Contact and SDP. towards: a peer whose route decides."""
    if advertise is not None:
        return advertise
    if not ip_address(listen).is_unspecified:
        return listen
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((towards or _SOMEWHERE, 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])

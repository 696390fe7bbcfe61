"""User-to-User (RFC 7433): what the other side says beside a call, here the incident it is about.

Pure. We write `incident=ID` after the octet that names a user's own protocol (ITU-T Q.931 §4.5.30: 0x00 user
specific, 0x04 text), in hex, so it passes through an ISDN. Whatever else stands there says nothing to us.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.sip.message import Request

LONGEST: Final = 128
"""Octets of user-to-user data that an ISDN carries on (ITU-T Q.957)."""
_INCIDENT: Final = re.compile(rb"[\x00\x04]?incident=([A-Za-z0-9_.-]{1,96})")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){1,128}")


def incident_data(incident: str) -> str:
    """The header's value that names an incident."""
    octets = b"\x00" + f"incident={incident}".encode()[: LONGEST - 1]
    return f"{octets.hex()};encoding=hex"


def incident_of(request: Request) -> str:
    """The incident that a request says it is about; "" if it says none."""
    found = (_read(value) for value in request.headers.all("user-to-user"))
    return next((each for each in found if each), "")


def _read(value: str) -> str:
    """Of one value. Hex is what is meant where no encoding is named (RFC 7433 §4.1)."""
    data, _, parameters = value.partition(";")
    coded = re.search(r"encoding\s*=\s*(\w+)", parameters, re.IGNORECASE)
    if (coded and coded[1].lower() != "hex") or not _HEX.fullmatch(data.strip()):
        return ""
    match = _INCIDENT.fullmatch(bytes.fromhex(data.strip()))
    return match[1].decode() if match else ""

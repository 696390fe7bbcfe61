"""Plans and events as JSON lines, as they go between control and the media process.

A line is checked as it is read: the media process must be able to live with every value of a plan, and no
error says a word of SRTP's keys, because errors are logged.
"""

from __future__ import annotations

import dataclasses
import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict
from ipaddress import ip_address
from operator import attrgetter

from bridge.media.dtmf import KEYS
from bridge.media.plan import (
    MAX_LEG_ID,
    CallPlan,
    Dead,
    Digit,
    Dtmf,
    FirstPacket,
    LegPlan,
    LegStats,
    MediaEvent,
    Play,
    Played,
    Ports,
    Quality,
    Silent,
    Srtp,
)

_EVENTS: dict[str, Callable[..., MediaEvent]] = {
    kind.__name__: kind for kind in (Ports, Dtmf, FirstPacket, Silent, Dead, Played, LegStats, Quality)
}


_LEG_DEFAULTS = tuple(
    (each.name, each.default)
    for each in dataclasses.fields(LegPlan)
    if each.default is not dataclasses.MISSING and each.name not in {"play", "srtp", "digit"}
)
_NAMES, _DEFAULTS = zip(*_LEG_DEFAULTS, strict=True)
_VALUES = attrgetter(*_NAMES)
# `json.dumps` makes an encoder a line where separators are given; and nothing here goes in circles.
_ENCODE = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
SUITES = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_256_GCM": 44,
    "AEAD_AES_128_GCM": 28,
}
"""Octets of master key and salt (RFC 4568 §6.2, RFC 7714 §12)."""


def encode_plan(plan: CallPlan) -> bytes:
    """One JSON line."""
    legs = [_leg_fields(leg) for leg in plan.legs]
    return _ENCODE({"call": plan.call, "legs": legs}).encode() + b"\n"


def _leg_fields(leg: LegPlan) -> dict[str, object]:
    # Only what is not the default goes over the wire: a plan costs control and media less, and a field that
    # a call does not use costs nothing. `dataclasses.asdict` copies deeply; it was a tenth of control's work.
    fields: dict[str, object] = {"leg": leg.leg, "port": leg.port}
    for name, default, value in zip(_NAMES, _DEFAULTS, _VALUES(leg), strict=True):
        if value != default:
            fields[name] = value
    if leg.play is not None:
        fields["play"] = {"sound": leg.play.sound, "id": leg.play.id}  # every call has some
    if leg.srtp is not None:
        fields["srtp"] = asdict(leg.srtp)
    if leg.digit is not None:
        fields["digit"] = asdict(leg.digit)
    return fields


def decode_plan(line: bytes) -> CallPlan:
    """The plan in one JSON line. Raises ValueError, KeyError or TypeError on anything else."""
    body = json.loads(line)
    if not isinstance(body, dict) or not isinstance(body["call"], str) or not isinstance(body["legs"], list):
        raise TypeError("a plan is a call and a list of legs")
    return CallPlan(body["call"], tuple(_leg(item) for item in body["legs"]))


def _leg(item: dict[str, object]) -> LegPlan:
    if not isinstance(item, dict):
        raise TypeError("a leg is an object")
    play, remote, hears = item.pop("play", None), item.pop("remote", None), item.pop("hears", ())
    srtp, digit = item.pop("srtp", None), item.pop("digit", None)
    return _checked(
        LegPlan(
            **item,  # type: ignore[arg-type]
            hears=tuple(hears),  # type: ignore[arg-type]
            play=Play(**play) if play else None,  # type: ignore[arg-type]
            remote=(remote[0], remote[1]) if remote else None,  # type: ignore[index]
            srtp=Srtp(**srtp) if srtp else None,  # type: ignore[arg-type]
            digit=Digit(**digit) if digit else None,  # type: ignore[arg-type]
        )
    )


def _checked(leg: LegPlan) -> LegPlan:
    """The leg, if the media process can live with its values. Raises ValueError or TypeError."""
    if not isinstance(leg.leg, str) or not 0 < len(leg.leg.encode()) <= MAX_LEG_ID:
        raise ValueError("a leg's id is a string of 1 to 64 octets")
    if leg.codec not in ("PCMA", "PCMU") or not all(isinstance(name, str) for name in leg.hears):
        raise ValueError("unknown codec, or a leg heard that has no name")
    _in_range(leg.port, 1, 65534)
    for payload_type in (leg.payload_type, leg.dtmf or 0, leg.noise or 0):
        _in_range(payload_type, 0, 127)
    if leg.srtp is not None:
        _check_srtp(leg.srtp)
    if leg.remote is not None:
        _in_range(leg.remote[1], 1, 65535)
        ip_address(leg.remote[0])
    if leg.play is not None and not (isinstance(leg.play.sound, str) and isinstance(leg.play.id, int)):
        raise TypeError("a play is a name and a number")
    if leg.digit is not None and (leg.digit.digit not in KEYS or not isinstance(leg.digit.id, int)):
        raise ValueError("a digit is a key and a number")
    return leg


def _check_srtp(srtp: Srtp) -> None:
    """No word of the keys in the error: it goes to the log."""
    wanted = SUITES.get(srtp.suite)
    try:
        lengths = {len(b64decode(key, validate=True)) for key in (srtp.receive, srtp.send)}
    except (ValueError, TypeError):
        lengths = set()
    if lengths != {wanted}:
        raise ValueError("keys that are no keys of an SRTP suite we know")


def _in_range(value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{value!r} is not in {low}…{high}")


def encode_event(event: MediaEvent) -> bytes:
    """One JSON line with the event's name in `ev`."""
    return _ENCODE({"ev": type(event).__name__, **asdict(event)}).encode() + b"\n"


def decode_event(line: bytes) -> MediaEvent:
    """The event in one JSON line. Raises ValueError, KeyError or TypeError on anything else."""
    body = json.loads(line)
    if not isinstance(body, dict):
        raise TypeError("an event is an object")
    kind = _EVENTS[body.pop("ev")]
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    return kind(**fields)

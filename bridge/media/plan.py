"""What control asks of the media process: for each call, who hears whom. Pure values and their JSON lines.

Declarative on purpose: a `CallPlan` is the whole wish for one call and replaces the one before it at one
stroke. Sending it again changes nothing, so a new media process (or a new control) is brought up to date by
sending every plan once more. A leg missing from the new plan is closed; a plan with no legs ends the call.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Literal

Codec = Literal["PCMA", "PCMU"]
SEQUENCE = "prompts:"
"""How the name of several prompts in a row begins; they are joined by "+"."""
MAX_LEG_ID = 64
"""Octets of a leg's id: it travels in the head of every tap datagram."""


@dataclass(frozen=True, slots=True)
class Play:
    """A sound for one leg. `id` tells two wishes apart: the same id goes on, another starts anew.

    `sound`: "ringback", "busy", "hold", "comfort" (loop until the plan says otherwise), "prompt:<name>"
    (once, then a `Played` event) or "prompts:<name>+<name>+…" (up to 16 prompts one after the other without a
    pause, once, then one `Played`; a part that is not loaded is left out). While it plays, what the leg hears
    of others is mixed under it.
    """

    sound: str
    id: int


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg's media. `port` is one the media process offered in a `Ports` event.

    remote: where its SDP wants RTP (None: not known yet). codec/payload_type: what we send it and expect
    from it. dtmf: payload type of telephone-event agreed with it, or None. hears: legs of the same call mixed
    into what it receives; with exactly one and no play its packets are relayed as they come.
    tap: its voice goes to the recogniser. absorb_dtmf: its telephone events are reported but not passed on.
    sends: False while its SDP direction is sendonly or inactive (we must not send).
    """

    leg: str
    port: int
    remote: tuple[str, int] | None = None
    codec: Codec = "PCMA"
    payload_type: int = 8
    dtmf: int | None = None
    hears: tuple[str, ...] = ()
    play: Play | None = None
    tap: bool = False
    absorb_dtmf: bool = False
    sends: bool = True


@dataclass(frozen=True, slots=True)
class CallPlan:
    """The whole wish for one call."""

    call: str
    legs: tuple[LegPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Ports:
    """Media process -> control: these ports (RTP; RTCP is port + 1) are bound and may be used in plans."""

    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dtmf:
    """One key pressed on a leg (RFC 4733, once however often its end was repeated); at: CLOCK_MONOTONIC
    seconds of the packet that ended it."""

    leg: str
    digit: str
    at: float


@dataclass(frozen=True, slots=True)
class FirstPacket:
    """The first usable RTP packet of a leg arrived, from this address (symmetric latching)."""

    leg: str
    source: tuple[str, int]
    at: float


@dataclass(frozen=True, slots=True)
class Silent:
    """No RTP from a leg for `seconds` (reported once per silence)."""

    leg: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Played:
    """A prompt ended."""

    leg: str
    id: int


@dataclass(frozen=True, slots=True)
class LegStats:
    """A closed leg's account: packets in and out, packets lost (by sequence number), refused (malformed or
    from a stranger), the longest gap in ms between packets sent to it.

    All zero for a leg that is still in the plan: it could not be opened, because its port is taken.
    """

    leg: str
    packets_in: int
    packets_out: int
    lost: int
    refused: int
    longest_gap_ms: float


MediaEvent = Ports | Dtmf | FirstPacket | Silent | Played | LegStats
_EVENTS: dict[str, Callable[..., MediaEvent]] = {
    kind.__name__: kind for kind in (Ports, Dtmf, FirstPacket, Silent, Played, LegStats)
}


_LEG_FIELDS = tuple(field.name for field in dataclasses.fields(LegPlan))


def encode_plan(plan: CallPlan) -> bytes:
    """One JSON line."""
    legs = [_leg_fields(leg) for leg in plan.legs]
    return json.dumps({"call": plan.call, "legs": legs}, separators=(",", ":")).encode() + b"\n"


def _leg_fields(leg: LegPlan) -> dict[str, object]:
    # `dataclasses.asdict` copies deeply; at 200 calls a second it was a tenth of control's work.
    fields: dict[str, object] = {name: getattr(leg, name) for name in _LEG_FIELDS}
    fields["play"] = asdict(leg.play) if leg.play else None
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
    return _checked(
        LegPlan(
            **item,  # type: ignore[arg-type]
            hears=tuple(hears),  # type: ignore[arg-type]
            play=Play(**play) if play else None,  # type: ignore[arg-type]
            remote=(remote[0], remote[1]) if remote else None,  # type: ignore[index]
        )
    )


def _checked(leg: LegPlan) -> LegPlan:
    """The leg, if the media process can live with its values. Raises ValueError or TypeError."""
    if not isinstance(leg.leg, str) or not 0 < len(leg.leg.encode()) <= MAX_LEG_ID:
        raise ValueError("a leg's id is a string of 1 to 64 octets")
    if leg.codec not in ("PCMA", "PCMU") or not all(isinstance(name, str) for name in leg.hears):
        raise ValueError("unknown codec, or a leg heard that has no name")
    _in_range(leg.port, 1, 65534)
    for payload_type in (leg.payload_type, 0 if leg.dtmf is None else leg.dtmf):
        _in_range(payload_type, 0, 127)
    if leg.remote is not None:
        _in_range(leg.remote[1], 1, 65535)
        ip_address(leg.remote[0])
    if leg.play is not None and not (isinstance(leg.play.sound, str) and isinstance(leg.play.id, int)):
        raise TypeError("a play is a name and a number")
    return leg


def _in_range(value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{value!r} is not in {low}…{high}")


def encode_event(event: MediaEvent) -> bytes:
    """One JSON line with the event's name in `ev`."""
    return json.dumps({"ev": type(event).__name__, **asdict(event)}, separators=(",", ":")).encode() + b"\n"


def decode_event(line: bytes) -> MediaEvent:
    """The event in one JSON line. Raises ValueError, KeyError or TypeError on anything else."""
    body = json.loads(line)
    if not isinstance(body, dict):
        raise TypeError("an event is an object")
    kind = _EVENTS[body.pop("ev")]
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    return kind(**fields)

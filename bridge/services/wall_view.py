"""What the supervisors' wall shows of the house itself: who is well, and the rates now. Pure, plain JSON.

Sections are compared to find what has changed, so whatever wobbles without meaning is rounded or left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

Json = dict[str, Any]
Recogniser = Literal["off", "up", "partly", "full", "down"]
"""partly: some servers are down; full: all that are up take no more streams."""

_SERVER: Final = ("url", "up", "full", "streams", "model")
_PARTNER: Final = (
    "platform", "state", "waiting", "parked", "expired", "last_success", "last_error", "last_error_at"
)  # fmt: skip
_MB: Final = 1024 * 1024
ROOM_STEP_MB: Final = 100
"""Free space is told in such steps."""


def sections(status: Mapping[str, Any], *, media: Json, room: tuple[int, int] | None, least: int) -> Json:
    """The house's health. status: as pages have it; media: {"state", "rtpengine"}; room: octets free and in
    all on the recordings' disk, None if nobody can say; least: octets that are to stay free."""
    return {
        "trunks": list(status.get("trunks", ())),
        "registrations": list(status.get("registrations", ())),
        "recogniser": recogniser(bool(status.get("recogniser")), status.get("recognisers", ())),
        "media": media,
        "partners": [_partner(each) for each in status.get("partners", ())],
        "recording": _recording(status, room, least),
        "phones": len(status.get("phones", ())),
    }


def recogniser(enabled: bool, servers: Sequence[Mapping[str, Any]]) -> Json:
    """All servers in one word, and each."""
    shown = [{name: server[name] for name in _SERVER if name in server} for server in servers]
    return {"state": _hears(enabled, servers), "servers": shown}


def rates(queues: Mapping[str, Any], platforms: Sequence[Json]) -> Json:
    """接通率, 早释率 now: of each queue, with its agents' numbers, and of each platform."""
    members: dict[str, list[str]] = {}
    for agent in queues.get("agents", ()):
        for name in agent["queues"]:
            members.setdefault(name, []).append(agent["number"])
    shown = [
        {"name": each["name"], "agents": members.get(each["name"], []), "hour": each["hour"]}
        | {"today": each["today"]}
        for each in queues.get("queues", ())
    ]
    return {"queue_rates": shown, "platform_rates": list(platforms)}


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Json:
    """The sections that are not what they were."""
    return {name: value for name, value in now.items() if name not in before or before[name] != value}


def _hears(enabled: bool, servers: Sequence[Mapping[str, Any]]) -> Recogniser:
    if not enabled:
        return "off"
    up = [server for server in servers if server["up"]]
    if not up:
        return "down"
    if all(server["full"] for server in up):
        return "full"
    return "up" if len(up) == len(servers) else "partly"


def _partner(each: Mapping[str, Any]) -> Json:
    """oldest_minutes: how long the oldest letter has waited."""
    minutes = int(each.get("oldest_seconds", 0)) // 60
    return {**{name: each[name] for name in _PARTNER if name in each}, "oldest_minutes": minutes}


def _recording(status: Mapping[str, Any], room: tuple[int, int] | None, least: int) -> Json:
    made: Json = {"state": status.get("recording") or "off", "open": status.get("recordings", 0)}
    if room is None:
        return made
    free, total = room
    return {
        **made,
        "free_mb": free // _MB // ROOM_STEP_MB * ROOM_STEP_MB,
        "total_mb": total // _MB,
        "least_mb": least // _MB,
    }

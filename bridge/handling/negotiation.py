"""Who owns an unclear ticket when the two platforms can't agree (三(二)1 of the source). Pure."""

from __future__ import annotations

from typing import Final

from bridge.handling.words import Handling

POLICE: Final = "110"


def police(platform: str) -> bool:
    """The city's 110, or a county's ("110-…")."""
    return platform == POLICE or platform.startswith(f"{POLICE}-")


def owner_by_rule(handling: Handling) -> str:
    """110 where life, property or public safety is in danger; else the platform that took the request
    first."""
    if handling.urgency == "danger":
        for platform in (handling.target, handling.origin):
            if police(platform):
                return platform
    return handling.origin

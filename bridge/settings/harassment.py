"""The section about harassing callers: rules, what is done with marked numbers, how callers are told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bridge.settings.base import Many, Section
from bridge.settings.fields import Name, NumberPattern
from bridge.settings.world import TargetRule


class HarassmentRule(Section):
    """number None: any caller who shows one. calls None: every call; else from the so-manieth within
    window_seconds on."""

    name: Name
    number: NumberPattern | None = None
    calls: int | None = Field(default=None, ge=2, le=100)
    window_seconds: int = Field(default=60, ge=1, le=86_400)
    then: Literal["mark", "warn", "divert", "limit"]


class Harassment(Section):
    """limit_calls within limit_window_seconds: what a number marked `limit` may still do. answer: what those
    over the limit get, an announcement or 486. divert_to: who takes diverted calls. warn_caller: `warn` is
    said to the caller too."""

    rules: Many[HarassmentRule] = ()
    limit_calls: int = Field(default=3, ge=1, le=99)
    limit_window_seconds: int = Field(default=3600, ge=60, le=86_400)
    answer: Literal["announce", "busy"] = "announce"
    divert_to: Many[TargetRule] = ()
    warn_caller: bool = False

"""The section about supervisors who listen in. Pure."""

from __future__ import annotations

from pydantic import Field

from bridge.settings.base import Section


class Supervision(Section):
    """visible: agents see on their page that a supervisor listens or whispers (who barges in is heard, and so
    always seen). most_per_call: supervisors in one call at once. ring_seconds: how long their telephone may
    ring."""

    visible: bool = True
    most_per_call: int = Field(default=3, ge=1, le=10)
    ring_seconds: int = Field(default=30, ge=5, le=180)

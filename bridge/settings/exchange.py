"""Section about exchanging tickets with other platforms: which of them this installation works for.

What may be written; the doors of each partner stand with its platform (`world.Tickets`).
"""

from __future__ import annotations

from bridge.settings.base import Many, Section
from bridge.settings.fields import Name


class Exchange(Section):
    """own: the platforms whose people work here, in the order of whose name a relay goes under; None: those
    that agents belong to and that have no ticket door of their own. Empty: a bridge between others."""

    own: Many[Name] | None = None

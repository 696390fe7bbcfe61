"""Word of what was done with a ticket: to the log, to whoever follows, and to the pages, with what each
platform may do now. Told after it is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import structlog

from bridge.handling.codec import encode
from bridge.handling.path import Parties
from bridge.handling.table import allowed
from bridge.handling.words import Deed, Handling
from bridge.ports import Feed

_LOG = structlog.get_logger(__name__)

Heard = Callable[[Handling, Deed | None], None]


class HandlingNews:
    """heard: whoever else follows handlings (deadlines, figures), told at once."""

    def __init__(self, feed: Feed, parties: Parties, heard: Heard) -> None:
        self._feed, self.parties, self._heard = feed, parties, heard

    def changed(self, handling: Handling, deed: Deed | None, actions: Collection[str] = ()) -> None:
        """A new version. deed None: its first one."""
        name = deed.name if deed is not None else "open"
        _LOG.info("ticket handled", ticket=handling.ticket, deed=name, state=handling.state)
        self._heard(handling, deed)
        self._publish(handling, name, deed, alarm="alarm" in actions)

    def read_anew(self, handling: Handling) -> None:
        """Newer papers say something else of it: a class, an urgency, and with it deadlines."""
        self._heard(handling, None)
        self._publish(handling, "papers", None, alarm=False)

    def reminded(self, handling: Handling, speaker: str, kind: str, due: str) -> None:
        """A partner reminds us of what we owe."""
        said = {"word": "reminder", "kind": kind, "due": due, "partner": handling.holder, "by": speaker}
        about = {"ticket": handling.ticket, "incident": handling.incident, "path": list(handling.path)}
        self._feed.publish({"type": "deadline", **said, **about})

    def _publish(self, handling: Handling, name: str, deed: Deed | None, *, alarm: bool) -> None:
        if not self._feed.heard:
            return
        self._feed.publish(
            {
                "type": "handling",
                "ticket": handling.ticket,
                "incident": handling.incident,
                "deed": name,
                "by": handling.origin if deed is None else deed.by,
                "who": "" if deed is None else deed.who,
                "alarm": alarm,
                "handling": encode(handling),
                "may": self._may(handling),
            }
        )

    def _may(self, handling: Handling) -> dict[str, Any]:
        """What each platform concerned may do now; "": the house as a whole, which acts for its own."""
        names = {"": self.parties.home, **{name: name for name in concerned(handling)}}
        return {viewer: list(allowed(handling, platform)) for viewer, platform in names.items()}


def concerned(handling: Handling) -> frozenset[str]:
    """The platforms whose business it is."""
    return frozenset((*handling.path, handling.origin, handling.target, handling.holder))

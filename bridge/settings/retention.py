"""The section about how long what is written down is kept. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bridge.settings.base import Section

Days = Annotated[int | None, Field(ge=1, le=36500)]


class Retention(Section):
    """Days; None: for ever. tickets: closed or withdrawn ones with their papers and their log, from their
    last change; transcripts: from the call's beginning; outbox: letters that are delivered or replaced;
    inbox: which letters of partners were taken; abandoned: callers nobody spoke with, and call-backs that are
    done; reviews: scores, from the call's beginning (what was written in them goes with the transcript)."""

    tickets_days: Days = None
    transcripts_days: Days = None
    outbox_days: Days = 90
    inbox_days: Days = 90
    abandoned_days: Days = None
    reviews_days: Days = None

    def keeps(self) -> dict[str, timedelta]:
        """What has an end, and how long it is kept."""
        named = ("tickets", "transcripts", "outbox", "inbox", "abandoned", "reviews")
        days = {name: getattr(self, f"{name}_days") for name in named}
        return {name: timedelta(days=count) for name, count in days.items() if count is not None}

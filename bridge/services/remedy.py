"""What second hearing found goes where the call's words are: the tickets, the record, the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bridge.ports import Feed
from bridge.services.records import Record, Records
from bridge.services.ticket_desk import TicketDesk
from bridge.services.views import call_view, utterance_view
from bridge.tickets.missed import Owed, Reason
from bridge.tickets.ticket import TranscriptState
from bridge.tickets.transcript import Transcript

Mend = Callable[[Transcript], Transcript]


class Remedy:
    """settled: a call's transcript is complete now, or never will be; only while its record is kept. late:
    one whose record is gone."""

    def __init__(
        self,
        desk: TicketDesk,
        records: Records,
        feed: Feed,
        *,
        settled: Callable[[str], object],
        late: Callable[[str, Mend], Awaitable[None]],
    ) -> None:
        self._desk, self._records, self._feed = desk, records, feed
        self._settled, self._late = settled, late

    async def heard_again(self, owed: Owed, mended: Mend, reason: Reason) -> None:
        """Raises what the stores of tickets and transcripts raise; may be repeated."""
        state: TranscriptState = "incomplete" if reason else "final"
        for incident in owed.incidents:
            await self._desk.retranscribed(incident, mended, state, reason)
        record = self._records.get(owed.call)
        if record is None:
            await self._late(owed.call, mended)
        else:
            record.transcript_state, record.transcript_reason, record.missed = state, reason, ()
            self._mend(record, mended)
            self._settled(owed.call)

    def _mend(self, record: Record, mended: Mend) -> None:
        before, record.transcript = record.transcript, mended(record.transcript)
        for said in record.transcript.finals:
            if said not in before.finals:
                self._feed.publish({"type": "utterance", "call": record.call.id, **utterance_view(said)})
        self._feed.publish({"type": "call", "call": call_view(record)})

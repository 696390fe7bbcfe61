"""Control's part in transcription, built: the farm of recognisers, who asks how they are, and the ears."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

from asr.words import Speech
from bridge.adapters.asr_again import AsrAgain
from bridge.adapters.asr_client import AsrClient, State
from bridge.adapters.asr_farm import Farm
from bridge.adapters.asr_line import Lines
from bridge.adapters.asr_names import AsrNames
from bridge.adapters.asr_probe import AsrProbe
from bridge.adapters.config_tls import recogniser_trust
from bridge.adapters.db import Database
from bridge.adapters.db_owed import OwedTable
from bridge.adapters.name_meter import PrometheusNames
from bridge.adapters.recorded_voice import RecordedVoice
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.app.filing import Filing
from bridge.clock import Clock
from bridge.services.name_desk import NameDesk
from bridge.services.remedy import Remedy
from bridge.services.second_hearing import SecondHearing
from bridge.settings import Settings, tables
from bridge.tickets.gazetteer import Gazetteer


class Hearing:
    """urls: the recognisers, at least one; ears: there once `listen` was called."""

    def __init__(self, settings: Settings, urls: tuple[str, ...], clock: Clock) -> None:
        trust = recogniser_trust(settings)
        self._clock = clock
        self.farm = Farm(urls)
        self.lines = Lines(self.farm, tables.sample_rate(settings), clock, trust)
        self._probe = AsrProbe(self.farm, clock, trust, self._back)
        self._second: SecondHearing | None = None
        self.ears: AsrClient | None = None
        self._names = AsrNames(self.lines, self._calm, clock)

    def listen(
        self,
        on_speech: Callable[[str, Speech, float], None],
        on_state: Callable[[str, State], None],
        on_missed: Callable[[str, float, float], None],
    ) -> AsrClient:
        """The ears, which tell these."""
        self.ears = AsrClient(
            self.lines, on_speech=on_speech, on_state=on_state, on_missed=on_missed, clock=self._clock
        )
        return self.ears

    def served_by(self, leg: str) -> dict[str, str]:
        """Who recognises a leg, for evidence: model, its hash, software and version where the server says so;
        a stock one says nothing. Empty for a leg nobody hears."""
        server = self.ears.server_of(leg) if self.ears is not None else None
        if server is None:
            return {}
        parts = urlsplit(server.url)
        where, told = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname), server.figures
        if told is None or not told.model:
            return {"model": f"unknown ({where})", "server": where}
        return {
            "model": told.model,
            "model_sha256": told.model_sha256,
            "software": told.software,
            "version": told.version,
            "server": where,
        }

    def again(self, database: Database, shelf: RecordingShelf, remedy: Remedy) -> SecondHearing:
        """Who hears recordings for what the ears missed."""
        self._second = SecondHearing(
            store=OwedTable(database, self._clock),
            tapes=RecordedVoice(shelf),
            ears=AsrAgain(self.lines, self._calm, self._clock),
            clock=self._clock,
            on_heard=remedy.heard_again,
        )
        return self._second

    def names(self, filing: Filing, gazetteer: Gazetteer) -> NameDesk:
        """Who asks once more about places that may have been misheard."""
        return NameDesk(
            ears=self._names,
            records=filing.records,
            desk=filing.desk,
            feed=filing.feed,
            draft=filing.papers.draft,
            gazetteer=gazetteer,
            meter=PrometheusNames(),
        )

    @property
    def names_graph(self) -> str:
        """Whether the recognisers' models can be asked among names: "dynamic", "static" or "unknown"."""
        return self._names.graph

    async def start(self, stack: AsyncExitStack) -> None:
        """Leaves what must be stopped on the stack."""
        for part in (self._probe, self.ears):
            if part is not None:
                await part.start()
                stack.push_async_callback(part.stop)

    def _back(self) -> None:
        if self._second is not None:
            self._second.hurry()

    def _calm(self) -> bool:
        return self.ears is None or self.ears.calm

    def status(self) -> list[dict[str, Any]]:
        """Each server: whether streams are brought there, how many are, and what it says of itself."""
        now = self._clock.monotonic()
        return [
            {
                "url": server.url,
                "up": not server.shut(now),
                "full": server.full(now),
                "streams": server.streams,
                "answer_ms": round(server.answer * 1000, 1),
                "model": server.figures.model if server.figures else "",
                "phrases": server.figures.phrases if server.figures else None,
            }
            for server in self.farm.servers
        ]

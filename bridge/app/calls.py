"""All that a call in progress needs, built: switchboard, voices, keys, queues, captions, witnesses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bridge.adapters.media_client import MediaClient
from bridge.adapters.metrics import SIP_REFUSED
from bridge.app.browsers import BrowserSide
from bridge.app.callers import agent_keys, queues, renew_queues, silence
from bridge.app.filing import Filing
from bridge.app.hearing import Hearing
from bridge.app.house import House, Tables
from bridge.app.listening import forks, listening, rules_of
from bridge.app.plugs import Deaf, Ear, LoopTimers
from bridge.app.signalling import SipSide
from bridge.calls.call import Call
from bridge.calls.events import Wish
from bridge.clock import Clock
from bridge.ports import Ears
from bridge.routing.plan import Origin, Plan, plan
from bridge.services.keys import Keys
from bridge.services.ladders import Ladders
from bridge.services.line_quality import LineQuality
from bridge.services.media_desk import MediaDesk
from bridge.services.name_desk import NameDesk
from bridge.services.recording_desk import RecordingDesk
from bridge.services.second_hearing import SecondHearing
from bridge.services.switchboard import Switchboard
from bridge.services.transcriber import Transcriber
from bridge.settings import Settings, tables
from bridge.tickets.missed import Owed
from bridge.tickets.transcript import Utterance

Codes = tuple[dict[str, str], dict[str, Wish], dict[str, Callable[[Call, str], None]]]


class CallSide:
    """The parts, public: `wiring` starts them. hearing: the recognisers, None where nobody listens."""

    def __init__(
        self,
        house: House,
        media: Path,
        taps: Path,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        filing: Filing,
        sip: SipSide,
        hearing: Hearing | None,
        webrtc: Path | None = None,
    ) -> None:
        self._house, self._clock, self._filing, self._sip = house, clock, filing, sip
        self.hearing, self._hears = hearing, hearing is not None
        self.second: SecondHearing | None = None
        self.names: NameDesk | None = None
        self.media = MediaClient(
            media,
            taps,
            on_event=lambda event: self._media_desk.on(event),
            on_tap=lambda leg, at, pcm: self._transcriber.tap(leg, at, pcm),
        )
        self.browsers = (
            BrowserSide(
                house, webrtc, clock=clock, new_id=new_id, of_leg=lambda leg: self.switchboard.of_leg(leg)
            )
            if webrtc is not None
            else None
        )
        self.switchboard = self._switchboard(new_id)
        self._build_desks()
        self._build_captions(new_id)

    def call_in(self, recording: RecordingDesk | None) -> None:
        """The witnesses, in their order: the record must be there before anybody is heard, so papers come
        first; before them who knows the story."""
        filing = self._filing
        perhaps = (filing.callbacks, self._silence, self.queues, self.ladders, recording)
        more = [each for each in perhaps if each is not None]
        self.switchboard.witnesses.call_in(
            self._listening,
            filing.papers,
            filing.arrivals,
            self._transcriber,
            self._quality,
            filing.advice,
            *more,
        )

    def reachable(self, agent: str) -> bool:
        """Whether an agent can be rung: in the page, at a registered telephone, behind an exchange."""
        return (self.browsers is not None and self.browsers.book.reachable(agent)) or self._sip.reachable(
            agent
        )

    def _switchboard(self, new_id: Callable[[], str]) -> Switchboard:
        board = Switchboard(
            signalling=self._sip.endpoint
            if self.browsers is None
            else self.browsers.router(self._sip.endpoint),
            media=self.media,
            timers=LoopTimers(),
            route=self._route,
            letter=self._filing.papers.letter,
            new_id=new_id,
            transcribe=self._hears,
            lines=self._sip.trunks,
        )
        board.look = self._filing.screening.look
        board.refused = lambda why: SIP_REFUSED.labels(why).inc()
        return board

    def _build_desks(self) -> None:
        """Who hears of keys, queues, silence and voice during a call."""
        settings, clock, filing, board = self._house.settings, self._clock, self._filing, self.switchboard
        self.ladders = Ladders(self._sip.trace, clock) if self._sip.trace is not None else None
        self._quality = LineQuality(filing.records, filing.feed)
        self.queues = board.queues = queues(settings, board.tell, self.reachable, clock, filing.feed)
        self._silence = silence(
            self._house, hears=self._hears, papers=filing.papers, records=filing.records,
            callbacks=filing.callbacks, tell=board.tell, clock=clock, feed=filing.feed,
        )  # fmt: skip
        self._keys = Keys(board, *self._codes(settings), self._silence.key)
        self._sip.endpoint.listener = ear = Ear(board, self._keys, self._sip.refused)
        if self.browsers is not None:
            self.browsers.legs.listener = ear
        self._media_desk = MediaDesk(board, self._keys, filing.feed, self._quality, self._silence)

    def _codes(self, settings: Settings) -> Codes:
        """What people key during a call: the keys to other platforms, a transfer's steps, the rest."""
        return (
            tables.feature_codes(settings),
            tables.steering_codes(settings),
            agent_keys(settings, self.queues, self.switchboard.tell),
        )

    def renew(self, _before: Tables, after: Tables) -> None:
        """Other codes, queues, places; plans are made of what the house has now. Calls keep theirs."""
        settings = after.settings
        self._keys.renew(*self._codes(settings))
        self._silence.seconds = float(settings.silence_seconds)
        self._listening.rules = rules_of(settings, hears=self._hears)
        self._sip.endpoint.listening.trunks = forks(settings)
        if self.browsers is not None:
            self.browsers.renew(settings)
        if self.queues is not None:
            renew_queues(self.queues, settings)
        if self.names is not None:
            self.names.renew(after.gazetteer)

    def _build_captions(self, new_id: Callable[[], str]) -> None:
        """Who hears what is said, and writes it down."""
        filing = self._filing
        self.ears = self._ears()
        self._transcriber = Transcriber(
            ears=self.ears,
            records=filing.records,
            feed=filing.feed,
            timers=LoopTimers(),
            clock=self._clock,
            on_utterance=self._heard,
            on_settled=self._settled,
            on_pending=filing.papers.pending,
            on_words=filing.advice.heard,
        )
        self._listening = listening(
            self._house.settings, self._sip.endpoint.listening, self.media, self.switchboard.witnesses,
            records=filing.records, clock=self._clock, new_id=new_id, hears=self._hears,
            told=filing.utterance,
        )  # fmt: skip

    def _ears(self) -> Ears:
        if self.hearing is None:
            return Deaf(lambda leg: self._transcriber.state(leg, "done"))
        self._filing.recogniser = self.hearing.served_by
        return self.hearing.listen(
            lambda leg, speech, t0: self._transcriber.speech(leg, speech, t0),
            lambda leg, state: self._transcriber.state(leg, state),
            lambda leg, since, until: self._transcriber.missed(leg, since, until),
        )

    def _settled(self, call: str) -> None:
        """A finished call has been heard out: its papers are closed, and what it lacks is owed."""
        incidents, record = self._filing.settled(call), self._filing.records.get(call)
        if self.second is not None and record is not None and record.transcript_state == "pending":
            self.second.owe(Owed(call, record.started, incidents, record.missed))

    def _heard(self, call: str, utterance: Utterance) -> None:
        self._silence.heard(call, utterance)
        self._filing.utterance(call, utterance)
        self._listening.utterance(call, utterance)
        if self.names is not None and self.hearing is not None and self.hearing.ears is not None:
            self.names.heard(call, utterance, self.hearing.ears.just_said(utterance.leg))

    def _route(self, number: str, origin: Origin) -> Plan:
        return self._sip.trunks.arrange(plan(self._house.now.routes, number, origin, self._clock.wall()))

"""All that is written down, built: the database and its tables, tickets and their post, papers, callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.adapters.alert_meter import PrometheusAlerts
from bridge.adapters.db_answers import Answers
from bridge.adapters.db_call_hours import CallHours
from bridge.adapters.db_deliveries import Deliveries
from bridge.adapters.db_harassment import HarassmentTable
from bridge.adapters.db_history import HistoryTable
from bridge.adapters.db_outbox import Letter, Outbox
from bridge.adapters.db_retention import RetentionTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.push import PushWorker
from bridge.adapters.push_lane import Delivered
from bridge.app.analysis import analysis
from bridge.app.callers import callbacks
from bridge.app.exchange import ExchangeSide
from bridge.app.house import House, Tables
from bridge.app.partners import by_files, changed_doors, delivery_event, opened_event
from bridge.app.review import review_desk
from bridge.app.screening import policy
from bridge.app.transcripts import archive
from bridge.app.vaults import opened
from bridge.app.ways import Incoming, ways
from bridge.clock import Clock
from bridge.handling.hooks import ADDRESS
from bridge.media.takes import Kept
from bridge.post.delivery import LetterState
from bridge.queues.figures import Outcome
from bridge.services.advice_desk import AdviceDesk
from bridge.services.arrival_desk import ArrivalDesk
from bridge.services.call_counter import CallCounter
from bridge.services.corrections import Corrections
from bridge.services.feed import LiveFeed
from bridge.services.history_desk import HistoryDesk
from bridge.services.papers import Papers
from bridge.services.rate_board import RateBoard
from bridge.services.records import Records
from bridge.services.report_desk import ReportDesk
from bridge.services.screening import Screening
from bridge.services.search_desk import SearchDesk
from bridge.services.sweeper import Sweeper
from bridge.services.ticket_desk import TicketDesk
from bridge.settings import Settings, tables
from bridge.tickets.transcript import Transcript, Utterance


class Filing:
    """The parts, public: `wiring` starts them, the other rooms are told and asked."""

    def __init__(self, house: House, clock: Clock, new_id: Callable[[], str]) -> None:
        settings = house.settings
        self._clock, self._house = clock, house
        self.feed, self.records = LiveFeed(new_id(), clock), Records(clock)
        self.database = opened(settings)
        self.answers = Answers(self.database, clock)
        self.screening = Screening(policy(settings), HarassmentTable(self.database), clock)
        self.deliveries = Deliveries(self.database, clock, lambda platform: self.push.wake(platform))
        outbox = Outbox(self.database, clock)
        self.push = PushWorker(
            outbox=outbox,
            destinations=house.now.doors,
            ways=ways(settings),
            clock=clock,
            on_delivered=self._delivered,
            on_change=self._delivery,
            carried=by_files(settings),
            on_overruled=lambda letter, said: self.exchange.overruled(letter, said),
        )
        self.exchange = ExchangeSide(settings, self.database, clock, self.feed, self.push.wake)
        self.incoming = Incoming(
            settings, opened=self.opened, outbox=outbox, push=self.push, clock=clock,
            database=self.database, exchange=self.exchange,
        )  # fmt: skip
        scope, gazetteer = house.now.scope, house.now.gazetteer
        self._table = TicketTable(
            self.database,
            clock,
            self.push.wake,
            self.exchange.parties.way,
            self.exchange.parties.own,
            self.exchange.timetable,
            self.exchange.kin.look,
            self.exchange.desk.changed,
        )
        self.desk = TicketDesk(
            store=self._table,
            clock=clock,
            advise=house.advise,
            new_id=new_id,
            on_change=lambda ticket: self.papers.ticket_changed(ticket),
            gazetteer=gazetteer,
        )
        self.papers = Papers(
            desk=self.desk,
            records=self.records,
            feed=self.feed,
            clock=clock,
            home_of=self._home_of,
            ticket_url=lambda name: tables.ticket_url(house.settings, name),
            advise=house.advise,
            gazetteer=gazetteer,
            other_platform=lambda name: next((each for each in house.settings.platforms if each != name), ""),
        )
        self.arrivals = ArrivalDesk(
            records=self.records, feed=self.feed, find=self.exchange.store.papers_for,
            home_of=lambda origin: settings.trunks[origin.name].platform,
        )  # fmt: skip
        self.exchange.arrived = self.arrivals.came
        self.corrections = Corrections(
            records=self.records,
            desk=self.desk,
            feed=self.feed,
            draft=self.papers.draft,
            gazetteer=gazetteer,
            category=house.category,
        )
        self.recogniser: Callable[[str], Mapping[str, str]] = lambda leg: {}
        self.archive = archive(
            settings, self.database, self.records, clock, lambda leg: self.recogniser(leg), self.papers.draft
        )
        self.sweeper = Sweeper(RetentionTable(self.database), settings.retention.keeps(), clock)
        table = SearchTable(self.database)
        self.search = SearchDesk(table, table.papers, self.archive.get)
        self.review = review_desk(settings, self.database, self.archive, clock, gazetteer)
        self.history = HistoryDesk(table, HistoryTable(self.database), table.papers, self.archive.get)
        self._keeps = settings.transcripts.store and settings.asr.enabled
        self.advice = AdviceDesk(
            scope=scope,
            records=self.records,
            feed=self.feed,
            meter=PrometheusAlerts(),
            family=lambda name: _family(house.settings, name),
        )
        hours = CallHours(self.database)
        self.call_counter, self.rates = CallCounter(hours, clock), RateBoard(hours, clock)
        self.callbacks = callbacks(settings, self.database, clock, self.feed, new_id, self._counted)
        self.analysis = analysis(settings, self.database, clock, lambda: house.now.scope)
        self.report = ReportDesk(self.analysis, self.exchange.deadlines)
        self.overview = self.exchange.overview(self.database)

    def _counted(self, platform: str, outcome: Outcome, waited: float) -> None:
        """What became of a caller: for the figures of the day, and for the wall."""
        self.call_counter.count(platform, outcome, waited)
        self.rates.count(platform, outcome, waited)

    def renew(self, before: Tables, after: Tables) -> None:
        """Other lists, places, platforms, terms."""
        self.exchange.renew(before, after)
        table, parties = self._table, self.exchange.parties
        table.way, table.own, table.timetable = parties.way, parties.own, self.exchange.timetable
        overview = self.overview
        overview.own, overview.home, overview.timetable = parties.own, parties.home, self.exchange.timetable
        for keeps in (self.desk, self.papers, self.corrections):
            keeps.gazetteer = after.gazetteer
        self.advice.scope = after.scope
        review, settings = self.review, after.settings
        review.form, review.gazetteer, review.agents_see = (
            after.form,
            after.gazetteer,
            settings.quality.agents_see,
        )
        review.names = {number: agent.name for number, agent in settings.agents.items()}
        self.screening.policy = policy(after.settings)
        self.callbacks.ours = after.settings.agents
        self.sweeper.renew(after.settings.retention.keeps())
        changed = changed_doors(before.settings, after.settings)
        if changed:
            new = {name: after.doors[name] for name in changed if name in after.doors}
            self.push.renew(new, changed - new.keys())

    def _home_of(self, agent: str) -> str | None:
        """An agent's platform."""
        found = self._house.settings.agents.get(agent)
        return found.platform if found is not None else None

    def _delivery(self, letter: Letter, state: LetterState, trouble: str) -> None:
        """Pages are told where a letter is on its way."""
        ticket = self.desk.ticket(letter.incident) if self.feed.heard else None
        if self.feed.heard:
            self.feed.publish(delivery_event(letter, state, trouble, ticket))

    async def opened(self, incident: str, platform: str) -> None:
        """A partner looks at a ticket; pages are told of the first time."""
        if await self.deliveries.opened(incident, platform):
            self.feed.publish(opened_event(incident, platform, self.desk.ticket(incident)))

    def utterance(self, call: str, utterance: Utterance) -> None:
        """A final went into a call's transcript."""
        self.papers.utterance(call, utterance)
        if self._keeps:
            self.archive.heard(call, utterance)

    def settled(self, call: str) -> tuple[str, ...]:
        """A finished call's transcript is complete, or as complete as it is for now; once more when words
        were heard late. Returns the incidents whose tickets were closed."""
        incidents = self.papers.settled(call)
        if self._keeps:
            self.archive.settled(call)
        return incidents

    async def heard_late(self, call: str, mended: Callable[[Transcript], Transcript]) -> None:
        """A call whose record is gone has words that were heard from its recording."""
        if self._keeps:
            await self.archive.heard_late(call, mended)

    async def recorded(self, made: Kept) -> None:
        """A recording is finished and in its table."""
        if self._keeps:
            await self.archive.recorded(made)

    def _delivered(self, done: Delivered) -> None:
        if not done.platform.startswith(ADDRESS):
            self.papers.delivered(done.incident, done.monotonic)
            self.exchange.acknowledged(done)

    def close_old(self) -> None:
        """Calls of a process that is gone are over: their tickets say so, and go out. Nobody heard what was
        said after its end."""
        for incident in self.desk.unfinished():
            self.desk.finish(incident, self._clock.wall(), "incomplete", "interrupted")


def _family(settings: Settings, name: str) -> str:
    """A county's 110, which is reached by way of the city's, is 110."""
    platform = settings.platforms.get(name)
    return platform.via or name if platform is not None else name

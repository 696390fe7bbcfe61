"""The one place where control's parts are built, wired to each other, started, and stopped in reverse.

Everything the parts need of each other is said here, and nothing is decided here.
"""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import FastAPI

from bridge.adapters.addresses import our_address
from bridge.adapters.asr_client import AsrClient
from bridge.adapters.db import Database
from bridge.adapters.db_answers import Answers
from bridge.adapters.db_harassment import HarassmentTable
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.db_tickets import TicketTable
from bridge.adapters.dns_names import Names
from bridge.adapters.media_client import MediaClient
from bridge.adapters.metrics import SIP_REFUSED
from bridge.adapters.push import PushWorker
from bridge.adapters.push_post import Destination
from bridge.adapters.scope_files import SHIPPED, load
from bridge.adapters.sip_domains import Domains
from bridge.adapters.sip_doorman import Doorman
from bridge.adapters.sip_endpoint import SipEndpoint
from bridge.adapters.sip_keepalive import KeepAlive
from bridge.adapters.sip_probe import Prober
from bridge.adapters.sip_register import Registrations
from bridge.adapters.sip_secrecy import Secrecy
from bridge.adapters.sip_stack import SipStack
from bridge.adapters.sip_targets import Targets
from bridge.api.app import create_api
from bridge.api.parts import ApiParts
from bridge.app.callers import agent_keys, callbacks, pauses, queues, silence
from bridge.app.http_server import HttpServer
from bridge.app.lines import streams
from bridge.app.listening import listening
from bridge.app.load import meter
from bridge.app.plugs import Deaf, Ear, LoopTimers, Tokens
from bridge.app.registrations import accounts
from bridge.app.screening import policy
from bridge.app.tapes import Tapes
from bridge.app.trunks import book, count_calls, intervals, names
from bridge.clock import SystemClock
from bridge.errors import AdministratorError
from bridge.ports import Ears
from bridge.routing.plan import Origin, Plan, plan
from bridge.routing.standing import key_state
from bridge.services.feed import LiveFeed
from bridge.services.keys import Keys
from bridge.services.ladders import Ladders, no_ladder
from bridge.services.line_quality import LineQuality
from bridge.services.media_desk import MediaDesk
from bridge.services.papers import Papers
from bridge.services.records import Records
from bridge.services.screening import Screening
from bridge.services.switchboard import Switchboard
from bridge.services.ticket_desk import TicketDesk
from bridge.services.transcriber import Transcriber
from bridge.settings import Settings, tables
from bridge.sip.message import Address
from bridge.sip.session_timer import Policy
from bridge.sip.trace import Trace
from bridge.sip.useragent import UserAgent
from bridge.tickets.transcript import Utterance

log = structlog.get_logger(__name__)

SESSION_BITS: Final = 62
"""RFC 8866 §5.2: a session id is a number; some peers read it as a signed 64-bit one."""


class Control:
    """Everything in the control process. `start` leaves what must be stopped on the stack, in order."""

    def __init__(
        self, settings: Settings, media: Path, taps: Path, asr: str | None, recorder: Path | None = None
    ) -> None:
        self._settings = settings
        self._clock, self._new_id = SystemClock(), Tokens()
        self._routes = tables.routes(settings)
        self.sip_address = Address(*settings.sip.listen)
        self._build_papers()
        self._build_trunks()
        self._tapes = Tapes(
            settings,
            recorder,
            database=self._database,
            clock=self._clock,
            feed=self._feed,
            new_id=self._new_id,
        )
        self._build_calls(media, taps, asr)

    async def start(self, stack: AsyncExitStack) -> None:
        """From the database up to the doors: nobody is let in before everything behind the door is there."""
        await _started(stack, self._database)
        await _started(stack, self._answers)
        await _started(stack, self._push)
        await _started(stack, self._desk)
        await _started(stack, self._callbacks)
        if self._queues is not None:
            await _started(stack, pauses(self._database, self._queues))
        await _started(stack, self._screening)
        self._close_old_papers()
        if isinstance(self._ears, AsrClient):
            await _started(stack, self._ears)
        await self._tapes.start(stack)
        await _started(stack, self._media)
        await _started(stack, self._names)
        self.sip_address = await self._open_sip()
        stack.push_async_callback(self._stack.stop)
        await _started(stack, meter(self._switchboard, self._stack))
        await _started(stack, self._prober)
        await _started(
            stack, KeepAlive(self._stack, lambda: self._doorman.everybody(self._clock.monotonic()))
        )
        await _started(stack, self._registrations)
        stack.callback(self._switchboard.hang_up_all, "restart")
        await _started(stack, HttpServer(self._api(), self._settings.api.listen))

    async def _open_sip(self) -> Address:
        try:
            return await self._stack.start()
        except OSError as error:
            listen = self._settings.sip.listen
            raise AdministratorError(
                f"{listen} 不能监听（{error.strerror}）：换一个 sip.listen，或停掉占用它的程序"
            ) from error

    # --- building -------------------------------------------------------------------------------------------

    def _build_papers(self) -> None:
        settings, clock = self._settings, self._clock
        self._feed, self._records = LiveFeed(), Records(clock)
        self._database = Database(settings.database.url)
        self._answers = Answers(self._database, clock)
        self._screening = Screening(policy(settings), HarassmentTable(self._database), clock)
        self._push = PushWorker(
            outbox=Outbox(self._database, clock),
            destinations=_destinations(settings),
            clock=clock,
            on_delivered=lambda done: self._papers.delivered(done.incident, done.monotonic),
        )
        scope = load(SHIPPED)
        self._desk = TicketDesk(
            store=TicketTable(self._database, clock, self._push.wake),
            clock=clock,
            suggest=scope.suggest,
            new_id=self._new_id,
            on_change=lambda ticket: self._papers.ticket_changed(ticket),
        )
        self._papers = Papers(
            desk=self._desk,
            records=self._records,
            feed=self._feed,
            clock=clock,
            home_of=lambda agent: settings.agents[agent].platform if agent in settings.agents else None,
            ticket_url=lambda name: tables.ticket_url(settings, name),
            suggest=scope.suggest,
            other_platform=lambda name: next((each for each in settings.platforms if each != name), ""),
        )

        self._callbacks = callbacks(settings, self._database, clock, self._feed, self._new_id)

    def _build_trunks(self) -> None:
        self._trunks = book(self._settings, self._trunk_changed)
        self._names = Names(names(self._settings), self._trunks.learn, self._settings.sip.name_servers)
        count_calls(self._settings, self._trunks)

    def _build_calls(self, media: Path, taps: Path, asr: str | None) -> None:
        settings, clock = self._settings, self._clock
        self._ears: Ears = (
            self._build_ears(asr) if asr else Deaf(lambda leg: self._transcriber.state(leg, "done"))
        )
        self._media = MediaClient(
            media,
            taps,
            on_event=lambda event: self._media_desk.on(event),
            on_tap=lambda leg, at, pcm: self._transcriber.tap(leg, at, pcm),
        )
        self._doors = tables.doors(settings)
        self._trace = Trace(settings.log.ladder_calls) if settings.log.ladder_calls else None
        self._ladders = Ladders(self._trace, clock) if self._trace is not None else None
        self._stack = SipStack(
            Address(*settings.sip.listen),
            self._agent,
            on_event=lambda event: self._endpoint.on_event(event),
            make_streams=streams(settings, self._doors, self._trunks.at),
            trace=self._trace,
        )
        self._endpoint = self._build_endpoint()
        self._switchboard = Switchboard(
            signalling=self._endpoint,
            media=self._media,
            timers=LoopTimers(),
            clock=clock,
            route=self._route,
            letter=self._papers.letter,
            new_id=self._new_id,
            transcribe=asr is not None,
            lines=self._trunks,
        )
        self._switchboard.look = self._screening.look
        self._switchboard.refused = lambda why: SIP_REFUSED.labels(why).inc()
        self._prober = Prober(self._stack, self._trunks, intervals(settings))
        self._endpoint.probed = self._prober.answered
        self._registrations = Registrations(
            self._stack, accounts(settings, self._trunks.order), self._clock.monotonic
        )
        self._endpoint.registered = self._registrations.answered
        self._doorman.registrar_at = self._registrations.at
        self._quality = LineQuality(self._records, self._feed)
        tell = self._switchboard.tell
        self._queues = queues(settings, tell, self._reachable, clock, self._feed)
        self._switchboard.queues = self._queues
        self._silence = silence(
            settings, hears=asr is not None, papers=self._papers, records=self._records,
            callbacks=self._callbacks, tell=tell, clock=clock, feed=self._feed,
        )  # fmt: skip
        self._keys = Keys(
            self._switchboard,
            tables.feature_codes(settings),
            tables.steering_codes(settings),
            agent_keys(settings, self._queues, tell),
            self._silence.key,
        )
        self._endpoint.listener = Ear(self._switchboard, self._keys)
        self._media_desk = MediaDesk(self._switchboard, self._keys, self._feed, self._quality, self._silence)
        self._transcriber = self._build_transcriber()
        # Papers first: the record must be there before anybody is heard. Before them who knows the story.
        self._listening = listening(
            settings, self._endpoint.listening, self._media, self._switchboard.witnesses,
            records=self._records, clock=clock, new_id=self._new_id, hears=asr is not None,
            told=self._papers.utterance,
        )  # fmt: skip
        all_of_them = (self._callbacks, self._silence, self._queues, self._ladders, self._tapes.desk)
        more = [each for each in all_of_them if each is not None]
        self._switchboard.witnesses.call_in(
            self._listening, self._papers, self._transcriber, self._quality, *more
        )

    def _build_ears(self, url: str) -> AsrClient:
        return AsrClient(
            url,
            sample_rate=tables.sample_rate(self._settings),
            on_speech=lambda leg, speech, t0: self._transcriber.speech(leg, speech, t0),
            on_state=lambda leg, state: self._transcriber.state(leg, state),
            clock=self._clock,
        )

    def _build_endpoint(self) -> SipEndpoint:
        settings = self._settings
        media = our_address(settings.media.address, settings.media.advertise, tables.first_peer(settings))
        host = self._sip_host()
        self._doorman = Doorman(
            doors=self._doors,
            registrar=tables.registrar(settings),
            realm=settings.sip.realm,
            algorithms=settings.sip.digest_algorithms,
            passwords=tables.passwords(settings),
            proven=self._stack.proven,
        )
        return SipEndpoint(
            stack=self._stack,
            doorman=self._doorman,
            targets=Targets(self._doorman, settings.trunks, host, self._trunks.order),
            address=media,
            clock=self._clock,
            session=lambda: secrets.randbits(SESSION_BITS),
            secrecy=Secrecy(
                {name: trunk.srtp for name, trunk in settings.trunks.items()},
                {name: agent.srtp for name, agent in settings.agents.items()},
                over_plain=settings.media.srtp_over_plain_sip,
            ),
            noise=settings.media.comfort_noise,
            domains=Domains(
                (host, media, settings.sip.realm, *settings.sip.domains),
                settings.trunks,
                tables.behind(settings),
                tables.walled(settings),
            ),
        )

    def _build_transcriber(self) -> Transcriber:
        return Transcriber(
            ears=self._ears,
            records=self._records,
            feed=self._feed,
            timers=LoopTimers(),
            clock=self._clock,
            on_utterance=self._heard,
            on_settled=self._papers.settled,
            on_pending=self._papers.pending,
        )

    def _heard(self, call: str, utterance: Utterance) -> None:
        self._silence.heard(call, utterance)
        self._papers.utterance(call, utterance)
        self._listening.utterance(call, utterance)

    def _agent(self, *bound: Address) -> UserAgent:
        home, *others = (Address(self._sip_host(), each.port, each.transport) for each in bound)
        session = Policy(self._settings.sip.session_expires, self._settings.sip.min_se)
        return UserAgent(local=home, others=tuple(others), new_token=self._new_id, session=session)

    def _api(self) -> FastAPI:
        return create_api(
            ApiParts(
                switchboard=self._switchboard,
                records=self._records,
                feed=self._feed,
                ticket_of=self._desk.ticket,
                draft=self._papers.draft,
                settings=self._settings.api,
                keys=self._shown_keys,
                idempotency=self._answers,
                clock=self._clock,
                status=self._status,
                queues=self._queues,
                screening=self._screening,
                ladder=self._ladders.of if self._ladders is not None else no_ladder,
                callbacks=self._callbacks,
                recordings=self._tapes.shelf,
            )
        )

    # --- small questions ------------------------------------------------------------------------------------

    def _route(self, number: str, origin: Origin) -> Plan:
        return self._trunks.arrange(plan(self._routes, number, origin, self._clock.wall()))

    def _shown_keys(self) -> list[dict[str, str | None]]:
        now, standing = self._clock.wall(), self._trunks.standing
        return [
            {**key, "state": key_state(self._routes, str(key["number"]), now, standing)}
            for key in tables.keys(self._settings)
        ]

    def _trunk_changed(self, _trunk: str, _up: bool) -> None:
        self._feed.publish({"type": "keys", "keys": self._shown_keys(), "status": self._status()})

    def _reachable(self, agent: str) -> bool:
        """Whether a phone can be rung: registered with us, or behind an exchange that is there."""
        trunk = self._settings.agents[agent].trunk
        if trunk is not None:
            return self._trunks.standing(trunk).up
        return bool(self._doorman.phones(agent, self._clock.monotonic()))

    def _sip_host(self) -> str:
        sip = self._settings.sip
        return our_address(sip.listen.host, sip.advertise, tables.first_peer(self._settings))

    def _status(self) -> dict[str, Any]:
        return {
            "calls": len(self._switchboard.calls()),
            "phones": self._doorman.registered(self._clock.monotonic()),
            "recogniser": self._settings.asr.enabled,
            **self._tapes.status(),
            "sip": f"{self.sip_address.host}:{self.sip_address.port}",
            "trunks": self._trunks.status(),
            "registrations": self._registrations.status(),
        }

    def _close_old_papers(self) -> None:
        """Calls of a process that is gone are over: their tickets say so, and go out."""
        for incident in self._desk.unfinished():
            self._desk.finish(incident, self._clock.wall())


async def _started(stack: AsyncExitStack, part: Any) -> None:
    """Started now, stopped in its turn: every adapter has both."""
    await part.start()
    stack.push_async_callback(part.stop)


def _destinations(settings: Settings) -> dict[str, Destination]:
    return {
        name: Destination(platform.tickets.url, platform.tickets.secret)
        for name, platform in settings.platforms.items()
        if platform.tickets is not None
    }

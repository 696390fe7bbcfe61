"""A bridge with a real switchboard, records, transcriber, papers and ticket desk; only what lies outside
(phones, media, recogniser, disk, time) is played by hand. A helper tells a whole call in the order it
happens."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from asr.words import Speech, Word
from bridge.adapters.db_answers import Answer as Kept
from bridge.adapters.scope_files import load
from bridge.api.app import SERVER, create_api
from bridge.api.parts import AccessParts, ApiParts, ExchangeParts
from bridge.app.plugs import LoopTimers
from bridge.calls.events import Answers, Leaves, Offered, Refuses, Rings
from bridge.errors import UnknownNumber
from bridge.handling.path import Parties
from bridge.ports import DialOrder
from bridge.ports_handling import Decide, Entry, Known, Source
from bridge.queues.words import Rule
from bridge.routing.plan import Origin, Plan, Target
from bridge.services.advice_desk import AdviceDesk
from bridge.services.archive import Archive
from bridge.services.callback_desk import CallbackDesk
from bridge.services.corrections import Corrections
from bridge.services.feed import LiveFeed
from bridge.services.handling_desk import HandlingDesk
from bridge.services.ladders import Ladders
from bridge.services.papers import Papers
from bridge.services.queue_desk import QueueDesk
from bridge.services.records import Records
from bridge.services.switchboard import Switchboard
from bridge.services.ticket_desk import TicketDesk
from bridge.services.transcriber import Transcriber
from bridge.settings.house import Api, Token
from bridge.sip.sdp import Audio
from bridge.sip.trace import Trace
from bridge.tickets.advice import adviser
from bridge.tickets.ticket import Ticket
from bridge.tickets.transcript import Utterance

AUDIO = Audio(("127.0.0.9", 4000), "PCMA", 8, 101, "sendrecv")
SCOPE = load(Path(__file__).parents[2] / "config" / "scope")
CATEGORIES = [(each.id, each.name, each.to) for each in SCOPE.categories]
PARTIES = Parties(frozenset({"12345"}), "12345", frozenset({"12345", "110"}))
READER, PRESSER, ADMIN = "reader-token", "presser-token", "admin-token"
KEYS = [
    {"number": number, "name": f"转 {number}", "platform": number, "feature_code": code, "mode": mode}
    | {"state": "up"}
    for number, code, mode in (("110", "*110#", "direct"), ("12345", None, "consult"))
]


class FakeClock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now, self.start = 1000.0, datetime(2026, 3, 5, 9, 30, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return self.start + timedelta(seconds=self.now - 1000.0)


class FakeWorld:
    """Phones, media, ears and timers that only note what is asked of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self._ports = itertools.count(20000, 2)

    def take_port(self) -> int:
        return next(self._ports)

    def after(self, seconds: float, then: Callable[[], None]) -> FakeWorld:
        return self

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *given: self.asked.append((name, given))

    def dialled(self) -> list[DialOrder]:
        return [given[1] for name, given in self.asked if name == "dial"]


class NoTickets:
    """No ticket has come to this house yet; test_exchange has a real store."""

    async def change(
        self, ticket: str, decide: Decide, *, source: Source | None = None, deed: str = ""
    ) -> Known:
        decide(Known())
        return Known()

    async def known(self, ticket: str) -> Known:
        return Known()

    async def papers(self, ticket: str) -> dict[str, Any] | None:
        return None

    async def log(self, ticket: str) -> tuple[Entry, ...]:
        return ()

    async def changes(self, after: int, most: int, platform: str) -> tuple[Entry, ...]:
        return ()


class FakeStore:
    """Tickets and answers on a disk that is this object; `gate` closed: writes wait."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Kept] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def save(self, ticket: Ticket, *, push: bool) -> None:
        await self.gate.wait()

    async def unfinished(self) -> tuple[Ticket, ...]:
        return ()

    async def ticket_of(self, incident: str) -> Ticket | None:
        return None

    def find(self, key: str, caller: str) -> Kept | None:
        return self.answers.get((key, caller))

    async def keep(self, key: str, caller: str, answer: Kept) -> None:
        await self.gate.wait()
        if self.broken:
            raise OSError("disk full")
        self.answers[key, caller] = answer


def route(number: str, origin: Origin) -> Plan:
    if number not in {"110", "12345"}:
        raise UnknownNumber(f"没有路由：号码 {number}")
    trunk = "police" if number == "110" else None
    target = Target("trunk" if trunk else "agent", number if trunk else "8001", trunk, 30, 4)
    return Plan(f"到{number}", number, number, "direct", (target,), key=number == "110")


class House:
    """The bridge, and what callers, agents, desks and the recogniser do to it."""

    def __init__(self, settings: Api | None = None) -> None:
        self.clock, self.world, self.store = FakeClock(), FakeWorld(), FakeStore()
        self.feed = LiveFeed("house", self.clock)
        self.settings = settings or Api(tokens=TOKENS)
        self.records, ids = Records(self.clock), itertools.count(1)
        scope = SCOPE
        self.desk = TicketDesk(
            store=self.store,
            clock=self.clock,
            advise=adviser(scope),
            new_id=lambda: f"t{next(ids)}",
            on_change=lambda ticket: self.papers.ticket_changed(ticket),  # noqa: PLW0108  made below
            coalesce_s=0,
        )
        self.papers = Papers(
            desk=self.desk,
            records=self.records,
            feed=self.feed,
            clock=self.clock,
            home_of=lambda agent: "12345",
            ticket_url=lambda name: None,
            advise=adviser(scope),
            other_platform=lambda name: "12345",
        )
        self.corrections = Corrections(
            records=self.records,
            desk=self.desk,
            feed=self.feed,
            draft=self.papers.draft,
            category=scope.category,
        )
        self.advice = AdviceDesk(
            scope=scope, records=self.records, feed=self.feed, meter=self.world, family=str
        )
        self.switchboard = Switchboard(
            signalling=self.world,
            media=self.world,
            timers=self.world,
            route=route,
            letter=self.papers.letter,
            new_id=lambda: f"id{next(ids)}",
            transcribe=True,
        )
        self.transcriber = Transcriber(
            ears=self.world,
            records=self.records,
            feed=self.feed,
            timers=self.world,
            clock=self.clock,
            on_utterance=self._heard,
            on_settled=self.papers.settled,
            on_pending=self.papers.pending,
            on_words=self.advice.heard,
        )
        self.trace = Trace(10)
        self.ladders = Ladders(self.trace, self.clock)
        self.switchboard.witnesses.call_in(self.papers, self.transcriber, self.advice, self.ladders)
        self.queues: QueueDesk | None = None
        self.callbacks: CallbackDesk | None = None
        self.archive: Archive | None = None
        self.access: AccessParts | None = None
        self.home_of: Callable[[Origin], str | None] = lambda origin: None

    def _heard(self, call: str, utterance: Utterance) -> None:
        self.papers.utterance(call, utterance)
        if self.archive is not None:
            self.archive.heard(call, utterance)

    def app(self) -> FastAPI:
        return create_api(self.parts())

    def handling_desk(self) -> HandlingDesk:
        return HandlingDesk(store=NoTickets(), clock=self.clock, feed=self.feed, parties=PARTIES)

    def parts(self) -> ApiParts:
        return ApiParts(
            switchboard=self.switchboard,
            records=self.records,
            feed=self.feed,
            ticket_of=self.desk.ticket,
            draft=self.papers.draft,
            advice=self.advice.view,
            settings=self.settings,
            keys=lambda: KEYS,
            idempotency=self.store,
            clock=self.clock,
            ladder=self.ladders.of,
            queues=self.queues,
            callbacks=self.callbacks,
            archive=self.archive,
            corrections=self.corrections,
            home_of=self.home_of,
            access=self.access,
            category=SCOPE.category,
            exchange=ExchangeParts(self.handling_desk(), NoTickets(), {}, lambda: CATEGORIES),
            status=lambda: {
                "calls": len(self.switchboard.calls()),
                "phones": ["8001", "8002", "8003"],
                "recogniser": "up",
                "media": "up",
                "tickets_waiting": 0,
            },
        )

    # --- what people do ---

    def rings(self, caller: str = "13806351234", leg: str = "in") -> str:
        """A caller dials 12345; the agent's phone is rung. The call's id."""
        trunk = Origin("trunk", "carrier")
        self.switchboard.offered(Offered(leg, "12345", caller, "", trunk, AUDIO, self.clock.now))
        return self.switchboard.calls()[-1].id

    def talking(self, caller: str = "13806351234", leg: str = "in") -> str:
        """Caller and agent talk."""
        call = self.rings(caller, leg)
        self.switchboard.on(self.answered(call))
        return call

    def answered(self, call: str) -> Answers:
        """The agent takes the call."""
        return Answers(self.switchboard.call(call).ringing, AUDIO)

    def says(self, call: str, role: str, text: str, *, final: bool = True, took: float = 2.0) -> None:
        """Somebody says something; the recogniser hears it."""
        party = next(p for p in self.switchboard.call(call).parties if p.role == role and p.up)
        self.clock.now += took
        words = (Word(text, 0.0, took, 1.0),) if final else ()
        speech = Speech("final" if final else "partial", text, words)
        self.transcriber.speech(party.leg, speech, self.clock.now - took)

    def far(self, call: str, event: str, status: int = 486) -> None:
        """The desk rings, answers or refuses."""
        transfer = self.switchboard.call(call).transfer
        assert transfer is not None
        leg = transfer.recipient
        made = {"rings": Rings(leg), "answers": Answers(leg, AUDIO), "refuses": Refuses(leg, status, "no")}
        self.switchboard.on(made[event])

    def hangs_up(self, call: str) -> None:
        """The caller does."""
        self.switchboard.on(Leaves(self.switchboard.call(call).caller.leg, "bye"))


def _token(name: str, secret: str, *may: str) -> Token:
    return Token(name=name, sha256=hashlib.sha256(secret.encode()).hexdigest(), may=may)


TOKENS = (
    _token("质检", READER, "read"),
    _token("坐席系统", PRESSER, "transfer", "read", "personal"),
    _token("管理员", ADMIN, "admin"),
)


class ReadyServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


@pytest.fixture
def house() -> House:
    """Tokens, and no trust in anybody's address."""
    return House()


@pytest.fixture
def home() -> House:
    """A demo's bridge: this machine is trusted."""
    return House(Api(trust_loopback=True, tokens=TOKENS))


@pytest.fixture
def queue_of() -> Callable[[House], QueueDesk]:
    """Gives a house a queue of two agents, of whom the second's telephone is away."""

    def make(house: House) -> QueueDesk:
        house.queues = QueueDesk(
            (Rule("hotline", (("8001", None), ("8002", None))),), names={"8001": "一号"}, codes={},
            tell=house.switchboard.tell, reachable=lambda agent: agent == "8001", timers=LoopTimers(),
            clock=house.clock, meter=FakeWorld(), feed=house.feed,
        )  # fmt: skip
        return house.queues

    return make


@pytest.fixture
def visit() -> Callable[..., httpx.AsyncClient]:
    """A client from an address, with a token or none; errors of ours come as the answer they make."""

    def make(
        house: House, token: str = "", address: str = "192.0.2.7", host: str = "bridge"
    ) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(house.app(), raise_app_exceptions=False, client=(address, 40000))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers)

    return make


@pytest.fixture
def serve() -> Callable[..., contextlib.AbstractAsyncContextManager[int]]:
    """The bridge on a free port of this machine, by uvicorn as in the product; gives the port."""

    @contextlib.asynccontextmanager
    async def run(house: House, port: int = 0) -> AsyncIterator[int]:
        config = uvicorn.Config(house.app(), "127.0.0.1", port, log_config=None, **SERVER)
        server = ReadyServer(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        task = asyncio.create_task(server.serve())
        await asyncio.wait_for(server.up.wait(), 10)
        try:
            yield server.servers[0].sockets[0].getsockname()[1]
        finally:
            server.should_exit = True
            await task

    return run

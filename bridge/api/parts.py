"""What reception is handed: everything it shows and does, named once. `create_api` takes this and nothing
else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from bridge.adapters.db_audit import AuditTable
from bridge.adapters.db_deliveries import Deliveries
from bridge.adapters.phone_book import PhoneBook
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.adapters.webrtc_legs import BrowserLegs
from bridge.api.auth import Configured
from bridge.api.bounds import Stored
from bridge.api.exchange_letters import Opened, Seal, nobody_asks
from bridge.api.ledger import IdempotencyStore
from bridge.clock import Clock
from bridge.ports_handling import HandlingStore
from bridge.routing.plan import Origin
from bridge.scope.suggestion import Category
from bridge.services.analysis_desk import AnalysisDesk
from bridge.services.archive import Archive
from bridge.services.audit_desk import AuditDesk
from bridge.services.callback_desk import CallbackDesk
from bridge.services.corrections import Corrections
from bridge.services.deadline_desk import DeadlineDesk
from bridge.services.feed import LiveFeed
from bridge.services.handling_desk import HandlingDesk
from bridge.services.history_desk import HistoryDesk
from bridge.services.overview_desk import OverviewDesk
from bridge.services.provider_desk import ProviderDesk
from bridge.services.queue_desk import QueueDesk
from bridge.services.records import Record, Records
from bridge.services.report_desk import ReportDesk
from bridge.services.review_desk import ReviewDesk
from bridge.services.screening import Screening
from bridge.services.search_desk import SearchDesk
from bridge.services.sign_in import SignIn
from bridge.services.supervision import Supervision
from bridge.services.switchboard import Switchboard
from bridge.services.wall_desk import WallDesk
from bridge.services.who_is_who import WhoIsWho
from bridge.settings.house import Api
from bridge.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class ExchangeParts:
    """What the exchange between platforms needs. seals: partner -> how its letters' signatures are checked;
    categories: (id, name, to) of the scope lists; opened: told incident and platform when a partner looks at
    a ticket."""

    desk: HandlingDesk
    store: HandlingStore
    seals: Mapping[str, Seal]
    categories: Callable[[], Sequence[tuple[str, str, str]]]
    opened: Opened = nobody_asks


@dataclass(frozen=True, slots=True)
class AccessParts:
    """Users, where there are any: who is known, how they log in, and what is put on record of them.
    provider: None without an identity provider; tokens: the configuration's, None: those of `settings`."""

    book: WhoIsWho
    sign_in: SignIn
    audit: AuditDesk
    deeds: AuditTable
    provider: ProviderDesk | None = None
    tokens: Configured | None = None


@dataclass(frozen=True, slots=True)
class AdminParts:
    """The house itself, for its administrator; each gives plain JSON values. probe: a trunk's name -> what
    its addresses answered (raises NoSuchTrunk, WrongMoment); dry_run: a number, who dials it, when (None:
    now); users, end: who may log in, and a log-in ended (raises NoSuchSession); config: the configuration in
    use, with the defaults or not, against the file; reload: the file taken over, by whom (raises
    ConfigRefused)."""

    trunks: Callable[[], list[dict[str, Any]]]
    probe: Callable[[str], Awaitable[dict[str, Any]]]
    routes: Callable[[], dict[str, Any]]
    targets: Callable[[], list[dict[str, Any]]]
    dry_run: Callable[[str, Origin, datetime | None], dict[str, Any]]
    agents: Callable[[], list[dict[str, Any]]]
    users: Callable[[], dict[str, Any]]
    end: Callable[[str], Awaitable[str]]
    troubles: Callable[[], list[dict[str, Any]]]
    config: Callable[[bool], Awaitable[dict[str, Any]]]
    reload: Callable[[str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class PhoneParts:
    """Telephones in the page, where there are any. ice: STUN and TURN servers as browsers take them;
    return_seconds: how long a page that is gone may take; wish: an agent is ready for calls, or not;
    name_of: an extension's person."""

    book: PhoneBook
    legs: BrowserLegs
    ice: Sequence[dict[str, str]]
    return_seconds: int
    wish: Callable[[str, bool], None]
    name_of: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ApiParts:
    """ticket_of: incident -> its newest version; draft: call id -> what a ticket would say now
    (`{"elements": …, "category": …}` as in a ticket), None if the call is not known; advice: ranked
    categories, direction and alerts of a call; keys: the one-touch keys (number, name, platform,
    feature_code); status: plain JSON values for the page's head and `/api/v1/status` (calls, phones,
    recogniser, media, tickets_waiting); ladder: call id, with telephone numbers in full or not -> its SIP
    messages (raises NoSuchCall); queues: None where there are none; fillers: readable text keeps them;
    screening: who is marked for harassment; home_of: where a leg comes from -> the platform of that agent or
    exchange, None for nobody's; names: what platforms are called;
    concerns: the platforms that what is no longer in memory concerns; category: a class of the lists by its
    id. All but
    exchange, None for nobody's; names: what platforms are called; zone: whose clock tables go by;
    concerns: the platforms that what is no longer in memory concerns. All but
    `concerns` return at once."""

    switchboard: Switchboard
    records: Records
    feed: LiveFeed
    ticket_of: Callable[[str], Ticket | None]
    draft: Callable[[str], dict[str, Any] | None]
    advice: Callable[[Record], dict[str, Any]]
    settings: Api
    keys: Callable[[], list[dict[str, Any]]]
    idempotency: IdempotencyStore
    clock: Clock
    status: Callable[[], dict[str, Any]]
    ladder: Callable[[str, bool], dict[str, Any]]
    queues: QueueDesk | None = None
    callbacks: CallbackDesk | None = None
    screening: Screening | None = None
    recordings: RecordingShelf | None = None
    archive: Archive | None = None
    fillers: bool = True
    corrections: Corrections | None = None
    deliveries: Deliveries | None = None
    home_of: Callable[[Origin], str | None] = lambda origin: None
    concerns: Stored | None = None
    exchange: ExchangeParts | None = None
    analysis: AnalysisDesk | None = None
    search: SearchDesk | None = None
    history: HistoryDesk | None = None
    deadlines: DeadlineDesk | None = None
    category: Callable[[str], Category | None] = lambda id: None
    access: AccessParts | None = None
    supervision: Supervision | None = None
    listeners_visible: bool = True
    admin: AdminParts | None = None
    report: ReportDesk | None = None
    overview: OverviewDesk | None = None
    wall: WallDesk | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    phones: PhoneParts | None = None
    review: ReviewDesk | None = None
    zone: tzinfo = UTC

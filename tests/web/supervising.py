"""The interface in this process with all that a supervisor looks at: calls played by hand, queues, tickets
that are late, disputed or not delivered, and figures; over a real database."""

from __future__ import annotations

import contextlib
import copy
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from bridge.adapters.db import Database
from bridge.adapters.db_analysis import AnalysisTable
from bridge.adapters.db_call_hours import CallHours
from bridge.adapters.db_deadlines import DeadlineTable
from bridge.adapters.db_deliveries import Deliveries
from bridge.adapters.db_figures import FigureTable
from bridge.adapters.db_handling_rows import put_all
from bridge.adapters.db_handlings import HandlingTable
from bridge.adapters.db_overview import OverviewTable
from bridge.adapters.db_tables import OUTBOX
from bridge.api.app import create_api
from bridge.api.parts import ExchangeParts
from bridge.handling.deadlines import Deadline
from bridge.handling.heralds import Warnings
from bridge.handling.hooks import Hooks
from bridge.handling.papers import Facts, web_papers
from bridge.handling.path import Parties
from bridge.handling.timetable import NO_DEADLINES
from bridge.handling.words import Deed
from bridge.services.analysis_desk import AnalysisDesk
from bridge.services.deadline_desk import DeadlineDesk
from bridge.services.handling_desk import HandlingDesk
from bridge.services.overview_desk import OverviewDesk
from bridge.services.rate_board import RateBoard
from bridge.services.report_desk import ReportDesk
from bridge.services.wall_desk import WallDesk
from bridge.settings.house import Api
from tests.api.conftest import TOKENS, House, _token

ZONE: Final = ZoneInfo("Asia/Shanghai")
NAMES: Final = {"12345": "政务服务便民热线", "110": "市公安局 110", "110-dcf": "东昌府公安分局 110"}
CATEGORIES: Final = (
    ("f2-1", "扬言实施违法犯罪", "110"),
    ("f3-1", "噪声扰民", "12345"),
    ("f3-2", "停车纠纷", "12345"),
)
PARTIES: Final = Parties(frozenset({"12345"}), "12345", frozenset(NAMES), (("110-dcf", "110"),))
SCRIPT: Final = '<img src=x onerror="document.title=`hacked`">'
"""A name that is markup: it must stay text."""
BAN: Final = "ban-token"


class SupervisedHouse(House):
    """`House` with the supervisor's desks. Open before use, as a context."""

    def __init__(self, folder: Path, blank: Path) -> None:
        ban = _token("班长", BAN, "read", "transfer", "listen", "monitor", "personal", "tickets", "review")
        super().__init__(Api(trust_loopback=False, tokens=(*TOKENS, ban)))
        shutil.copy(blank, folder / "bridge.db")
        self.clock.start = datetime.now(UTC)
        self.database = Database(f"sqlite+aiosqlite:///{folder}/bridge.db")
        self.health: dict[str, Any] = {
            "recogniser": True,
            "recognisers": [{"url": "ws://asr-1:2700", "up": True, "full": False, "streams": 12}],
            "phones": ["8001", "8002"], "recording": "up", "recordings": 9, "calls": 0,
            "trunks": [
                {"name": "carrier", "label": "电信中继", "state": "up", "calls": 31, "channels": 60},
                {"name": "police", "label": "110 专线", "state": "up", "calls": 2, "channels": 8},
            ],
            "partners": [
                {"platform": "110", "state": "up", "waiting": 0, "parked": 0, "expired": 0}
            ],
            "registrations": [],
        }  # fmt: skip
        self.woken: list[str] = []

    async def __aenter__(self) -> SupervisedHouse:
        await self.database.start()
        clock = self.clock
        self.store = HandlingTable(self.database, clock, self.woken.append)  # type: ignore[assignment]
        await self.store.start()  # type: ignore[attr-defined]
        self.handled = HandlingDesk(store=self.store, clock=clock, feed=self.feed, parties=PARTIES)  # type: ignore[arg-type]
        self.board = RateBoard(CallHours(self.database), clock)
        self.wall = WallDesk(
            status=lambda: copy.deepcopy(self.health), media=lambda: {"state": "up", "rtpengine": ""},
            room=lambda: (80 << 30, 400 << 30), least=10 << 30, queues=self.queues, board=self.board,
            names=NAMES, feed=self.feed,
        )  # fmt: skip
        self.analysis = AnalysisDesk(
            store=AnalysisTable(self.database, ZONE), figures=FigureTable(self.database, ZONE),
            clock=clock, zone=ZONE, categories=lambda: CATEGORIES,
        )  # fmt: skip
        self.deadlines = DeadlineDesk(
            store=DeadlineTable(self.database, clock, self.woken.append), timetable=NO_DEADLINES,
            warnings=Warnings(), hooks=Hooks(), urge=self.handled.do, clock=clock, timers=None,  # type: ignore[arg-type]
            feed=self.feed, meter=None,  # type: ignore[arg-type]
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.stop()  # type: ignore[attr-defined]
        await self.database.stop()

    def app(self) -> Any:
        return create_api(
            replace(
                self.parts(), status=lambda: {**self.health, "calls": len(self.switchboard.calls())},
                wall=self.wall, names=NAMES, analysis=self.analysis,
                deliveries=Deliveries(self.database, self.clock, self.woken.append),
                deadlines=self.deadlines, report=ReportDesk(self.analysis, self.deadlines),
                overview=OverviewDesk(
                    OverviewTable(self.database), NO_DEADLINES, self.clock, PARTIES.own, PARTIES.home
                ),
                exchange=ExchangeParts(
                    desk=self.handled, store=self.store, seals={},
                    categories=lambda: CATEGORIES,
                ),  # type: ignore[arg-type]
            )
        )  # fmt: skip

    # --- what happened ------------------------------------------------------------------------------------

    async def ticket(
        self, name: str, ago: timedelta = timedelta(hours=3), *, what: str = "烧烤摊半夜放音乐，吵得睡不着觉",
        to: str = "110", where: str = "冠县红旗路26号", category: str = "f3-1", who: str = "王某",
    ) -> None:  # fmt: skip
        """A ticket by the web channel, so long ago."""
        said = {
            "to": to, "who": who, "contact": "13800138000", "when": "昨晚十点", "where": where, "what": what,
            "category": category, "urgency": "normal", "channel": "web", "incident": None,
            "number": "", "by": "",
        }  # fmt: skip
        self.clock.now -= ago.total_seconds()
        papers = web_papers(said, name, "12345", self.clock.wall(), PARTIES.way("12345", to))
        await self.handled.received(papers, kind="opened", speaker="")
        self.clock.now += ago.total_seconds()

    async def do(self, name: str, deed: Any, by: str, reason: str = "不属于受理范围", **more: Any) -> None:
        """One step."""
        speaker = "" if by in PARTIES.own or not by else "110"
        done = Deed(
            f"{name} {deed} {reason}", deed, by, self.clock.wall(), reason=reason, **{"owner": "110", **more}
        )
        await self.handled.do(name, done, speaker=speaker)

    async def late(self, name: str, partner: str, by: timedelta) -> None:
        """That partner is so late with accepting it."""
        handling = await self.handled.handling(name)
        since = self.clock.wall() - by - timedelta(hours=2)
        owed = Deadline("accept", partner, since, self.clock.wall() - by, rule="一般")
        async with self.database.write() as connection:
            await put_all(
                connection, [(replace(handling, deadlines=(owed,)), None, False)], (), handling.changed_at
            )

    async def letter(self, name: str, state: str, trouble: str = "对方拒收（HTTP 422）") -> str:
        """A letter about it; its id."""
        row = {
            "id": f"msg-{name}", "ticket": name, "incident": name, "version": 99, "kind": "deed",
            "platform": "110", "body": "{}", "state": state, "attempts": 3, "due": self.clock.wall(),
            "trouble": trouble, "created_at": self.clock.wall(),
        }  # fmt: skip
        async with self.database.write() as connection:
            await connection.execute(insert(OUTBOX).values(row))
        return str(row["id"])


@contextlib.asynccontextmanager
async def supervised(
    folder: Path, blank: Path, queue_of: Callable[[House], Any]
) -> AsyncIterator[SupervisedHouse]:
    """The house, with a queue."""
    house = SupervisedHouse(folder, blank)
    queue_of(house)
    async with house:
        yield house


def busy(house: SupervisedHouse, count: int) -> list[str]:
    """So many calls, each with something said; their ids."""
    said = (
        "我家楼下的路灯坏了好几天了",
        "您好，请问具体是哪条路",
        "有人扬言要砸店，还带着刀",
        "我要投诉物业乱收费",
    )
    ids = []
    for number in range(count):
        call = house.talking(f"1380635{number:04}", f"in{number}")
        house.says(call, "caller", said[number % 4])
        if number % 3 == 0:
            house.says(call, "attendant", said[1])
        ids.append(call)
    return ids


__all__ = ["BAN", "NAMES", "SCRIPT", "Facts", "SupervisedHouse", "busy", "supervised"]

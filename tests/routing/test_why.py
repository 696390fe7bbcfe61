"""Why a number leads nowhere, in the administrator's words."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bridge.routing.hours import Calendar, Hours
from bridge.routing.numbers import parse
from bridge.routing.plan import Origin, Route, RouteTarget
from bridge.routing.why import misses

NIGHT = Hours(Calendar(ZoneInfo("Asia/Shanghai")), frozenset(), ((1320, 360),), "22:00-06:00")
SELF = RouteTarget("agent", "8001", None, 30, 4)
ROUTES = (
    Route("转 110", parse("110"), frozenset({"pbx", "agents"}), "110", (SELF,)),
    Route("夜间", parse("11X"), frozenset({"carrier"}), "110", (SELF,), hours=NIGHT),
)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def test_each_route_with_the_number_says_what_keeps_it() -> None:
    first, second = misses(ROUTES, "1-10", Origin("trunk", "carrier"), NOON)
    assert first == (
        "第 1 条“转 110”（110）：from 是 [agents、pbx]，没有中继 carrier；要让它用，在 from 里加上 carrier"
    )
    assert second == "第 2 条“夜间”（11X）：这时不在 hours 里（22:00-06:00）；别的时候用的路由写在它后面"


def test_a_route_to_oneself() -> None:
    assert misses(ROUTES, "110", Origin("agent", "8001"), NOON)[0].endswith("只通向话务员 8001自己")


def test_a_number_nobody_has() -> None:
    assert misses(ROUTES, "120", Origin("agent", "8001"), NOON) == ()

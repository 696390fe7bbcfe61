"""Harassing callers at the switchboard: seen, warned, sent elsewhere, turned away, and always on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bridge.calls.call import Phase
from bridge.calls.events import Answers, Offered, PromptEnds
from bridge.ports import Deed
from bridge.routing.harassment import Mark, Rule
from bridge.routing.plan import Origin, Target
from bridge.services import screening as module
from bridge.services.screening import Policy, Screening
from bridge.services.views import call_view
from tests.services.conftest import AUDIO, ROUTES, Clock

HIM = "13900000001"
TWICE = Rule("两次", "limit", calls=2, window=60.0)


class Store:
    """The database; out of order while `broken`."""

    def __init__(self) -> None:
        self.kept: dict[str, Mark] = {}
        self.record: list[Deed] = []
        self.broken = False
        self.news = asyncio.Event()

    async def marks(self) -> Sequence[Mark]:
        return list(self.kept.values())

    async def put(self, mark: Mark) -> None:
        self._check()
        self.kept[mark.number] = mark

    async def remove(self, number: str) -> None:
        self.kept.pop(number, None)

    async def append(self, deed: Deed) -> None:
        self._check()
        self.record.append(deed)
        self.news.set()

    async def deeds(self, number: str | None, most: int) -> Sequence[Deed]:
        return [deed for deed in self.record[::-1] if number in {None, deed.number}][:most]

    def _check(self) -> None:
        if self.broken:
            raise OSError("disk")


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def screen(store: Store) -> AsyncIterator[Screening]:
    made = Screening(Policy(divert_to=(Target("agent", "8009", None, 30, 4),)), store, Clock())
    await made.start()
    yield made
    await made.stop()
    await made.stop()


def offer(house: Any, number: str = HIM, leg: str = "in", **more: Any) -> Any:
    """A call from this number; the call if there is one."""
    trunk = Origin("trunk", "carrier")
    event = Offered(leg, "12345", number, "", trunk, AUDIO, house.clock.now)
    house.switchboard.offered(replace(event, **more))
    return house.switchboard.of_leg(leg)


def with_policy(house: Any, screen: Screening, **policy: Any) -> None:
    screen.policy = replace(screen.policy, **policy)
    house.switchboard.look = screen.look


async def written(store: Store, count: int) -> list[str]:
    async with asyncio.timeout(5):
        while len(store.record) < count:
            store.news.clear()
            await store.news.wait()
    return [deed.deed for deed in store.record]


async def test_a_marked_number_is_shown_with_who_and_why(house, screen: Screening, store: Store) -> None:
    with_policy(house, screen)
    screen.mark(HIM, "warn", "辱骂话务员", "班长", None)
    call = offer(house)
    assert (call.caution.measure, call.caution.why) == ("warn", "班长标记：辱骂话务员")
    shown = call_view(house_record(call))["caution"]
    assert shown == {"measure": "warn", "rule": "", "why": "班长标记：辱骂话务员"}
    assert await written(store, 2) == ["marked:warn", "warn"]
    assert offer(house, "13900000002", "other").caution is None


def house_record(call: Any) -> Any:
    """A record of the call, as pages get it."""
    from bridge.services.records import Records  # noqa: PLC0415

    return Records(Clock()).note(call)


async def test_a_caller_is_warned_once_when_somebody_answers(house, screen: Screening) -> None:
    with_policy(house, screen, warn_caller=True)
    screen.mark(HIM, "warn", "辱骂", "班长", None)
    call = offer(house)
    house.switchboard.on(Answers(call.ringing, AUDIO))
    call = house.switchboard.call(call.id)
    assert call.caller.play.sound == "prompt:harassment-warning"
    house.switchboard.on(PromptEnds("in", call.caller.play.id))
    assert house.switchboard.call(call.id).caller.play is None
    assert house.switchboard.call(call.id).phase is Phase.TALKING


async def test_over_the_limit_one_is_answered_told_why_and_hung_up_on(
    house, screen: Screening, store: Store
) -> None:
    with_policy(house, screen, rules=(TWICE,))
    assert offer(house, leg="one").phase is Phase.SETUP
    house.wire.told.clear()
    call = offer(house, leg="two")
    assert call.phase is Phase.LEAVING
    assert call.caller.play.sound == "prompt:harassment-limit"
    assert "dial" not in house.wire.names()
    assert ("answer", "two", call.caller.port) in house.wire.told
    house.switchboard.on(PromptEnds("two", call.caller.play.id))
    assert house.wire.told[-2][:2] == ("hang_up", "two")
    assert house.switchboard.of_leg("two") is None
    assert await written(store, 1) == ["limit"]
    assert store.record[0].by == "两次"


async def test_or_is_refused_as_configured_and_counted(house, screen: Screening) -> None:
    with_policy(house, screen, rules=(TWICE,), announce=False)
    counted: list[str] = []
    house.switchboard.refused = counted.append
    offer(house, leg="one")
    assert offer(house, leg="two") is None
    assert house.wire.told[-1] == ("refuse", "two", 486, "Busy Here")
    assert counted == ["too-many-calls"]


async def test_a_diverted_call_rings_somebody_else(house, screen: Screening) -> None:
    with_policy(house, screen)
    screen.mark(HIM, "divert", "常客", "班长", None)
    offer(house)
    assert [told[2] for told in house.wire.told if told[0] == "dial"] == ["8009"]


async def test_a_mark_to_divert_without_anybody_to_divert_to_is_a_warning(house, screen: Screening) -> None:
    with_policy(house, screen, divert_to=())
    screen.mark(HIM, "divert", "常客", "班长", None)
    assert offer(house).caution.measure == "warn"
    assert house.wire.told[0][2] == "8001"


@pytest.mark.parametrize("measure", ["limit", "divert"])
async def test_an_emergency_is_never_kept_from_anybody(
    house, screen: Screening, monkeypatch: pytest.MonkeyPatch, measure: str
) -> None:
    monkeypatch.setitem(ROUTES, "12345", replace(ROUTES["12345"], emergency=True))
    with_policy(house, screen, rules=(Rule("每次", measure),))  # type: ignore[arg-type]
    for turn in range(5):
        call = offer(house, leg=f"leg{turn}")
        assert call.caution.measure == "warn"
        assert call.phase is Phase.SETUP
        assert "不拦" in call.caution.why
    assert {told[2] for told in house.wire.told if told[0] == "dial"} == {"8001"}


async def test_keys_agents_and_withheld_numbers_are_nobodys_harassment(house, screen: Screening) -> None:
    with_policy(house, screen, rules=(Rule("每次", "limit"),))
    event = Offered("a", "110", HIM, "", Origin("trunk", "pbx"), AUDIO, 1.0)
    assert screen.look(event, ROUTES["110"]) is None  # a PBX's transfer
    from_agent = replace(event, origin=Origin("agent", "8001"))
    assert screen.look(from_agent, ROUTES["12345"]) is None
    for number, private in (("anonymous", False), ("", False), (HIM, True)):
        hidden = replace(event, caller=number, private=private)
        assert screen.look(hidden, ROUTES["12345"]) is None
    assert screen.look(event, ROUTES["12345"]) is not None


async def test_a_mark_is_replaced_taken_back_and_outlives_a_restart(store: Store, screen: Screening) -> None:
    screen.mark(HIM, "mark", "一", "甲", 30)
    screen.mark(HIM, "warn", "二", "乙", None)
    assert [(mark.measure, mark.why) for mark in screen.marks()] == [("warn", "二")]
    await written(store, 2)
    again = Screening(Policy(), store, Clock())
    await again.start()
    assert [mark.why for mark in again.marks()] == ["二"]
    assert again.unmark(HIM, "误标", "丙")
    assert not again.unmark(HIM, "误标", "丙")
    await again.stop()
    assert store.kept == {}
    (last,) = await again.deeds(HIM, 1)
    assert (last.deed, last.by, last.why) == ("unmarked", "丙", "误标")


async def test_a_database_that_is_out_delays_the_record_and_no_call(
    house, store: Store, screen: Screening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.001)
    with_policy(house, screen, rules=(TWICE,))
    store.broken = True
    offer(house, leg="one")
    assert offer(house, leg="two").phase is Phase.LEAVING
    store.broken = False
    assert await written(store, 1) == ["limit"]


async def test_a_flood_of_deeds_loses_the_oldest(
    store: Store, screen: Screening, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turn in range(module.WAITING + 10):
        screen._record(str(turn), "warn", "x", "y")
    assert len(await written(store, module.WAITING)) == module.WAITING
    assert store.record[-1].number == str(module.WAITING + 9)

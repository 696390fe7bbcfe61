"""The handling desk over a real database: county 110, city 110 and 12345 as three desks that post to each
other, in any order, once or twice."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bridge.adapters.db import Database
from bridge.adapters.db_handlings import HandlingTable
from bridge.adapters.db_tables import OUTBOX
from bridge.errors import BridgeError, DeedNotNow, NoSuchTicket, NotTheirDeed, VersionMoved
from bridge.handling.codec import encode
from bridge.handling.letters import deed_of, sight_of
from bridge.handling.path import Parties
from bridge.handling.words import Deed, DeedName, Handling, Link
from bridge.ports_handling import Source
from bridge.services.feed import Inbox, LiveFeed
from bridge.services.handling_desk import HandlingDesk

NOW = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
KNOWN = frozenset({"110-dcf", "110", "12345", "119"})


class StillClock:
    def wall(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


class House:
    """One installation: its desk, and its outbox emptied by hand into the others'."""

    def __init__(self, name: str, database: Database) -> None:
        self.name, self.database = name, database
        self.feed = LiveFeed()
        self.store = HandlingTable(database, StillClock(), lambda _platform: None)
        own = frozenset({name}) if name else frozenset()
        self.desk = HandlingDesk(
            store=self.store, clock=StillClock(), feed=self.feed, parties=Parties(own, name, KNOWN)
        )

    async def letters(self) -> list[Any]:
        chosen = select(OUTBOX).where(OUTBOX.c.state == "waiting").order_by(OUTBOX.c.number)
        async with self.database.read() as connection:
            return list(await connection.execute(chosen))

    async def take(self, letter: Any, sender: str) -> None:
        body = json.loads(letter.body)
        source = Source(sender, letter.id)
        if letter.kind == "deed":
            ticket, deed = deed_of(body["data"])
            sight = sight_of(body["data"])
            await self.desk.do(ticket, deed, speaker=sender, source=source, sight=sight)
        else:
            await self.desk.received(body["data"], kind=letter.kind, speaker=sender, source=source)


Build = Callable[[str], Any]


@pytest.fixture
async def build(tmp_path: Path, blank_database: Path) -> AsyncIterator[Build]:
    async with AsyncExitStack() as stack:

        async def made(name: str) -> House:
            path = shutil.copy(blank_database, tmp_path / f"{name or 'between'}.db")
            database = Database(f"sqlite+aiosqlite:///{path}")
            await database.start()
            stack.push_async_callback(database.stop)
            house = House(name, database)
            await house.store.start()
            stack.push_async_callback(house.store.stop)
            return house

        yield made


async def post(*houses: House, twice: bool = False) -> None:
    """Until nothing waits: each letter to its platform's house, if it is one of these."""
    by_name = {house.name: house for house in houses}
    for _ in range(20):
        moved = False
        for house in houses:
            for letter in await house.letters():
                if letter.platform in by_name:
                    for _ in range(2 if twice else 1):
                        await carry(letter, house, by_name[letter.platform])
                    if letter.kind == "opened":
                        await house.desk.delivered(letter.ticket)
                done = update(OUTBOX).where(OUTBOX.c.id == letter.id).values(state="delivered")
                async with house.database.write() as connection:
                    await connection.execute(done)
                moved = True
        if not moved:
            return
    raise AssertionError("the post goes round in circles")


async def carry(letter: Any, sender: House, to: House) -> None:
    """As the push worker does: whoever is refused hears how the ticket stands there."""
    try:
        await to.take(letter, sender.name)
    except (DeedNotNow, NotTheirDeed):
        there = encode(await to.desk.handling(letter.ticket))
        await sender.desk.overruled(letter.ticket, to.name, there)


def papers(origin: str = "12345", target: str = "110", version: int = 1, **more: Any) -> dict[str, Any]:
    element = {"value": "", "source": "default"}
    names = ("who", "contact", "when", "where", "what")
    where = {"value": "东昌府区柳园南路26号", "source": "transcript", "resolved": "东昌府区柳园南路26号"}
    return {
        "schema": "bridge.ticket.v1", "ticket": "t1", "incident": "i1", "version": version,
        "from_platform": origin, "to_platform": target, "category": None, "alerts": [],
        "elements": dict.fromkeys(names, element) | {"where": where},
        **more,
    }  # fmt: skip


def deed(name: DeedName, by: str, **said: str) -> Deed:
    return Deed(f"{name}-{by}-{said}", name, by, NOW, **{"reason": "说明", **said})


async def state(house: House) -> tuple[str, str]:
    handling = await house.desk.handling("t1")
    return handling.state, handling.holder


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
async def test_two_platforms_close_the_loop(build: Build, twice: bool) -> None:
    ours, theirs = await build("12345"), await build("110")
    await ours.desk.received(papers(), kind="opened")
    await post(ours, theirs, twice=twice)
    assert await state(ours) == await state(theirs) == ("delivered", "110")
    for name, house in (("accept", theirs), ("start", theirs), ("feedback", theirs), ("close", ours)):
        await house.desk.do("t1", deed(name, house.name))  # type: ignore[arg-type]
        await post(ours, theirs, twice=twice)
    assert await state(ours) == await state(theirs) == ("closed", "110")
    log = [entry.document["deed"] for entry in await ours.store.log("t1")]
    assert [each and each["name"] for each in log] == [
        None, "deliver", "accept", "start", "feedback", "close",
    ]  # fmt: skip


async def test_a_county_hands_on_by_way_of_the_city_and_all_three_know_the_path(build: Build) -> None:
    county, city, hotline = await build("110-dcf"), await build("110"), await build("12345")
    sent = papers("110-dcf", "12345", path=["110-dcf", "110", "12345"])
    await county.desk.received(sent, kind="opened")
    await post(county, city, hotline)
    for house in (county, city, hotline):
        handling = await house.desk.handling("t1")
        assert (handling.path, handling.incident) == (("110-dcf", "110", "12345"), "i1")
    await hotline.desk.do("t1", deed("accept", "12345", number="H-7"))
    await hotline.desk.do("t1", deed("feedback", "12345"))
    await post(county, city, hotline)
    assert await state(county) == await state(city) == ("feedback", "12345")
    assert dict((await county.desk.handling("t1")).numbers) == {"12345": "H-7"}
    await county.desk.do("t1", deed("close", "110-dcf"))
    await post(county, city, hotline)
    assert await state(hotline) == ("closed", "12345")


async def test_a_city_puts_itself_on_the_path_of_a_county_that_did_not_name_it(build: Build) -> None:
    city = await build("110")
    await city.desk.received(papers("110-dcf", "12345"), kind="opened", speaker="110-dcf")
    assert (await city.desk.handling("t1")).path == ("110-dcf", "110", "12345")
    assert [letter.platform for letter in await city.letters()] == ["12345"]


async def test_a_bridge_between_two_foreign_platforms_passes_both_ways(build: Build) -> None:
    between = await build("")
    await between.desk.received(papers(), kind="opened", speaker="12345")
    assert [(letter.platform, letter.kind) for letter in await between.letters()] == [("110", "opened")]
    await between.desk.do("t1", deed("accept", "110"), speaker="110")
    assert [(letter.platform, letter.kind) for letter in await between.letters()][1:] == [("12345", "deed")]


async def test_nobody_speaks_in_anothers_name(build: Build) -> None:
    hotline, way = await build("12345"), ["110-dcf", "110", "12345"]
    await hotline.desk.received(papers("110-dcf", "12345", path=way), kind="opened", speaker="110")
    with pytest.raises(NotTheirDeed):
        await hotline.desk.do("t1", deed("accept", "12345"), speaker="110")
    with pytest.raises(NoSuchTicket):
        await hotline.desk.do("t1", deed("close", "119"), speaker="119")
    with pytest.raises(NotTheirDeed):
        await hotline.desk.do("t1", deed("withdraw", "110-dcf"))
    with pytest.raises(NotTheirDeed):
        await hotline.desk.received(papers("110", "12345", version=5), kind="update", speaker="110")
    with pytest.raises(NotTheirDeed):
        await hotline.desk.received(papers("120", "12345", ticket="t9"), kind="opened", speaker="120")
    withdrawn = await hotline.desk.do("t1", deed("withdraw", "110-dcf"), speaker="110")
    assert withdrawn.state == "withdrawn"


async def test_an_older_version_of_the_papers_changes_nothing(build: Build) -> None:
    hotline = await build("12345")
    for version in (1, 3, 2):
        document = papers("110", "12345", version, marker=version)
        await hotline.desk.received(document, kind="update", speaker="110")
    kept = await hotline.store.papers("t1")
    assert kept is not None
    assert kept["marker"] == 3


async def test_of_two_at_once_one_finds_the_version_moved(build: Build) -> None:
    theirs = await build("110")
    first = await theirs.desk.received(papers(), kind="opened", speaker="12345")
    both = await asyncio.gather(
        *(
            theirs.desk.do("t1", deed(name, "110"), expected=first.version)  # type: ignore[arg-type]
            for name in ("accept", "return")
        ),
        return_exceptions=True,
    )
    assert sorted(type(each) for each in both if isinstance(each, BridgeError)) == [VersionMoved]
    assert sum(isinstance(each, Handling) for each in both) == 1


async def test_what_turns_dangerous_at_12345_goes_back_to_the_police(build: Build) -> None:
    city, hotline = await build("110"), await build("12345")
    await city.desk.received(papers("110", "12345"), kind="opened")
    await post(city, hotline)
    await hotline.desk.do("t1", deed("accept", "12345"))
    with city.feed.listen() as inbox:
        await hotline.desk.do("t1", deed("escalate", "12345"))
        await post(city, hotline)
        events = [await inbox.next() for _ in range(2)]
    assert events[-1]["alarm"] is True
    assert await state(city) == ("delivered", "110")
    assert (await hotline.desk.handling("t1")).urgency == "danger"


async def test_a_third_platform_gets_the_papers_as_its_own(build: Build) -> None:
    hotline, fire = await build("12345"), await build("119")
    await hotline.desk.received(papers("12345", "110"), kind="opened")
    await hotline.desk.do("t1", deed("return", "110"), speaker="110")
    await hotline.desk.do("t1", deed("resend", "12345", to="119"))
    await post(hotline, fire)
    assert await state(hotline) == await state(fire) == ("delivered", "119")
    await fire.desk.do("t1", deed("accept", "119"))
    await post(hotline, fire)
    assert await state(hotline) == ("accepted", "119")


async def test_a_refusal_keeps_the_letter_from_counting_as_taken(build: Build) -> None:
    hotline = await build("12345")
    await hotline.desk.received(papers("110", "12345"), kind="opened", speaker="110")
    early = deed("close", "110")
    with pytest.raises(DeedNotNow):
        await hotline.desk.do("t1", early, speaker="110", source=Source("110", "m1"))
    await hotline.desk.do("t1", deed("accept", "12345"))
    await hotline.desk.do("t1", deed("feedback", "12345"))
    closed = await hotline.desk.do("t1", early, speaker="110", source=Source("110", "m1"))
    assert closed.state == "closed"


async def test_changes_are_read_from_a_cursor_and_only_ones_own(build: Build) -> None:
    hotline = await build("12345")
    await hotline.desk.received(papers("110", "12345"), kind="opened", speaker="110")
    await hotline.desk.received(papers("119", "12345", ticket="t2"), kind="opened", speaker="119")
    mine = await hotline.store.changes(0, 10, "110")
    assert [entry.ticket for entry in mine] == ["t1", "t1"]
    assert await hotline.store.changes(mine[-1].seq, 10, "110") == ()
    assert len(await hotline.store.changes(0, 10, "")) == 4
    assert len(await hotline.store.changes(0, 3, "")) == 3


def cause(**more: Any) -> dict[str, Any]:
    return papers("110", "12345", ticket="t2", pair={"ticket": "t1", "kin": "cause"}, **more)


async def test_110_hands_the_root_to_12345_and_hears_what_came_of_it(build: Build) -> None:
    """三(二)2: the dispute is settled on the spot, its root handed on, the outcome reported back."""
    city, hotline = await build("110"), await build("12345")
    await hotline.desk.received(papers(), kind="opened")
    await post(city, hotline)
    await city.desk.do("t1", deed("accept", "110"))
    await city.desk.received(cause(), kind="opened")
    await post(city, hotline, twice=True)
    for house in (city, hotline):
        first, second = [await house.desk.handling(name) for name in ("t1", "t2")]
        assert first.links == (Link("cause", "t2"),)
        assert second.links == (Link("outcome", "t1"),)
        assert first.incident == second.incident
    await hotline.desk.do("t2", deed("accept", "12345"))
    await hotline.desk.do("t2", Deed("f1", "feedback", "12345", NOW, reason="欠薪已结清"))
    await post(city, hotline, twice=True)
    for house in (city, hotline):
        told = [each.document["deed"] for each in await house.store.log("t1")][-1]
        assert (told["name"], told["to"], told["reason"]) == ("outcome", "t2", "欠薪已结清")
        assert (await house.desk.handling("t1")).state == "accepted"


async def test_an_outcome_is_told_once_however_often_the_news_comes(build: Build) -> None:
    city = await build("110")
    await city.desk.received(papers(), kind="opened", speaker="12345")
    await city.desk.received(cause(), kind="opened")
    step = Deed("f1", "feedback", "12345", NOW, reason="已结清")
    await city.desk.do("t2", deed("accept", "12345"), speaker="12345")
    for letter in ("m1", "m2"):
        await city.desk.do("t2", step, speaker="12345", source=Source("12345", letter))
    names = [(each.document["deed"] or {}).get("name") for each in await city.store.log("t1")]
    assert names.count("outcome") == 1


async def test_the_second_of_a_pair_lives_where_the_first_was_never_seen(build: Build) -> None:
    hotline = await build("12345")
    second = await hotline.desk.received(cause(), kind="opened", speaker="110")
    assert (second.state, second.links) == ("delivered", (Link("outcome", "t1"),))
    await hotline.desk.do("t2", deed("accept", "12345"))
    await hotline.desk.do("t2", deed("feedback", "12345"))


async def test_two_tickets_of_one_thing_name_each_other_once(build: Build) -> None:
    city = await build("110")
    await city.desk.received(papers(), kind="opened", speaker="12345")
    await city.desk.received(papers(ticket="t2", incident="i2"), kind="opened", speaker="12345")
    for _ in range(2):
        await city.desk.link("t2", "duplicate", "t1")
    await city.desk.link("t2", "duplicate", "t0")
    await city.desk.link("none", "duplicate", "t1")
    assert (await city.desk.handling("t1")).links == (Link("duplicate", "t2"),)
    assert (await city.desk.handling("t2")).links == (Link("duplicate", "t1"), Link("duplicate", "t0"))


async def both_at_once(
    build: Build, before: tuple[tuple[DeedName, str], ...], *at_once: tuple[DeedName, str]
) -> tuple[House, House, House]:
    """A county's ticket for 12345; after `before`, all of `at_once` are done before any post is carried."""
    county, city, hotline = await build("110-dcf"), await build("110"), await build("12345")
    sent = papers("110-dcf", "12345", path=["110-dcf", "110", "12345"])
    await county.desk.received(sent, kind="opened")
    houses = {house.name: house for house in (county, city, hotline)}
    await post(county, city, hotline)
    for name, by in before:
        await houses[by].desk.do("t1", deed(name, by))
        await post(county, city, hotline)
    for name, by in at_once:
        await houses[by].desk.do("t1", deed(name, by, owner="12345", number=f"again {name}"))
    return county, city, hotline


LATER: tuple[tuple[DeedName, str], ...] = (("accept", "12345"), ("start", "12345"), ("feedback", "12345"))


@pytest.mark.parametrize(
    ("before", "at_once", "truth"),
    [
        ((), (("accept", "12345"), ("withdraw", "110-dcf")), "withdrawn"),
        ((), (("return", "12345"), ("withdraw", "110-dcf")), "withdrawn"),
        (LATER[:2], (("feedback", "12345"), ("negotiate", "110-dcf")), "negotiating"),
        (LATER, (("feedback", "12345"), ("reopen", "110-dcf")), "handling"),
        (LATER, (("feedback", "12345"), ("close", "110-dcf")), "closed"),
        ((), (("return", "12345"), ("urge", "110-dcf")), "returned"),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
async def test_two_who_act_at_once_come_to_agree_with_the_origins_side(
    build: Build, before: Any, at_once: Any, truth: str, backwards: bool
) -> None:
    houses = await both_at_once(build, before, *at_once)
    await post(*(reversed(houses) if backwards else houses))
    states = [(await state(house))[0] for house in houses]
    assert states == [truth] * 3
    assert len({(await state(house))[1] for house in houses}) == 1


async def test_what_a_stranger_says_of_our_copy_is_not_believed(build: Build) -> None:
    county, city, hotline = await both_at_once(build, ())
    truth = encode(await county.desk.handling("t1"))
    lies: tuple[dict[str, Any], ...] = (
        {}, {**truth, "state": "burnt"}, {**truth, "state": "closed", "holder": "999"},
        {**truth, "state": "closed", "incident": "other"}, {**truth, "state": "closed", "path": ["110"]},
        {**truth, "state": ["closed"]}, {**truth, "state": "closed", "owner": 7},
    )  # fmt: skip
    for said in lies:
        await hotline.desk.overruled("t1", "110", said)
    await city.desk.overruled("t1", "12345", {**truth, "state": "closed"})
    assert await state(hotline) == await state(city) == ("delivered", "12345")
    with hotline.feed.listen() as inbox:
        await hotline.desk.overruled("t1", "110", {**truth, "state": "withdrawn"})
        event = await inbox.next()
    assert (event["deed"], event["alarm"], event["handling"]["state"]) == ("correct", True, "withdrawn")


async def told(inbox: Inbox) -> list[tuple[str, str, bool]]:
    """What pages have been told by now: ticket, deed, alarm."""
    inbox.put({"type": "end", "seq": 0})
    heard = []
    while (event := await inbox.next())["type"] != "end":
        heard.append((event["ticket"], event["deed"], event["alarm"]))
    return heard


async def test_pages_hear_of_every_change_and_what_each_platform_may_do_now(build: Build) -> None:
    city = await build("110")
    with city.feed.listen() as inbox:
        await city.desk.received(papers(), kind="opened", speaker="12345")
        event = await inbox.next()
        assert (event["deed"], event["by"], event["handling"]["state"]) == ("open", "12345", "delivered")
        assert event["may"][""] == event["may"]["110"] == ["accept", "return", "negotiate", "escalate"]
        assert event["may"]["12345"] == ["withdraw", "negotiate", "escalate", "urge"]
        await city.desk.do("t1", deed("accept", "110", who="李警官"))
        event = await inbox.next()
        assert (event["deed"], event["by"], event["who"]) == ("accept", "110", "李警官")
        await city.desk.do("t1", deed("accept", "110", who="李警官"))
        assert await told(inbox) == [], "the same deed again is no news"
        risen = papers(version=2, alerts=[{"state": "confirmed"}])
        await city.desk.received(risen, kind="update", speaker="12345")
        assert await told(inbox) == [("t1", "papers", False)]
        await city.desk.received(papers(version=3, alerts=risen["alerts"]), kind="update", speaker="12345")
        assert await told(inbox) == [], "papers that change nothing of it"


async def test_pages_hear_of_the_other_ticket_of_a_pair_too(build: Build) -> None:
    city = await build("110")
    await city.desk.received(papers(), kind="opened", speaker="12345")
    with city.feed.listen() as inbox:
        await city.desk.received(cause(), kind="opened")
        assert await told(inbox) == [("t2", "open", False), ("t1", "link", False)]
        await city.desk.do("t2", deed("accept", "12345"), speaker="12345")
        await city.desk.do("t2", deed("feedback", "12345"), speaker="12345")
        heard = await told(inbox)
        assert heard[1:] == [("t2", "feedback", False), ("t1", "outcome", True)]
        await city.desk.link("t2", "duplicate", "t1")
        assert await told(inbox) == [("t2", "link", False), ("t1", "link", False)]

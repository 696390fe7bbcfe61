"""Bridges against each other: the 12345 side with its telephones, the city's 110, a county's 110, and one
that stands between two foreign platforms. One ticket, one incident, one path, and the same log everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.wire.exchange import Door, Post, Stranger, agree, deeds, done, handling, new_secret
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.sipp import until

COUNTY = "110-dcf"
VIA = {COUNTY: "110"}
LOOP = ["open", "deliver", "accept", "start", "feedback", "close"]


class Between:
    """A bridge that works for nobody, and the two systems of others that it stands between."""

    def __init__(self, folder: Path) -> None:
        self.post = Post(folder / "between", "")
        self.fire, self.water = (Stranger(folder, name, self.post.port) for name in ("119", "water"))
        doors = {each.name: Door(each.port, "bridge", each.secret) for each in (self.fire, self.water)}
        self.post.configure({**doors}, {})

    def stop(self) -> None:
        """All three."""
        self.post.stop()
        self.fire.stop()
        self.water.stop()


@dataclass
class Land:
    """hotline: 12345, with telephones; city, county: the 110s; between: nobody's own."""

    hotline: House
    city: Post
    county: Post
    between: Between


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Land]:
    folder = tmp_path_factory.mktemp("land")
    house = House(folder, door="exchange/v1/partners/12345/events")
    city, county = Post(folder / "city", "110", house.platform), Post(folder / "county", COUNTY)
    near = new_secret(folder, "near")
    city.configure(
        {
            "110": None,
            "12345": Door(house.page, "110", folder / "tickets.secret"),
            COUNTY: Door(county.port, "110", near),
        },
        VIA,
    )
    county.configure({COUNTY: None, "110": Door(city.port, COUNTY, near), "12345": None}, VIA)
    between = Between(folder)
    try:
        for post in (city, county, between.post):
            post.begin()
        house.start_bridge()
        for post in (city, county, between.post):
            post.ready()
        yield Land(house, city, county, between)
    finally:
        for each in (city, county, between, house):
            each.stop()


@pytest.fixture
def house(land: Land) -> House:
    """Instead of the shared one."""
    return land.hotline


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    """This test's telephones."""
    yield from phones_of(house, need, tmp_path)


def test_a_bridge_of_nobodys_own_passes_between_two_systems_of_others(land: Land) -> None:
    fire, water, post = land.between.fire, land.between.water, land.between.post
    papers = {
        "schema": "bridge.ticket.v1", "ticket": "f1", "incident": "i1", "version": 1,
        "from_platform": "119", "to_platform": "water", "elements": {"what": {"value": "消火栓没有水"}},
    }  # fmt: skip
    assert fire.says("m1", "ticket.opened", papers).json()["state"] == "draft"
    (opened,) = water.heard("ticket.opened", "f1")
    assert opened["data"]["elements"]["what"]["value"] == "消火栓没有水"
    agree("f1", "delivered", post.http)
    for number, (kind, deed, said) in enumerate(
        (("accepted", "accept", {"number": "W-1"}), ("feedback", "feedback", {"reason": "已修好"}))
    ):
        letter = water.deed(deed, opened["data"], **said)
        assert water.says(f"m{number}", f"ticket.{kind}", letter).status_code == 200
        (told,) = fire.heard(f"ticket.{kind}", "f1")
        assert (told["data"]["deed"]["by"], told["data"]["handling"]["numbers"]) == (
            "water",
            {"water": "W-1"},
        )
    assert fire.says("m2", "ticket.closed", fire.deed("close", opened["data"])).json()["state"] == "closed"
    assert water.heard("ticket.closed", "f1")
    assert deeds(post.http, "f1") == ["open", "deliver", "accept", "feedback", "close"]


def asked(county: Post, what: str) -> str:
    """A request by the web at the county's 110, for 12345: the ticket's number."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    request = {"to": "12345", "what": what, "who": "李某", "contact": "15463502789", "where": "东昌府区"}
    first, again = (county.http.post("/exchange/v1/tickets", json=request, headers=key) for _ in range(2))
    assert first.status_code == 201, first.text
    assert again.json()["ticket"] == first.json()["ticket"]
    return str(first.json()["ticket"])


def test_a_request_by_the_web_goes_from_the_county_by_the_city_to_12345(land: Land) -> None:
    hotline, city, county = land.hotline.api, land.city.http, land.county.http
    refused = county.post(
        "/exchange/v1/tickets",
        json={"to": "12345", "what": "路灯不亮", "category": "no-such"},
        headers={"Idempotency-Key": "bad"},
    )
    assert refused.status_code == 400, refused.text
    ticket = asked(land.county, "路灯不亮")
    agree(ticket, "delivered", hotline, city, county)
    assert hotline.get(f"/exchange/v1/tickets/{ticket}").json()["papers"]["channel"] == "web"
    done(hotline, ticket, "accept", number="H-1")
    done(hotline, ticket, "start")
    done(hotline, ticket, "feedback", reason="已转市政修好")
    agree(ticket, "feedback", hotline, city, county)
    land.county.do(ticket, "close")
    agree(ticket, "closed", hotline, city, county)
    for http in (hotline, city, county):
        seen = handling(http, ticket)
        assert (seen["path"], seen["origin"], seen["holder"]) == ([COUNTY, "110", "12345"], COUNTY, "12345")
        assert (seen["incident"], seen["numbers"]) == (ticket, {"12345": "H-1"})
        assert deeds(http, ticket) == LOOP


def test_the_ticket_is_there_before_the_desk_answers_and_the_loop_closes(land: Land, phones: Phones) -> None:
    hotline, city = land.hotline.api, land.city
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    agent.cue()
    incident = land.hotline.the_call(lambda call: bool(call["transfers"]))["transfers"][0]["incident"]
    ticket = until(
        lambda: next(
            (each["ticket"] for each in city.changes() if each["handling"]["incident"] == incident), ""
        ),
        "the ticket at the city's 110",
    )
    assert land.hotline.the_call()["transfers"][0]["state"] in {"dialling", "ringing"}
    assert city.do(ticket, "accept", number="J-1", who="2001")["state"] == "accepted"
    agree(ticket, "accepted", hotline)
    desk.cue()
    agent.done()
    speak(desk)
    caller.voice.hears(desk.voice)
    city.do(ticket, "start")
    city.do(ticket, "feedback", reason="已到现场处置")
    agree(ticket, "feedback", hotline)
    caller.cue()
    phones.done()
    final = until(
        lambda: city.http.get(f"/exchange/v1/tickets/{ticket}").json()["papers"]["state"] == "final",
        "the final version at the city's 110",
    )
    assert final
    done(hotline, ticket, "close")
    agree(ticket, "closed", hotline, city.http)
    assert deeds(hotline, ticket) == deeds(city.http, ticket) == LOOP
    ours, theirs = handling(hotline, ticket), handling(city.http, ticket)
    for same in ("incident", "path", "numbers", "origin", "target", "holder", "version"):
        assert ours[same] == theirs[same], same
    assert (ours["incident"], ours["path"], ours["numbers"]) == (incident, ["12345", "110"], {"110": "J-1"})


def test_a_city_that_dies_in_the_middle_loses_nothing_and_doubles_nothing(land: Land) -> None:
    hotline, city, county = land.hotline.api, land.city, land.county.http
    ticket = asked(land.county, "井盖缺失")
    torn = asked(land.county, "噪声扰民")
    for each in (ticket, torn):
        agree(each, "delivered", hotline, city.http, county)
    done(hotline, ticket, "accept")
    agree(ticket, "accepted", hotline, city.http, county)
    city.die()
    later = asked(land.county, "积水")
    done(hotline, ticket, "start")
    done(hotline, ticket, "feedback", reason="已补上")
    land.county.do(ticket, "urge")
    done(hotline, torn, "return", reason="不属我方")
    land.county.do(torn, "withdraw", reason="重复")
    city.begin()
    city.ready()
    agree(ticket, "feedback", hotline, city.http, county)
    agree(later, "delivered", hotline, city.http, county)
    agree(torn, "withdrawn", hotline, city.http, county)
    done(county, ticket, "close")
    agree(ticket, "closed", hotline, city.http, county)
    for http in (hotline, city.http, county):
        log = deeds(http, ticket)
        assert sorted(log) == sorted(set(log))
        assert set(log) >= {"open", "deliver", "accept", "start", "feedback", "close"}

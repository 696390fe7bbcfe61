"""The trunks as they are: which address first, who is dead, who is full."""

from __future__ import annotations

from bridge.routing.addresses import Place
from bridge.routing.health import DOWN_AFTER, UP_AFTER
from bridge.routing.plan import Plan, Target
from bridge.routing.standing import Standing
from bridge.services.trunks import Line, Trunks

ONE, TWO = Place("10.0.0.1", 5060), Place("10.0.0.2", 5060, priority=1)


class Changes:
    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []
        lines = {
            "police": Line("市局", places=(ONE, TWO), probe_seconds=30.0),
            "carrier": Line(places=(ONE,), channels=3, reserved=1),
            "named": Line(probe_seconds=30.0),
            "door": Line(outbound=False),
        }
        self.trunks = Trunks(lines, lambda: 0.5, lambda name, up: self.told.append((name, up)))

    def silent(self, trunk: str, place: Place) -> None:
        for _ in range(DOWN_AFTER):
            self.trunks.heard(trunk, place, answered=False)

    def speaks(self, trunk: str, place: Place) -> None:
        for _ in range(UP_AFTER):
            self.trunks.heard(trunk, place, answered=True)


def test_a_dead_address_goes_last_and_the_trunk_lives_on() -> None:
    world = Changes()
    assert world.trunks.order("police") == (ONE, TWO)
    world.silent("police", ONE)
    assert world.trunks.order("police") == (TWO, ONE)
    assert world.trunks.up("police")
    assert world.told == []


def test_a_trunk_is_dead_when_all_its_addresses_are_and_told_once() -> None:
    world = Changes()
    for place in (ONE, TWO):
        world.silent("police", place)
        world.silent("police", place)
    assert world.told == [("police", False)]
    assert world.trunks.standing("police") == Standing(up=False)
    world.speaks("police", TWO)
    assert world.told == [("police", False), ("police", True)]
    assert world.trunks.order("police") == (TWO, ONE)


def test_doubt_is_looked_into_sooner_than_health() -> None:
    world = Changes()
    assert world.trunks.heard("police", ONE, answered=True) == 30.0
    assert world.trunks.heard("police", ONE, answered=False) < 30.0


def test_a_name_that_stands_for_nothing_is_dead_until_it_does() -> None:
    world = Changes()
    world.trunks.learn("named", ())
    world.trunks.learn("named", (ONE,))
    assert world.told == [("named", False), ("named", True)]
    world.silent("named", ONE)
    world.trunks.learn("named", (TWO,))  # the server has moved
    assert world.told[2:] == [("named", False), ("named", True)]


def test_channels_are_taken_and_given_back() -> None:
    trunks = Changes().trunks
    assert trunks.take("a", "carrier", emergency=False)
    trunks.note("b", "carrier")
    assert not trunks.take("c", "carrier", emergency=False)
    assert trunks.take("c", "carrier", emergency=True)
    assert not trunks.take("d", "carrier", emergency=True)
    trunks.free("a")
    trunks.free("a")
    assert trunks.used("carrier") == 2
    assert trunks.take("d", "carrier", emergency=True)
    trunks.note("e", "carrier")  # one that came in is in, whatever we thought
    assert trunks.used("carrier") == 4


def test_without_a_limit_everybody_fits() -> None:
    trunks = Changes().trunks
    assert all(trunks.take(str(leg), "police", emergency=False) for leg in range(50))
    assert trunks.take("x", "somewhere", emergency=False)


def test_a_plan_is_arranged_only_when_there_is_trouble() -> None:
    world = Changes()
    targets = tuple(Target("trunk", "110", trunk, 30, 4) for trunk in ("police", "carrier"))
    plan = Plan("out", "110", "110", "direct", targets)
    assert world.trunks.arrange(plan) is plan
    world.silent("police", ONE)
    world.silent("police", TWO)
    assert [target.trunk for target in world.trunks.arrange(plan).targets] == ["carrier", "police"]


def test_status_for_pages() -> None:
    world = Changes()
    world.silent("police", ONE)
    world.trunks.note("a", "carrier")
    shown = {each["name"]: each for each in world.trunks.status()}
    assert {name: each["state"] for name, each in shown.items()} == {
        "police": "up",
        "carrier": "unprobed",
        "named": "up",
        "door": "inbound",
    }
    assert shown["police"]["addresses"] == [
        {"address": "udp:10.0.0.1:5060", "state": "down"},
        {"address": "udp:10.0.0.2:5060", "state": "up"},
    ]
    assert (shown["carrier"]["calls"], shown["carrier"]["channels"], shown["carrier"]["reserved"]) == (
        1,
        3,
        1,
    )

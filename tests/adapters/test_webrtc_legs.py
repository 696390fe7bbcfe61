"""Legs of telephones in the page between a fake webrtc process, fake pages and a switchboard that writes down
what it hears; and which door a leg's orders go to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.adapters.leg_router import LegRouter
from bridge.adapters.phone_book import PhoneBook
from bridge.adapters.webrtc_legs import BrowserLegs
from bridge.adapters.webrtc_line import PAGE_SECONDS
from bridge.calls.events import Answers, Holds, Leaves, Lives, Offered, Refuses, Reoffers, Rings
from bridge.errors import WrongMoment
from bridge.media.browser import Aim, Candidate, Close, Failed, Heard, Open, Opened, Order, Up
from bridge.ports import DialOrder
from bridge.routing.plan import Target
from bridge.softphone.words import Said

TARGET = Target("agent", "8020", None, 30, 4)
ORDER = DialOrder(TARGET, 21000, "13906350001", display="张三")
RETURN = 20.0


class World:
    """Client, timers, clock and listener in one."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.heard: list[Any] = []
        self.keys: list[str] = []
        self.alarms: list[tuple[float, Callable[[], None], list[bool]]] = []
        self.there, self.refuse = True, False
        self.legs = BrowserLegs(
            client=self, near="127.0.0.1", about=self.about, name_of=lambda extension: "梅话务",
            return_seconds=RETURN, timers=self, clock=self, new_id=lambda: "own",
        )  # type: ignore[arg-type]  # fmt: skip
        self.legs.listener = self
        self.book = self.legs.book = PhoneBook(
            ["8020", "8021"], speaks=self.legs.speaks, gone=self.legs.page_gone, back=self.legs.page_back
        )

    def about(self, leg: str) -> dict[str, str]:
        return {"call": leg.partition(".")[0], "number": "12345", "incident": "", "leg": leg}

    def order(self, *orders: Order) -> bool:
        self.orders += orders if self.there else ()
        return self.there

    def after(self, seconds: float, then: Callable[[], None]) -> Any:
        alive = [True]
        self.alarms.append((seconds, then, alive))

        class Handle:
            def cancel(self) -> None:
                alive[0] = False

        return Handle()

    def monotonic(self) -> float:
        return 100.0

    def offered(self, event: Offered) -> None:
        self.heard.append(event)
        if self.refuse:
            self.legs.refuse(event.leg, 404, "Not Found")

    def on(self, event: Any) -> None:
        self.heard.append(event)

    def digit(self, leg: str, digit: str, at: float) -> None:
        self.keys.append(digit)

    def rings(self, *seconds: float) -> None:
        """Every alarm of so many seconds that was not stopped goes off."""
        due, self.alarms = self.alarms, []
        for each, then, alive in due:
            if each not in seconds:
                self.alarms.append((each, then, alive))
            elif alive[0]:
                then()

    def take(self) -> list[Any]:
        heard, self.heard = self.heard, []
        return heard


class Page:
    """What it was told."""

    def __init__(self, tab: str = "a") -> None:
        self.tab, self.told, self.left = tab, list[dict[str, Any]](), False

    def tell(self, message: dict[str, Any]) -> None:
        self.told.append(message)

    def leave(self) -> None:
        self.left = True

    def kinds(self) -> list[str]:
        kinds = [message["type"] for message in self.told]
        self.told.clear()
        return kinds


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def page(world: World) -> Page:
    page = Page()
    assert world.book.come(page, "8020")
    world.book.make_ready("8020", ready=True)
    return page


def say(world: World, kind: str, call: str = "c", **fields: str) -> None:
    world.legs.said("8020", Said(kind, {"call": call, **fields}))


def opened(world: World, leg: str, turn: int = 1, port: int = 40000) -> None:
    world.legs.told(Opened(leg, turn, "answer", port, "PCMA"))


def talking(world: World, page: Page) -> None:
    world.legs.dial("c.1", ORDER)
    world.rings(0.0)
    say(world, "answer", sdp="offer")
    opened(world, "c.1")
    world.legs.told(Up("c.1", 1))
    page.told.clear()


def test_a_call_rings_and_is_answered(world: World, page: Page) -> None:
    world.legs.dial("c.1", ORDER)
    ring = page.told[0]
    shown = {"caller": "13906350001", "display": "张三", "call": "c", "number": "12345"}
    assert (ring["type"], ring | shown) == ("ring", ring)
    world.rings(0.0)
    assert world.take() == [Lives("c.1"), Rings("c.1")]
    say(world, "answer", sdp="offer")
    assert world.orders == [Open("c.1", 1, "offer")]
    opened(world, "c.1")
    assert world.orders[1:] == [Aim("c.1", 21000)]
    assert world.take() == [], "answered is told when the voice is there"
    world.legs.told(Up("c.1", 1))
    (answer,) = world.take()
    assert isinstance(answer, Answers)
    assert answer.audio is not None
    assert (answer.audio.remote, answer.audio.codec) == (("127.0.0.1", 40000), "PCMA")
    assert page.kinds() == ["ring", "answer", "talking"]


def test_declined_ended_and_never_connected(world: World, page: Page) -> None:
    world.legs.dial("c.1", ORDER)
    say(world, "hangup")
    world.legs.dial("c.2", ORDER)
    world.legs.hang_up("c.2", "caller left")
    world.legs.dial("c.3", ORDER)
    say(world, "answer", sdp="offer")
    world.legs.told(Failed("c.3", 1, "not-connected"))
    assert world.take() == [Refuses("c.1", 486, "Busy Here"), Refuses("c.3", 480, "Temporarily Unavailable")]
    assert page.kinds() == ["ring", "over", "ring", "over", "ring", "over"]
    assert world.orders[-1] == Close("c.3")


def test_one_call_at_a_time(world: World, page: Page) -> None:
    world.legs.dial("c.1", ORDER)
    world.legs.dial("d.1", ORDER)
    world.rings(0.0)
    assert Refuses("d.1", 486, "Busy Here") in world.take()
    with pytest.raises(WrongMoment, match="还有一通"):
        world.legs.said("8020", Said("call", {"number": "110", "sdp": "x"}))
    with pytest.raises(WrongMoment, match="没有这通电话"):
        say(world, "hangup", call="other")


def test_hold_is_the_calls_own(world: World, page: Page) -> None:
    talking(world, page)
    world.take()
    say(world, "hold")
    say(world, "resume")
    assert world.take() == [Holds("c.1", on=True), Holds("c.1", on=False)]
    assert [message["on"] for message in page.told] == [True, False]


def test_a_voice_that_is_gone_comes_back_by_a_new_offer(world: World, page: Page) -> None:
    talking(world, page)
    world.take()
    world.legs.told(Heard("c.1", there=False))
    (gone,) = world.take()
    assert isinstance(gone, Reoffers)
    assert gone.audio.direction == "inactive"
    say(world, "offer", sdp="again")
    opened(world, "c.1", 2, 40002)
    world.legs.told(Failed("c.1", 1, "not-connected"))  # of the connection before
    world.legs.told(Up("c.1", 2))
    back = world.take()[-1]
    assert (back.audio.direction, back.audio.remote) == ("sendrecv", ("127.0.0.1", 40002))
    world.rings(RETURN)
    assert world.take() == [], "the clock was stopped"


def test_a_voice_that_stays_away_is_a_dead_line(world: World, page: Page) -> None:
    talking(world, page)
    world.legs.told(Heard("c.1", there=False))
    world.take()
    world.rings(RETURN)
    assert world.take() == [Leaves("c.1", "lost")]
    assert not world.legs.has("c.1")


def test_the_process_dies_and_pages_offer_anew(world: World, page: Page) -> None:
    talking(world, page)
    world.take()
    world.there = False
    world.legs.process_gone()
    assert isinstance(world.take()[0], Reoffers)
    world.there = True
    world.legs.process_there()
    assert page.kinds() == ["away", "renegotiate"]


def test_a_page_calls_and_is_answered_or_refused(world: World, page: Page) -> None:
    world.legs.said("8020", Said("call", {"number": "110", "sdp": "offer"}))
    opened(world, "own")
    (offer,) = world.take()
    assert isinstance(offer, Offered)
    assert (offer.number, offer.caller, offer.origin) == ("110", "8020", ("agent", "8020"))
    world.legs.ring("own", 21002, early=False)
    world.legs.answer("own", 21002)
    assert Aim("own", 21002) in world.orders
    assert page.kinds() == ["answer", "calling", "ringing", "talking"]
    say(world, "digits", call="own", digits="4#")
    assert world.keys == ["4", "#"]
    say(world, "hangup", call="own")
    assert world.take() == [Leaves("own", "bye")]

    world.refuse = True
    world.legs.said("8020", Said("call", {"number": "9", "sdp": "offer"}))
    opened(world, "own")
    assert page.kinds() == ["over", "answer", "over"]


def test_a_ringing_telephone_waits_a_moment_for_its_page(world: World, page: Page) -> None:
    world.legs.dial("c.1", ORDER)
    world.book.go(page, "8020")
    again = Page()
    assert world.book.come(again, "8020")
    assert again.kinds() == ["ring"]
    world.book.go(again, "8020")
    world.take()
    world.rings(PAGE_SECONDS)
    assert world.take() == [Refuses("c.1", 480, "Temporarily Unavailable")]


def test_one_page_has_the_telephone(world: World, page: Page) -> None:
    other = Page("b")
    assert not world.book.come(other, "8020")
    assert world.book.come(other, "8020", take=True)
    assert page.left
    assert not world.book.reachable("8020"), "the new page says itself that it is ready"
    world.book.go(page, "8020")
    assert world.book.has(other, "8020"), "who was told to leave takes nothing along"


def test_a_lost_socket_keeps_the_telephone_while_its_voice_is_there(world: World, page: Page) -> None:
    talking(world, page)
    world.book.go(page, "8020")
    assert world.take()[-1:] != [Leaves("c.1", "lost")]
    assert not world.book.come(Page("b"), "8020")
    assert world.book.come(Page("a"), "8020"), "the same page, anew"
    world.book.go(world.book._phones["8020"].page, "8020")  # type: ignore[arg-type]
    world.legs.told(Heard("c.1", there=False))
    assert world.book.come(Page("b"), "8020"), "nobody speaks there any more"


def test_late_candidates_go_to_the_process(world: World, page: Page) -> None:
    talking(world, page)
    say(world, "candidate", candidate="candidate:1 1 udp 1 192.0.2.1 5 typ host")
    assert world.orders[-1] == Candidate("c.1", "candidate:1 1 udp 1 192.0.2.1 5 typ host", "0")


def test_orders_go_to_the_door_a_leg_came_by(world: World, page: Page) -> None:
    told: list[tuple[Any, ...]] = []

    class Sip:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *args, **more: told.append((name, *args, *more.values()))

    router = LegRouter(Sip(), world.legs, world.book.reachable)  # type: ignore[arg-type]
    elsewhere = DialOrder(Target("agent", "8021", None, 30, 4), 21004, "1")
    router.dial("c.1", ORDER)
    router.dial("d.1", elsewhere)
    router.hang_up("c.1", "x")
    router.hang_up("c.1", "x")
    router.ring("s", 1, early=True)
    router.answer("s", 1)
    router.refuse("s", 486, "Busy Here")
    router.bring_home("s")
    router.pass_digit("s", "1")
    router.accept_key("s")
    router.refuse_key("s", 491, "x")
    router.tell_key("s", 100, "x")
    router.move("m", "s", elsewhere)
    assert page.kinds() == ["ring", "over"]
    assert told == [
        ("dial", "d.1", elsewhere), ("hang_up", "c.1", "x"), ("ring", "s", 1, True), ("answer", "s", 1),
        ("refuse", "s", 486, "Busy Here", None), ("bring_home", "s"), ("pass_digit", "s", "1"),
        ("accept_key", "s"), ("refuse_key", "s", 491, "x"), ("tell_key", "s", 100, "x"),
        ("move", "m", "s", elsewhere),
    ]  # fmt: skip

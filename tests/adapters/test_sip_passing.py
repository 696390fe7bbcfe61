"""Passing between an rtpengine whose answers the test gives, and a user agent that only notes what it is
told: the orders that a real one seldom brings about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.adapters.sip_line import Line
from bridge.adapters.sip_passing import Passing
from bridge.adapters.sip_secrecy import NOBODY
from bridge.calls.events import LegEvent, Passes
from bridge.clock import SystemClock
from bridge.media.ng import Answer, Command, Delete, Offer, Query, Reply

SDP = b"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
THERE = SDP.replace(b"10.0.0.9", b"10.0.0.5")
HERE = b"c=IN IP4 10.0.0.1\r\n"
Then = Callable[[Reply | None], None]


class Engine:
    """Keeps the questions until the test answers."""

    def __init__(self) -> None:
        self.up = True
        self.lost: Callable[[], None] = lambda: None
        self.beat: Callable[[], None] = lambda: None
        self.open: list[tuple[Command, Then | None]] = []
        self.deleted: list[str] = []

    def ask(self, command: Command, then: Then | None = None) -> None:
        if isinstance(command, Delete):
            self.deleted.append(command.call)
        else:
            self.open.append((command, then))

    def says(self, kind: type[Command], reply: Reply | None) -> None:  # type: ignore[valid-type]
        command, then = self.open.pop(0)
        assert isinstance(command, kind)  # type: ignore[arg-type]
        assert then is not None
        then(reply)


class Stack:
    """Notes the re-INVITEs."""

    def __init__(self) -> None:
        self.offered: list[tuple[str, bytes]] = []

    def run(self, command: Callable[[Any, float], list[Any]]) -> None:
        command(self, 1.0)

    def reinvite(self, leg: str, body: bytes, _now: float) -> list[Any]:
        self.offered.append((leg, body))
        return []

    def soon(self, then: Callable[[], None]) -> None:
        then()


class Scene:
    """A caller who waits, and a leg about to be invited. needs_us: what the call's rule would say to each
    piece of news: bring it home, or not."""

    def __init__(self) -> None:
        self.engine, self.stack = Engine(), Stack()
        self.line = Line(self.stack, "10.0.0.1", SystemClock(), lambda: 7, secrecy=NOBODY, noise=False)
        self.passing = Passing(self.line, self.engine)
        self.line.listener = self  # type: ignore[assignment]
        self.heard: list[LegEvent] = []
        self.needs_us = False
        self.line.describe("in", offer=SDP)
        self.line.describe("out", 20002)
        self.invited: list[bytes] = []
        self.went_on = 0

    def on(self, event: LegEvent) -> None:
        self.heard.append(event)
        if isinstance(event, Passes) and (self.needs_us or not event.on):
            self.passing.bring_home(event.leg)

    def offer(self) -> None:
        assert self.passing.takes("out", "in")
        self.passing.offer("out", "in", self.invited.append)

    def answer(self) -> None:
        self.passing.answer("out", SDP, self._goes_on)

    def _goes_on(self) -> None:
        self.went_on += 1


@pytest.fixture
def scene() -> Scene:
    return Scene()


WELL = Reply("c", "ok", THERE)
ERROR = Reply("c", "error", b"", "Unknown call-id")


def test_a_call_that_needs_us_before_its_invite_is_ours(scene: Scene) -> None:
    scene.offer()
    scene.needs_us = True
    scene.engine.says(Offer, WELL)
    assert HERE in scene.invited[0]
    assert scene.engine.deleted == ["out"]
    assert HERE in scene.line.said("in", 20000)


@pytest.mark.parametrize("reply", [None, ERROR, Reply("c", "ok")])
def test_without_a_word_on_the_offer_ours_goes_out(scene: Scene, reply: Reply | None) -> None:
    scene.offer()
    scene.engine.says(Offer, reply)
    assert HERE in scene.invited[0]
    assert scene.heard == []
    scene.answer()
    assert scene.went_on == 1


def test_a_leg_given_up_meanwhile_is_not_invited(scene: Scene) -> None:
    scene.offer()
    scene.line.forget("out")
    scene.engine.says(Offer, WELL)
    assert scene.invited == []
    scene.line.forget("in")
    assert scene.engine.deleted == ["out"]


@pytest.mark.parametrize("reply", [None, ERROR])
def test_without_a_word_on_the_answer_it_comes_home(scene: Scene, reply: Reply | None) -> None:
    scene.offer()
    scene.engine.says(Offer, WELL)
    assert b"10.0.0.5" in scene.invited[0]
    scene.answer()
    scene.engine.says(Answer, reply)
    assert scene.went_on == 1
    assert [leg for leg, body in scene.stack.offered if HERE in body] == ["out"]
    assert HERE in scene.line.said("in", 20000)
    assert scene.engine.deleted == []
    scene.passing.taken("out")
    assert scene.engine.deleted == ["out"]


def test_an_answer_goes_on_though_the_call_came_home_meanwhile(scene: Scene) -> None:
    scene.offer()
    scene.engine.says(Offer, WELL)
    scene.answer()
    scene.engine.lost()
    scene.passing.taken("out")
    scene.engine.says(Answer, WELL)
    assert scene.went_on == 1
    assert HERE in scene.line.said("in", 20000)


def test_rtpengine_is_kept_until_both_have_our_address(scene: Scene) -> None:
    scene.offer()
    scene.engine.says(Offer, WELL)
    scene.answer()
    scene.engine.says(Answer, WELL)
    assert b"10.0.0.5" in scene.line.said("in", 20000)
    scene.engine.beat()
    scene.engine.says(Query, WELL)
    assert scene.stack.offered == []
    scene.engine.beat()
    scene.engine.says(Query, ERROR)
    assert [leg for leg, _ in scene.stack.offered] == ["in", "out"]
    scene.passing.taken("out")
    assert scene.engine.deleted == []
    scene.line.forget("in")
    assert scene.engine.deleted == ["out"]


def test_calls_nobody_knows_any_more_are_asked_after_once(scene: Scene) -> None:
    scene.line.listener = None
    scene.offer()
    scene.engine.says(Offer, WELL)
    scene.answer()
    scene.engine.says(Answer, WELL)
    scene.engine.beat()
    scene.engine.says(Query, ERROR)
    assert scene.engine.open == []
    assert scene.engine.deleted == ["out"]

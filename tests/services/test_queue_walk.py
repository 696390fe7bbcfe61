"""Whole calls and the whole hall in every order of events: nobody rung twice, nobody lost, nobody alone."""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.calls.call import Call, Phase
from bridge.calls.events import Answers, Leaves, Offered, PromptEnds, Refuses, Rings, RingsTooLong
from bridge.calls.parties import audio_plan
from bridge.calls.ringing import RECALL_PAUSE
from bridge.queues.words import Rule
from bridge.routing.plan import Origin, Plan, Target
from bridge.services.feed import LiveFeed
from bridge.services.queue_desk import QueueDesk
from bridge.services.switchboard import Switchboard
from tests.services.conftest import AUDIO, ROUTES, Clock, Timers, Wire
from tests.services.test_queue_desk import Meter

PROVINCE = Target("trunk", "", "province", 25, 4)
RULES = (
    Rule("hotline", (("8001", None), ("8002", None)), most=3, max_wait=60.0, overflow=(PROVINCE,)),
    Rule("police", (("8002", None), ("8003", None)), priority=5, max_wait=20.0, after_call=0.0),
)
DIALLED = {
    name: Plan(name, name, "12345", "direct", (Target("queue", queue, None, 20, 4),))
    for name, queue in (("q1", "hotline"), ("q2", "police"))
}
ROUTED = {**ROUTES, **DIALLED}
KINDS = ("offer", "offer", "rings", "answers", "busy", "silent", "bye", "lost", "press", "prompt", "pause",
         "ready", "away", "back", "time", "time", "alarms")  # fmt: skip
moves = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 11)), max_size=60)


class Ports(Wire):
    """Never out of ports."""

    def __init__(self) -> None:
        super().__init__()
        self.ports = iter(range(20000, 60000, 2))


class Walk:
    """A house with two queues that share an agent, and what may happen to it."""

    def __init__(self) -> None:
        self.wire, self.timers, self.clock, ids = Ports(), Timers(), Clock(), count(1)
        self.board = Switchboard(
            signalling=self.wire, media=self.wire, timers=self.timers,
            route=lambda number, origin: ROUTED[number], letter=lambda call, transfer: (),
            new_id=lambda: f"id{next(ids)}", transcribe=False,
        )  # type: ignore[arg-type]  # fmt: skip
        self.away: set[str] = set()
        self.desk = QueueDesk(
            RULES, names={}, codes={}, tell=self.board.tell, reachable=lambda each: each not in self.away,
            timers=self.timers, clock=self.clock, meter=Meter(), feed=LiveFeed(),
        )  # fmt: skip
        self.board.queues = self.desk
        self.board.witnesses.call_in(self.desk)
        self.offered = count(1)

    def happen(self, kind: str, which: int) -> None:
        calls = self.board.calls()
        legs = [party.leg for call in calls for party in call.parties]
        leg = legs[which % len(legs)] if legs else "nobody"
        agent = f"800{which % 3 + 1}"
        play = next((p.play.id for c in calls for p in c.parties if p.leg == leg and p.play), 0)
        events = {
            "rings": Rings(leg), "answers": Answers(leg, AUDIO), "busy": Refuses(leg, 486, ""),
            "silent": RingsTooLong(leg), "bye": Leaves(leg, "bye"), "lost": Leaves(leg, "lost"),
            "prompt": PromptEnds(leg, play),
        }  # fmt: skip
        if kind in events:
            self._on_leg(kind, leg, events[kind])
        elif kind == "offer":
            number = ("q1", "q2", "12345")[which % 3]
            origin = Origin("trunk", "carrier")
            offered = Offered(f"in{next(self.offered)}", number, "139", "", origin, AUDIO, self.clock.now)
            self.board.offered(offered)
        elif kind == "press" and calls:
            self._press(calls[which % len(calls)])
        else:
            self._set(kind, which, agent)
        self._settle()

    def _on_leg(self, kind: str, leg: str, event: Any) -> None:
        call = self.board.of_leg(leg)
        dialled = call is not None and leg != call.caller.leg and not next(
            party.up for party in call.parties if party.leg == leg
        )  # fmt: skip
        # A telephone that answered cannot ring or refuse any more, and a caller does neither.
        if kind in {"bye", "lost", "prompt"} or dialled:
            self.board.on(event)

    def _press(self, call: Call) -> None:
        if call.attendant is not None and call.phase is Phase.TALKING:
            self.board.press(call.attendant.leg, "110", "api", self.clock.now)

    def _set(self, kind: str, which: int, agent: str) -> None:
        if kind == "pause":
            self.desk.pause(agent, "self")
        elif kind == "ready":
            self.desk.ready(agent)
        elif kind == "away":
            self.away.add(agent)
        elif kind == "back":
            self.away.discard(agent)
        elif kind == "time":
            self.clock.now += (0.5, 6.0, 31.0)[which % 3]
        elif kind == "alarms":
            for each in self._pauses():
                each.cancelled = True
                each.then()

    def _pauses(self) -> list[Any]:
        """Pauses between two rounds of a plain list that are still to end."""
        return [each for each in self.timers.alarms if each.seconds == RECALL_PAUSE and not each.cancelled]

    def _settle(self) -> None:
        """Everything put off, and every alarm of the queue's, as the loop would."""
        for _ in range(50):
            due = [each for each in self.timers.alarms if not each.cancelled and each.seconds == 0.0]
            if not due:
                break
            for each in due:
                each.cancelled = True
                each.then()
        else:
            raise AssertionError("the queue turns in a circle")
        self.desk._turn()
        for each in self.timers.alarms:
            if each.seconds == 0.0 and not each.cancelled:
                each.cancelled = True
                each.then()
        self.timers.alarms = [each for each in self.timers.alarms if not each.cancelled]

    def check(self) -> None:
        calls = self.board.calls()
        waiting = {one.call: one.queue for one in self.desk.hall.waiting}
        assert waiting == {call.id: call.queue for call in calls if call.queue}, "lost between call and hall"
        rung: dict[str, list[str]] = {}
        idle = [call for call in calls if self._check_caller(call)]
        assert len(idle) <= len(self._pauses()), "nobody is on the way"
        for call in calls:
            for party in call.parties[1:]:
                if party.origin.kind == "agent":
                    rung.setdefault(party.origin.name, []).append(f"{call.id} {bool(call.queue)}")
        for one in self.desk.hall.waiting:
            if one.offered:
                mine = [each for each in rung.get(one.offered, []) if each == f"{one.call} True"]
                assert len(mine) == 1, "reserved for a caller who does not ring them"
        for agent, of in rung.items():
            by_queue = [each for each in of if each.endswith("True")]
            assert len(by_queue) <= 1, f"{agent} is rung for two callers"
            assert self.desk.hall.agents[agent].legs, f"{agent} is in a call the hall does not know"
        held = {name for name, each in self.desk.hall.agents.items() if each.legs or each.call}
        assert held == set(rung)

    def _check_caller(self, call: Call) -> bool:
        """True for a caller to whom nobody is on the way: they hear ring-back until a pause ends."""
        if not call.caller.up:
            return False
        plan = audio_plan(call.id, call.parties, transcribe=False, lonely=call.lonely, quiet=call.quiet)
        leg = next(leg for leg in plan.legs if leg.leg == call.caller.leg)
        assert leg.hears or leg.play, f"alone in {call.phase}"
        waits = call.phase in {Phase.QUEUED, Phase.RECALLING}
        return waits and not (call.queue or call.ringing or call.caller.play)


@settings(max_examples=500, deadline=None)
@example([("offer", 2), ("answers", 1), ("lost", 1), ("busy", 1), ("prompt", 0), ("alarms", 0)])
@given(moves)
def test_no_order_of_events_loses_a_caller_or_rings_an_agent_twice(sequence: list[tuple[str, int]]) -> None:
    walk = Walk()
    for kind, which in sequence:
        walk.happen(kind, which)
        walk.check()

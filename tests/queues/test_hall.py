"""The hall's promises, walked over thousands of orders of events, and its rules one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.queues import hall as rule
from bridge.queues.agents import REST, State, state
from bridge.queues.hall import NEVER, Hall, opened, turn
from bridge.queues.words import Deed, Give, GiveUp, Hold, Rule, Say, Waiting
from bridge.routing.plan import Target

PROVINCE = Target("trunk", "12345", "province", 30, 4)
CITY = Rule("city", (("8001", None), ("8002", "pbx")), overflow=(PROVINCE,), words=("agents-busy",))
POLICE = Rule("police", (("8002", "pbx"), ("8003", None)), priority=5, max_wait=60.0, most=2, after_call=0.0)
ALL = frozenset({"8001", "8002", "8003"})


def join(hall: Hall, call: str, queue: str = "city", *, at: float = 0.0, ahead: bool = False) -> Hall:
    return rule.joins(hall, Waiting(call, queue, at, 0, ahead))


def given_to(deeds: tuple[Deed, ...]) -> dict[str, str]:
    return {deed.call: deed.agent.number for deed in deeds if isinstance(deed, Give)}


def talk(hall: Hall, call: str, at: float) -> Hall:
    """Whoever is offered takes the call."""
    caller = hall.find(call)
    assert caller is not None
    hall = rule.engages(hall, caller.offered, f"{call}.leg", up=True)
    return rule.leaves(hall, call, answered=True)


@pytest.fixture
def hall() -> Hall:
    return opened((CITY, POLICE))


class TestWhoIsNext:
    def test_idle_longest_first(self, hall: Hall) -> None:
        for agent, idle in (("8001", 20.0), ("8002", 10.0)):
            hall = replace(hall, agents={**hall.agents, agent: replace(hall.agents[agent], idle_since=idle)})
        _, deeds = turn(join(hall, "a"), 30.0, ALL)
        assert given_to(deeds) == {"a": "8002"}
        (give,) = deeds
        assert isinstance(give, Give)
        assert (give.agent.trunk, give.agent.ring_seconds) == ("pbx", 30)

    def test_two_callers_two_agents(self, hall: Hall) -> None:
        _, deeds = turn(join(join(hall, "a"), "b"), 1.0, ALL)
        assert given_to(deeds) == {"a": "8001", "b": "8002"}

    def test_a_caller_taken_back_goes_first_then_the_queue_of_higher_priority(self, hall: Hall) -> None:
        hall = join(join(hall, "a"), "b", "police", at=1.0)
        hall = join(hall, "c", at=2.0, ahead=True)
        _, deeds = turn(hall, 3.0, {"8002"})
        assert given_to(deeds) == {"c": "8002"}
        _, deeds = turn(rule.leaves(hall, "c", answered=False), 3.0, {"8002"})
        assert given_to(deeds) == {"b": "8002"}

    @pytest.mark.parametrize("why", ["self", "supervisor", "missed"])
    def test_who_is_paused_gets_no_call_until_ready(self, hall: Hall, why: str) -> None:
        hall = rule.pauses(rule.pauses(hall, "8001", why), "8002", why)  # type: ignore[arg-type]
        hall, deeds = turn(join(hall, "a"), 1.0, ALL)
        assert deeds == (Hold("a"),)
        _, deeds = turn(rule.readies(hall, "8002", 2.0), 2.0, ALL)
        assert given_to(deeds) == {"a": "8002"}

    def test_a_phone_that_is_away_is_not_rung(self, hall: Hall) -> None:
        _, deeds = turn(join(hall, "a"), 1.0, {"8002", "8003"})
        assert given_to(deeds) == {"a": "8002"}

    def test_an_agent_in_any_call_of_ours_is_not_rung_for_another(self, hall: Hall) -> None:
        hall = rule.engages(hall, "8001", "elsewhere", up=False)
        _, deeds = turn(join(hall, "a"), 1.0, ALL)
        assert given_to(deeds) == {"a": "8002"}


class TestAgents:
    def test_after_call_time_ends_by_itself(self, hall: Hall) -> None:
        hall, _ = turn(join(hall, "a"), 0.0, {"8001"})
        hall = talk(hall, "a", 5.0)
        assert state(hall.agents["8001"], 5.0) is State.BUSY
        hall = rule.frees(hall, "8001", "a.leg", 50.0)
        assert state(hall.agents["8001"], 59.9) is State.AFTER_CALL
        assert state(hall.agents["8001"], 60.0) is State.READY
        hall, deeds = turn(join(hall, "b", at=51.0), 51.0, {"8001"})
        assert deeds == (Hold("b"),)
        assert rule.due(hall, 51.0) == 56.0  # the first announcement
        hall, _ = turn(hall, 56.0, {"8001"})
        assert rule.due(hall, 56.0) == 60.0
        assert given_to(turn(hall, 60.0, {"8001"})[1]) == {"b": "8001"}

    def test_ready_ends_the_after_call_time(self, hall: Hall) -> None:
        hall, _ = turn(join(hall, "a"), 0.0, {"8001"})
        hall = rule.frees(talk(hall, "a", 5.0), "8001", "a.leg", 50.0)
        assert state(rule.readies(hall, "8001", 51.0).agents["8001"], 51.0) is State.READY

    def test_a_pause_wished_during_a_call_begins_after_it(self, hall: Hall) -> None:
        hall, _ = turn(join(hall, "a"), 0.0, {"8001"})
        hall = rule.pauses(talk(hall, "a", 5.0), "8001", "self")
        assert state(hall.agents["8001"], 6.0) is State.BUSY
        assert state(rule.frees(hall, "8001", "a.leg", 7.0).agents["8001"], 7.0) is State.PAUSED

    def test_a_call_that_is_not_the_queues_earns_no_after_call_time(self, hall: Hall) -> None:
        hall = rule.frees(rule.engages(hall, "8001", "x", up=True), "8001", "x", 9.0)
        assert (state(hall.agents["8001"], 9.0), hall.agents["8001"].idle_since) == (State.READY, 9.0)

    @pytest.mark.parametrize(
        ("whys", "paused"),
        [
            (("silent", "silent"), "missed"),
            (("dead", "refused"), "missed"),
            (("busy", "busy", "failed", "failed"), ""),
            (("silent",), ""),
        ],
    )
    def test_who_does_not_answer_is_set_aside(self, hall: Hall, whys: tuple[str, ...], paused: str) -> None:
        hall, at = join(hall, "a"), 0.0
        for why in whys:
            hall, deeds = turn(hall, at, {"8001"})
            assert given_to(deeds) == {"a": "8001"}
            hall = rule.misses(hall, "a", why, at)  # type: ignore[arg-type]
            assert not given_to(turn(hall, at, {"8001"})[1]), "rung in a circle"
            at += REST
        assert hall.agents["8001"].paused == paused
        assert bool(given_to(turn(hall, at, {"8001"})[1])) == (paused == "")

    def test_an_answer_forgives_earlier_misses(self, hall: Hall) -> None:
        hall, _ = turn(join(hall, "a"), 0.0, {"8001"})
        hall, _ = turn(rule.misses(hall, "a", "silent", 0.0), REST, {"8001"})
        assert talk(hall, "a", REST).agents["8001"].misses == 0

    def test_a_caller_who_goes_while_it_rings_leaves_the_agent_free(self, hall: Hall) -> None:
        hall, _ = turn(join(hall, "a"), 0.0, {"8001"})
        hall = rule.leaves(hall, "a", answered=False)
        assert state(hall.agents["8001"], 0.0) is State.READY


class TestWaiting:
    def test_who_must_wait_is_told_where_they_stand(self, hall: Hall) -> None:
        hall, deeds = turn(join(join(hall, "a"), "b", at=1.0), 1.0, ())
        assert deeds == (Hold("a"), Hold("b"))
        hall, deeds = turn(hall, 6.0, ())
        spoken = {deed.call: (deed.sound, deed.ahead) for deed in deeds if isinstance(deed, Say)}
        assert spoken == {
            "a": ("prompts:agents-busy+queue-next", 0),
            "b": ("prompts:agents-busy+queue-ahead+number-1+queue-people", 1),
        }
        assert turn(hall, 35.9, ())[1] == ()
        assert len(turn(hall, 36.0, ())[1]) == 2

    def test_no_announcement_is_said_when_none_is_configured(self) -> None:
        hall = opened((replace(CITY, words=(), position=False, again=0.0),))
        hall, _ = turn(join(hall, "a"), 0.0, ())
        hall, deeds = turn(hall, 6.0, ())
        assert deeds == ()
        assert hall.waiting[0].says_at == NEVER

    def test_who_waited_too_long_is_sent_on(self, hall: Hall) -> None:
        hall, _ = turn(join(hall, "a", at=10.0), 10.0, ())
        hall, deeds = turn(hall, 130.0, ())
        assert deeds == (GiveUp("a", (PROVINCE,), "waited"),)
        assert hall.waiting == ()

    def test_nobody_is_sent_on_while_an_agent_is_rung_for_them(self, hall: Hall) -> None:
        hall, _ = turn(join(hall, "a"), 0.0, {"8001"})
        assert turn(hall, 500.0, ())[1] == ()

    def test_a_full_queue_sends_on_at_once_but_takes_callers_back(self, hall: Hall) -> None:
        for call in ("a", "b", "c"):
            hall = join(hall, call, "police")
        hall, deeds = turn(hall, 0.0, ())
        assert deeds == (Hold("a"), Hold("b"), GiveUp("c", (), "full"))
        assert turn(join(hall, "d", "police", ahead=True), 0.0, ())[1] == (Hold("d"),)

    def test_without_waiting_nobody_waits(self) -> None:
        hall = opened((replace(CITY, max_wait=0.0),))
        assert turn(join(hall, "a"), 0.0, ())[1] == (GiveUp("a", (PROVINCE,), "waited"),)

    def test_nothing_is_due_while_nobody_waits_or_rests(self, hall: Hall) -> None:
        assert rule.due(hall, 0.0) == NEVER
        hall, _ = turn(join(hall, "a"), 0.0, ALL)
        assert rule.due(hall, 0.0) == NEVER

    def test_joining_twice_changes_nothing(self, hall: Hall) -> None:
        once = join(hall, "a")
        assert join(once, "a") is once


# --- every order of events ----------------------------------------------------------------------------------

CALLS = [f"c{n}" for n in range(6)]
AGENTS = sorted(ALL)
events = st.lists(
    st.tuples(
        st.sampled_from(
            ("join", "join", "recalled", "answers", "misses", "gone", "hangs-up", "outside", "pause", "ready")
        ),
        st.integers(0, 5),
        st.sampled_from((0.0, 0.5, 4.0, 31.0)),
    ),
    max_size=40,
)


class Walk:
    """The hall in a world: callers with an agent talk on a leg named by the call; legs from outside too."""

    def __init__(self) -> None:
        self.hall, self.now = opened((CITY, POLICE)), 0.0
        self.serves: dict[str, str] = {}
        self.inside: set[str] = set()
        self.outside: dict[str, str] = {}

    def happen(self, kind: str, which: int) -> None:
        call, agent = CALLS[which], AGENTS[which % len(AGENTS)]
        act: dict[str, Callable[[], None]] = {
            "join": lambda: self._join(call, which, ahead=False),
            "recalled": lambda: self._join(call, which, ahead=True),
            "answers": lambda: self._answers(call),
            "misses": lambda: self._misses(call, ("silent", "busy")[which % 2]),
            "gone": lambda: self._gone(call),
            "hangs-up": lambda: self._hangs_up(call),
            "outside": lambda: self._outside(agent, call),
            "pause": lambda: self._set(rule.pauses(self.hall, agent, "self")),
            "ready": lambda: self._set(rule.readies(self.hall, agent, self.now)),
        }
        act[kind]()

    def _set(self, hall: Hall) -> None:
        self.hall = hall

    def _join(self, call: str, which: int, *, ahead: bool) -> None:
        if call not in self.serves and call not in self.inside:
            queue = ("city", "police")[which % 2]
            self.hall = rule.joins(self.hall, Waiting(call, queue, self.now, 0, ahead))
            self.inside.add(call)

    def _answers(self, call: str) -> None:
        caller = self.hall.find(call)
        if caller is not None and caller.offered:
            self.serves[call] = caller.offered
            self.hall = rule.engages(self.hall, caller.offered, call, up=True)
            self.hall = rule.leaves(self.hall, call, answered=True)
            self.inside.discard(call)

    def _misses(self, call: str, why: str) -> None:
        caller = self.hall.find(call)
        if caller is not None and caller.offered:
            self.hall = rule.frees(self.hall, caller.offered, call, self.now)
            self.hall = rule.misses(self.hall, call, why, self.now)  # type: ignore[arg-type]

    def _gone(self, call: str) -> None:
        caller = self.hall.find(call)
        if caller is not None and caller.offered:
            self.hall = rule.frees(self.hall, caller.offered, call, self.now)
        self.hall = rule.leaves(self.hall, call, answered=False)
        self.inside.discard(call)

    def _hangs_up(self, call: str) -> None:
        agent = self.serves.pop(call, None)
        if agent is not None:
            self.hall = rule.frees(self.hall, agent, call, self.now)

    def _outside(self, agent: str, leg: str) -> None:
        """A call that is not the queue's comes to an agent, or ends."""
        name = f"outside-{leg}"
        if name in self.outside:
            self.hall = rule.frees(self.hall, self.outside.pop(name), name, self.now)
        elif not self.hall.agents[agent].call:
            self.outside[name] = agent
            self.hall = rule.engages(self.hall, agent, name, up=True)

    def turn(self) -> None:
        before = self.hall
        self.hall, deeds = turn(before, self.now, ALL)
        self._check_deeds(before, deeds)
        for deed in deeds:
            if isinstance(deed, GiveUp):
                self.inside.discard(deed.call)
            elif isinstance(deed, Give):
                self.hall = rule.engages(self.hall, deed.agent.number, deed.call, up=False)
        self._check()

    def _check_deeds(self, before: Hall, deeds: tuple[Deed, ...]) -> None:
        gives = [deed for deed in deeds if isinstance(deed, Give)]
        assert len({give.agent.number for give in gives}) == len(gives), "one agent for two callers"
        for give in gives:
            agent = before.agents[give.agent.number]
            assert state(agent, self.now) is State.READY, "rung while not free"
            assert max(agent.after_until, agent.rest_until) <= self.now
            self._check_turn(before, give, {each.call for each in gives})
        # Positions are told of a state in which this turn's givings are done one after the other.
        for say in [deed for deed in deeds if isinstance(deed, Say)]:
            mine = before.find(say.call)
            assert mine is not None
            first = [o for o in before.waiting if o.queue == mine.queue and o.order < mine.order]
            gone = [deed.call for deed in deeds if isinstance(deed, GiveUp)]
            assert say.ahead == len([one for one in first if one.call not in gone])

    def _check_turn(self, before: Hall, give: Give, served: set[str]) -> None:
        """No caller who goes first and could have had this agent is left without one."""
        mine = before.find(give.call)
        assert mine is not None
        for other in before.waiting:
            members = [number for number, _ in before.rules[other.queue].members]
            if other.order < mine.order and not other.offered and give.agent.number in members:
                assert other.call in served, "somebody was passed over"
        idle = before.agents[give.agent.number].idle_since
        for number, _ in before.rules[mine.queue].members:
            after = self.hall.agents[number]
            if not (after.legs or after.call or after.paused or after.rest_until > self.now):
                assert after.after_until > self.now or after.idle_since >= idle, "idle longer, passed over"

    def _check(self) -> None:
        waiting = {one.call for one in self.hall.waiting}
        assert waiting == self.inside, "a caller was lost, or kept"
        assert len(self.hall.waiting) == len(waiting)
        assert list(self.hall.waiting) == sorted(self.hall.waiting, key=lambda one: one.order)
        offers = {one.call: one.offered for one in self.hall.waiting if one.offered}
        assert offers == {a.call: n for n, a in self.hall.agents.items() if a.call}
        for agent in self.hall.agents.values():
            assert len(agent.legs) <= 1 + sum(by == agent.number for by in self.outside.values())
        for one in self.hall.waiting:
            assert one.offered or one.told, "a caller nobody told to wait"
            assert self.hall.ahead_of(one) == len(
                [o for o in self.hall.waiting if o.queue == one.queue and o.order < one.order]
            )
        assert rule.due(self.hall, self.now) > self.now


@settings(max_examples=2000, deadline=None)
@given(events)
def test_no_order_of_events_books_an_agent_twice_or_loses_a_caller(
    sequence: list[tuple[str, int, float]],
) -> None:
    walk = Walk()
    for kind, which, later in sequence:
        walk.now += later
        walk.happen(kind, which)
        walk.turn()

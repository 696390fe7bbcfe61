"""The queues at work: the hall's rule led by what calls do, and its word brought back to them.

A witness of the switchboard: it sees every agent's legs, whoever rang them, so nobody is rung for two calls
at once. Whatever happens is noted at once and thought over in a turn of its own, after the call that brought
it was served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import structlog

from bridge.calls.actions import AgentMissed, JoinQueue, LeaveQueue
from bridge.calls.call import Call, Transfer
from bridge.calls.events import LegEvent
from bridge.calls.queue_events import Assigned, QueueEnds, QueueSays, QueueWaits
from bridge.clock import Clock
from bridge.errors import NoSuchAgent, WrongMoment
from bridge.frozen import replace
from bridge.ports import Feed, Handle, QueueMeter, Timers
from bridge.queues import hall as rule
from bridge.queues.agents import Why
from bridge.queues.hall import opened
from bridge.queues.words import Deed, Give, GiveUp, Hold, Rule, Say, Waiting
from bridge.routing.plan import Origin, Plan
from bridge.services.queue_legs import legs_of
from bridge.services.wallboard import Wallboard

log = structlog.get_logger(__name__)

AGAIN: Final = 1.0
"""Seconds after which phones that were away are looked for again, while somebody waits."""

Wish = Literal["ready", "paused"]
QueueAction = JoinQueue | AgentMissed | LeaveQueue


class QueueDesk:
    """tell: brings an event to a call, False when there is no such call; reachable: whether an agent's phone
    can be rung now; names: what agents are called; codes: what an agent's phone dials -> what
    they want by it."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        *,
        names: Mapping[str, str],
        codes: Mapping[str, Wish],
        tell: Callable[[str, LegEvent], bool],
        reachable: Callable[[str], bool],
        timers: Timers,
        clock: Clock,
        meter: QueueMeter,
        feed: Feed,
    ) -> None:
        self._tell, self._reachable, self._timers, self._clock = tell, reachable, timers, clock
        self._codes = codes
        self.hall = opened(rules)
        self._wall = Wallboard(rules, names, self.reachable, clock=clock, meter=meter, feed=feed)
        self.on_pauses: Callable[[str, Why], None] = _nobody_keeps
        self._paused: dict[str, Why] = {}
        self._turning = False
        self._alarm: Handle | None = None

    def renew(self, rules: tuple[Rule, ...], names: Mapping[str, str], codes: Mapping[str, Wish]) -> None:
        """Other rules from now on, for those who wait too."""
        self._codes = codes
        self.hall = rule.renewed(self.hall, rules)
        self._wall.renew(rules, names)
        self._soon()

    # --- what calls bring (the switchboard's actions) -------------------------------------------------------

    def act(self, call: Call, action: QueueAction) -> None:
        """One of a call's actions that concern a queue."""
        match action:
            case JoinQueue():
                self._joined(call, action)
            case AgentMissed():
                self._missed(call, action)
            case LeaveQueue():
                self._left(call, action)

    def _joined(self, call: Call, wish: JoinQueue) -> None:
        """A caller comes to a queue."""
        caller = Waiting(
            call.id,
            wish.queue,
            since=self._clock.monotonic(),
            number=0,
            ahead=wish.ahead,
            ring_seconds=wish.ring_seconds,
            answer_within_seconds=wish.answer_within_seconds,
        )
        self.hall = rule.joins(self.hall, caller)
        self._soon()

    def _missed(self, call: Call, news: AgentMissed) -> None:
        """The agent rung did not take the caller."""
        log.info("queue.missed", call=call.id, agent=news.agent, why=news.why)
        self.hall = rule.misses(self.hall, call.id, news.why, self._clock.monotonic())
        agent = self.hall.agents.get(news.agent)
        if agent is not None and agent.paused == "missed":
            log.warning("queue.set_aside", agent=news.agent)
        self._soon()

    def _left(self, call: Call, news: LeaveQueue) -> None:
        """The caller is with an agent, or gone."""
        caller = self.hall.find(call.id)
        if caller is not None:
            self._wall.count(caller, "answered" if news.answered else "abandoned")
        self.hall = rule.leaves(self.hall, call.id, answered=news.answered)
        self._soon()

    # --- the switchboard's witness ------------------------------------------------------------------------

    def changed(self, before: Call | None, call: Call) -> None:
        """Which agents are in which calls."""
        agents = self.hall.agents
        then, now = legs_of(before, agents), legs_of(call, agents)
        if then == now:
            return
        for leg, (agent, up) in now.items():
            if then.get(leg) != (agent, up):
                self.hall = rule.engages(self.hall, agent, leg, up=up)
        for leg in then.keys() - now.keys():
            self.hall = rule.frees(self.hall, then[leg][0], leg, self._clock.monotonic())
        self._soon()

    def opened(self, call: Call, transfer: Transfer) -> None:
        """The key is nothing to the queues."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """Nor is what came of it."""

    def over(self, call: Call, outcome: str) -> None:
        """A call that ends is in no queue, whatever was lost on the way."""
        if self.hall.find(call.id) is not None:
            self.hall = rule.leaves(self.hall, call.id, answered=False)

    # --- what agents and supervisors want -------------------------------------------------------------------

    def ready(self, agent: str) -> None:
        """Calls again. Raises NoSuchAgent for one of no queue."""
        self._known(agent)
        self.hall = rule.readies(self.hall, agent, self._clock.monotonic())
        log.info("queue.ready", agent=agent)
        self._soon()

    def pause(self, agent: str, why: Why) -> None:
        """No more calls. Raises NoSuchAgent for one of no queue."""
        self._known(agent)
        self.hall = rule.pauses(self.hall, agent, why)
        log.info("queue.paused", agent=agent, why=why)
        self._soon()

    def code(self, number: str, origin: Origin) -> str | None:
        """What to say to an agent who dialled one of the codes, which is done by then; None: it is none."""
        wish = self._codes.get(number)
        if wish is None or origin.kind != "agent" or origin.name not in self.hall.agents:
            return None
        if wish == "ready":
            self.ready(origin.name)
            return "prompt:agent-ready"
        self.pause(origin.name, "self")
        return "prompt:agent-paused"

    def expanded(self, plan: Plan) -> Plan:
        """For a transfer, whose caller is with somebody: a queue is its free agents, idle longest first, then
        its overflow. Raises WrongMoment when that leaves nobody."""
        if all(target.kind != "queue" for target in plan.targets):
            return plan
        now = self._clock.monotonic()
        targets = rule.unqueued(self.hall, plan.targets, now, self.reachable(), plan.number)
        if not targets:
            raise WrongMoment("队列里现在没有空闲的话务员，请稍后再转")
        return replace(plan, targets=targets)

    def reachable(self) -> frozenset[str]:
        """Agents whose phone can be rung."""
        return frozenset(filter(self._reachable, self.hall.agents))

    def view(self) -> dict[str, Any]:
        """Queues and agents as pages and programs read them."""
        return self._wall.view(self.hall)

    # --- within ---------------------------------------------------------------------------------------------

    def _known(self, agent: str) -> None:
        if agent not in self.hall.agents:
            raise NoSuchAgent(f"{agent} 不在任何队列里")

    def _soon(self) -> None:
        if not self._turning:
            self._turning = True
            self._timers.after(0.0, self._turn)

    def _turn(self) -> None:
        self._turning = False
        now = self._clock.monotonic()
        reachable = self.reachable() if self.hall.waiting else frozenset()
        before = self.hall
        self.hall, deeds = rule.turn(before, now, reachable)
        for deed in deeds:
            caller = before.find(deed.call)
            if isinstance(deed, GiveUp) and caller is not None:
                self._wall.count(caller, "overflowed")
            self._do(deed)
        self._arm(now, len(reachable))
        self._tell_pauses()
        self._wall.show(self.hall)

    def _do(self, deed: Deed) -> None:
        match deed:
            case Give(call, agent):
                known = self._tell(call, Assigned(agent))
            case Hold(call):
                known = self._tell(call, QueueWaits())
            case Say(call, sound, _):
                known = self._tell(call, QueueSays(sound))
            case GiveUp(call, targets, why):
                log.info("queue.gives_up", call=call, why=why)
                known = self._tell(call, QueueEnds(targets))
        if not known:
            self.hall = rule.leaves(self.hall, deed.call, answered=False)

    def _arm(self, now: float, reachable: int) -> None:
        """Wake when something is due; a phone that comes back is nobody's event, so it is looked for."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = rule.due(self.hall, now) - now
        if self.hall.waiting and reachable < len(self.hall.agents):
            due = min(due, AGAIN)
        if due != rule.NEVER:
            self._alarm = self._timers.after(due, self._turn)

    def _tell_pauses(self) -> None:
        """Whoever keeps them is told what has changed."""
        paused: dict[str, Why] = {
            each.number: each.paused for each in self.hall.agents.values() if each.paused
        }
        before, self._paused = self._paused, paused
        for agent in before.keys() | paused.keys():
            if before.get(agent) != paused.get(agent):
                self.on_pauses(agent, paused.get(agent, ""))


def _nobody_keeps(_agent: str, _why: Why) -> None:
    """Where pauses end with the process."""

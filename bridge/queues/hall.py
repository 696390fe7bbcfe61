"""The hall where callers wait for agents: all queues, all their agents, and whose turn it is.

One frozen value and its rule. Events change the facts; `turn` then gives free agents to callers, the agent
idle longest to the caller next in order, and says who must wait, hear where they stand, or go on to
somewhere else. No agent is given twice: who is reserved, rung or talking is not free (`agents.free`). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.calls.actions import Miss
from bridge.frozen import replace
from bridge.media.plan import SEQUENCE
from bridge.queues import agents as people
from bridge.queues.agents import Agent, Why
from bridge.queues.spoken import position
from bridge.queues.words import Deed, Give, GiveUp, Hold, Rule, Say, Waiting
from bridge.routing.plan import Target

NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Hall:
    """agents by extension, waiting in the order of their turn; number: callers so far."""

    rules: Mapping[str, Rule]
    agents: Mapping[str, Agent]
    waiting: tuple[Waiting, ...] = ()
    number: int = 0

    def find(self, call: str) -> Waiting | None:
        """The caller of this call, while they are in a queue."""
        return next((one for one in self.waiting if one.call == call), None)

    def ahead_of(self, caller: Waiting) -> int:
        """How many of the same queue go before this caller."""
        return sum(one.queue == caller.queue and one.order < caller.order for one in self.waiting)


def opened(rules: Collection[Rule]) -> Hall:
    """Nobody waits; every agent is ready."""
    names = [number for rule in rules for number, _ in rule.members]
    return Hall({rule.name: rule for rule in rules}, {number: Agent(number) for number in names})


def renewed(hall: Hall, rules: Collection[Rule]) -> Hall:
    """The hall under other rules. Who waits goes on waiting by the new ones; a queue that is gone, and an
    agent who is in none any more, stay for as long as a caller is theirs."""
    new = {rule.name: rule for rule in rules}
    waited_in = {caller.queue for caller in hall.waiting} - new.keys()
    members = [number for rule in rules for number, _ in rule.members]
    people_now = {number: hall.agents.get(number) or Agent(number) for number in members}
    busy = {each.number: each for each in hall.agents.values() if each.legs or each.call}
    return replace(
        hall,
        rules=new | {name: _closing(hall.rules[name], new) for name in waited_in},
        agents=busy | people_now,
    )


def _closing(rule: Rule, new: Mapping[str, Rule]) -> Rule:
    """A queue that is gone gives its callers the agents it had, those that are still anywhere."""
    still = {number for each in new.values() for number, _ in each.members}
    return replace(rule, members=tuple(member for member in rule.members if member[0] in still))


# --- what happens -------------------------------------------------------------------------------------------


def joins(hall: Hall, caller: Waiting) -> Hall:
    """A caller comes; priority and number are the hall's to give. One who is here already stays as they
    are."""
    if hall.find(caller.call) is not None:
        return hall
    number, rule = hall.number + 1, hall.rules[caller.queue]
    caller = replace(caller, number=number, priority=rule.priority)
    waiting = sorted((*hall.waiting, caller), key=lambda one: one.order)
    return replace(hall, waiting=tuple(waiting), number=number)


def leaves(hall: Hall, call: str, *, answered: bool) -> Hall:
    """A caller is with an agent, or gone; whoever was reserved for them is free of it."""
    caller = hall.find(call)
    if caller is None:
        return hall
    if caller.offered:
        agent, wrap = hall.agents[caller.offered], hall.rules[caller.queue].after_call
        agent = people.answered(agent, wrap) if answered else replace(agent, call="")
        hall = _with_agent(hall, agent)
    return replace(hall, waiting=tuple(one for one in hall.waiting if one.call != call))


def misses(hall: Hall, call: str, why: Miss, now: float) -> Hall:
    """The agent given to a caller did not take them; the caller keeps their place."""
    caller = hall.find(call)
    if caller is None or not caller.offered:
        return hall
    rule = hall.rules[caller.queue]
    agent = people.missed(hall.agents[caller.offered], why, rule.misses, now)
    return _with_caller(_with_agent(hall, agent), call, offered="")


def engages(hall: Hall, agent: str, leg: str, *, up: bool) -> Hall:
    """An agent has a leg in some call; up: they talk on it."""
    known = hall.agents.get(agent)
    return hall if known is None else _with_agent(hall, people.engaged(known, leg, up=up))


def frees(hall: Hall, agent: str, leg: str, now: float) -> Hall:
    """That leg is gone."""
    known = hall.agents.get(agent)
    return hall if known is None else _with_agent(hall, people.freed(known, leg, now))


def pauses(hall: Hall, agent: str, why: Why) -> Hall:
    """An agent takes no more calls. KeyError for one of no queue."""
    return _with_agent(hall, people.paused(hall.agents[agent], why))


def readies(hall: Hall, agent: str, now: float) -> Hall:
    """An agent takes calls again. KeyError for one of no queue."""
    return _with_agent(hall, people.ready(hall.agents[agent], now))


# --- whose turn it is ---------------------------------------------------------------------------------------


def turn(hall: Hall, now: float, reachable: Collection[str]) -> tuple[Hall, tuple[Deed, ...]]:
    """Everything that is due. reachable: agents whose phone can be rung."""
    deeds: list[Deed] = []
    for caller in hall.waiting:
        if caller.offered:
            continue
        hall, deed = _turn_of(hall, caller, now, reachable)
        if deed is not None:
            deeds.append(deed)
    return hall, tuple(deeds)


def _turn_of(hall: Hall, caller: Waiting, now: float, reachable: Collection[str]) -> tuple[Hall, Deed | None]:
    rule = hall.rules[caller.queue]
    agent = next_agent(hall, rule, now, reachable)
    if agent is not None:
        return _give(hall, caller, agent)
    if now >= caller.since + rule.max_wait:
        return leaves(hall, caller.call, answered=False), GiveUp(caller.call, rule.overflow, "waited")
    if not caller.told:
        return _hold(hall, caller, rule, now)
    if now >= caller.says_at:
        return _say(hall, caller, rule, now)
    return hall, None


def next_agent(hall: Hall, rule: Rule, now: float, reachable: Collection[str]) -> Target | None:
    """The free agent idle longest, as a target; of two the one written first in the file."""
    return next(iter(_free(hall, rule, now, reachable)), None)


def unqueued(
    hall: Hall, targets: Iterable[Target], now: float, reachable: Collection[str], dialled: str
) -> tuple[Target, ...]:
    """Where a caller who need not wait goes: in the place of each queue its free agents, idle longest first,
    then its overflow."""
    return tuple(each for target in targets for each in _instead(hall, target, now, reachable, dialled))


def _instead(
    hall: Hall, target: Target, now: float, reachable: Collection[str], dialled: str
) -> tuple[Target, ...]:
    if target.kind != "queue":
        return (target,)
    rule = hall.rules[target.number]
    times = (target.ring_seconds, target.answer_within_seconds)
    free = (_timed(agent, *times) for agent in _free(hall, rule, now, reachable))
    return (*free, *(replace(each, number=each.number or dialled) for each in rule.overflow))


def _free(hall: Hall, rule: Rule, now: float, reachable: Collection[str]) -> list[Target]:
    free = [
        (hall.agents[number].idle_since, place, number, trunk)
        for place, (number, trunk) in enumerate(rule.members)
        if number in reachable and people.free(hall.agents[number], now)
    ]
    why = f"队列 {rule.name}：空闲最久"
    return [Target("agent", number, trunk, 30, 4, why) for _, _, number, trunk in sorted(free)]


def _timed(agent: Target, ring: int, answer: int) -> Target:
    return replace(agent, ring_seconds=ring, answer_within_seconds=answer)


def _give(hall: Hall, caller: Waiting, agent: Target) -> tuple[Hall, Deed]:
    agent = _timed(agent, caller.ring_seconds, caller.answer_within_seconds)
    hall = _with_agent(hall, replace(hall.agents[agent.number], call=caller.call))
    return _with_caller(hall, caller.call, offered=agent.number), Give(caller.call, agent)


def _hold(hall: Hall, caller: Waiting, rule: Rule, now: float) -> tuple[Hall, Deed]:
    """There is a place to wait, or not; a caller taken back always has one."""
    held = sum(one.queue == caller.queue and one.told for one in hall.waiting)
    if held >= rule.most and not caller.ahead:
        return leaves(hall, caller.call, answered=False), GiveUp(caller.call, rule.overflow, "full")
    return _with_caller(hall, caller.call, told=True, says_at=now + rule.first), Hold(caller.call)


def _say(hall: Hall, caller: Waiting, rule: Rule, now: float) -> tuple[Hall, Deed | None]:
    ahead = hall.ahead_of(caller)
    prompts = (*rule.words, *position(ahead)) if rule.position else rule.words
    hall = _with_caller(hall, caller.call, says_at=now + rule.again if rule.again else NEVER)
    return hall, Say(caller.call, SEQUENCE + "+".join(prompts), ahead) if prompts else None


def due(hall: Hall, now: float) -> float:
    """When something changes that no event will bring, CLOCK_MONOTONIC seconds after `now`, or NEVER. Whether
    a phone can be rung again is not known here."""
    waits = [one for one in hall.waiting if not one.offered]
    patience = [one.since + hall.rules[one.queue].max_wait for one in waits]
    words = [one.says_at for one in waits]
    rests = [max(agent.after_until, agent.rest_until) for agent in hall.agents.values()]
    return min((moment for moment in (*patience, *words, *rests) if moment > now), default=NEVER)


def _with_agent(hall: Hall, agent: Agent) -> Hall:
    return replace(hall, agents={**hall.agents, agent.number: agent})


def _with_caller(hall: Hall, call: str, **fields: Any) -> Hall:
    waiting = tuple(replace(one, **fields) if one.call == call else one for one in hall.waiting)
    return replace(hall, waiting=waiting)

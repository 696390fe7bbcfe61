"""An agent of the queues: what is known of them, and the state that follows from it.

The state is never stored: it is read from the few facts (legs, reservation, times, the wish for a pause), so
no two of them can disagree. Pure: every time is CLOCK_MONOTONIC seconds that come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from bridge.calls.actions import Miss
from bridge.frozen import replace

REST: Final = 5.0
"""Seconds for which an agent who did not take a call is offered no other one: a phone that refuses at once
must not be rung in a circle."""

Why = Literal["", "self", "supervisor", "missed"]
"""Who paused an agent: nobody, themselves, a supervisor, or the queue after calls that were not taken."""

_COUNTED: Final[frozenset[Miss]] = frozenset({"silent", "dead", "refused"})
"""Misses after which an agent is set aside: nobody is at that phone. Busy elsewhere, or a trunk out of order,
says nothing about that."""


class State(StrEnum):
    """就绪, 振铃, 通话中, 话后, 暂停. Only who is ready is offered a call."""

    READY = "ready"
    RINGING = "ringing"
    BUSY = "busy"
    AFTER_CALL = "after-call"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Agent:
    """idle_since: since when they have had no call; call: the waiting caller they are reserved for; legs:
    legs of theirs in any call of ours, talking: those of them that are up; wrap: seconds of after-call time
    the present call earns; after_until, rest_until: no call is offered before; misses: calls not taken in a
    row."""

    number: str
    idle_since: float = 0.0
    call: str = ""
    legs: frozenset[str] = frozenset()
    talking: frozenset[str] = frozenset()
    wrap: float = 0.0
    after_until: float = 0.0
    rest_until: float = 0.0
    misses: int = 0
    paused: Why = ""


def state(agent: Agent, now: float) -> State:
    """What an agent is doing. A pause asked for during a call begins after it, instead of the after-call
    time."""
    if agent.talking:
        return State.BUSY
    if agent.legs or agent.call:
        return State.RINGING
    if agent.paused:
        return State.PAUSED
    return State.AFTER_CALL if now < agent.after_until else State.READY


def free(agent: Agent, now: float) -> bool:
    """Whether a caller may be offered to them."""
    return state(agent, now) is State.READY and now >= agent.rest_until


def engaged(agent: Agent, leg: str, *, up: bool) -> Agent:
    """A leg of theirs is in some call; up: they talk on it (or dial out on it)."""
    talking = agent.talking | {leg} if up else agent.talking
    return replace(agent, legs=agent.legs | {leg}, talking=talking)


def freed(agent: Agent, leg: str, now: float) -> Agent:
    """That leg is gone. After the last one they have talked on, the after-call time begins."""
    talked, legs, talking = bool(agent.talking), agent.legs - {leg}, agent.talking - {leg}
    agent = replace(agent, legs=legs, talking=talking)
    if not talked or talking:
        return agent
    return replace(agent, idle_since=now, after_until=now + agent.wrap, wrap=0.0)


def answered(agent: Agent, wrap: float) -> Agent:
    """They took the caller they were reserved for."""
    return replace(agent, call="", misses=0, wrap=wrap)


def missed(agent: Agent, why: Miss, most: int, now: float) -> Agent:
    """They did not. most: misses in a row after which they are set aside, 0 for never."""
    misses = agent.misses + (why in _COUNTED)
    aside: Why = "missed" if most and misses >= most and not agent.paused else agent.paused
    return replace(
        agent,
        call="",
        misses=0 if aside == "missed" else misses,
        paused=aside,
        idle_since=now,
        rest_until=now + REST,
    )


def paused(agent: Agent, why: Why) -> Agent:
    """No more calls, after the one they have."""
    return replace(agent, paused=why)


def ready(agent: Agent, now: float) -> Agent:
    """Calls again, and at once: this ends the after-call time too. Who was ready keeps their place."""
    if state(agent, now) is State.READY:
        return replace(agent, misses=0, rest_until=0.0)
    return replace(agent, paused="", after_until=0.0, rest_until=0.0, misses=0, idle_since=now)

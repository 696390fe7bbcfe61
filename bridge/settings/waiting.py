"""Sections about waiting: queues of our own, and the codes by which agents say whether they take calls.

Where an exchange queues calls, that stays its work: these are for agents on the bridge.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bridge.settings.base import Many, Section
from bridge.settings.fields import FeatureCode
from bridge.settings.world import TargetRule

PromptName = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
"""A prompt's file without .wav; "+" joins prompts in plans, so it is none of its signs."""


class QueueRule(Section):
    """A queue. overflow: where callers go who waited `max_wait_seconds` or found `max_waiting` before them.
    missed_calls: calls an agent may leave unanswered in a row before they are set aside, 0 for any number."""

    agents: Annotated[Many[str], Field(min_length=1)]
    priority: int = Field(default=0, ge=0, le=9)
    max_wait_seconds: int = Field(default=120, ge=0, le=3600)
    max_waiting: int = Field(default=20, ge=0, le=500)
    overflow: Many[TargetRule] = ()
    after_call_seconds: int = Field(default=10, ge=0, le=600)
    missed_calls: int = Field(default=2, ge=0, le=20)
    announcements: Many[PromptName] = ("agents-busy",)
    announce_position: bool = True
    announce_first_seconds: int = Field(default=5, ge=0, le=600)
    announce_every_seconds: int = Field(default=30, ge=0, le=600)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if any(target.queue is not None for target in self.overflow):
            raise ValueError("overflow 里不能再写 queue：排不上的来电要到别处去，写 trunk 或 agent")
        if len(set(self.agents)) < len(self.agents):
            raise ValueError("agents 里有重复的分机")
        return self


class AgentCodes(Section):
    """What agents dial on their phone, or key during a call, to take calls of the queues and to stop; quiet,
    during a call only: nothing may be heard on the caller's line from now on."""

    ready: FeatureCode | None = "*91#"
    paused: FeatureCode | None = "*90#"
    quiet: FeatureCode | None = "*95#"

"""Whether a call is recorded now: the route's policy, and what people asked for. Pure.

A pause keeps the recording's clock going: what is said meanwhile is silence in the file, and no word of it is
transcribed either, so a card number told to an agent is nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bridge.frozen import replace
from bridge.routing.plan import RecordPolicy

RecordWish = Literal["start", "stop", "pause", "resume"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """policy: the call's; pressed: a key that records was pressed; asked: what somebody last asked for
    (None: nothing); paused: for now."""

    policy: RecordPolicy = "never"
    pressed: bool = False
    asked: bool | None = None
    paused: bool = False

    @property
    def on(self) -> bool:
        """Whether there is a recording going on (perhaps paused)."""
        if self.policy == "never":
            return False
        if self.asked is not None:
            return self.asked
        return self.policy == "always" or (self.policy == "from-transfer" and self.pressed)

    @property
    def running(self) -> bool:
        """Whether what is said is kept."""
        return self.on and not self.paused


NOT_RECORDED: Final = Recorded()


def pressed(state: Recorded, policy: RecordPolicy) -> Recorded:
    """A transfer begins, by a route with this policy. It may bring a recording about, never end one."""
    stronger = policy if policy in ("always", "from-transfer") and state.policy != "always" else state.policy
    return replace(state, policy=stronger, pressed=True)


def wish(state: Recorded, what: RecordWish) -> Recorded:
    """What somebody asked for. A policy of never stays so; pausing something that is not recorded pauses the
    transcript all the same."""
    match what:
        case "start":
            return replace(state, asked=True, paused=False)
        case "stop":
            return replace(state, asked=False, paused=False)
        case "pause":
            return replace(state, paused=True)
        case "resume":
            return replace(state, paused=False)

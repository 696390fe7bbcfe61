"""The play: who calls whom in each direction, and what is said when. Values only; the words are recordings.

A scene's files lie in tests/data/speech, each with its text beside it: `{scene}_caller_1.wav` and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bridge.routing.plan import Mode

Direction = Literal["12345-110", "110-12345"]
Far = Literal["answers", "busy", "silent", "dead"]
Part = Literal["caller", "agent", "desk"]

CHECKOUT: Final = Path(__file__).parents[2]
SPEECH: Final = CHECKOUT / "tests" / "data" / "speech"
PHONE: Final = CHECKOUT / "tests" / "peers" / "phone.py"
CALLER_NUMBER: Final = "15463502789"
"""The caller's own number, as in the first story; no such range is given to subscribers."""
AGENT: Final = "8001"


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody says something. to: whose telephone must let it be heard; aside: who must hear music, and
    nothing of it. Nobody may hear themselves."""

    part: Part
    file: str
    to: tuple[Part, ...]
    aside: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """One direction. home: the platform called; away: the one the call is passed to."""

    letter: str
    home: str
    away: str

    def wav(self, line: Line) -> Path:
        """The recording."""
        return SPEECH / f"{self.letter}_{line.file}.wav"

    def words(self, line: Line) -> str:
        """What is said in it."""
        return (SPEECH / f"{self.letter}_{line.file}.txt").read_text().strip()

    def speaker(self, part: Part) -> str:
        """The transcript's label for a part."""
        return {"caller": "caller", "agent": self.home, "desk": self.away}[part]


SCENES: Final[dict[Direction, Scene]] = {
    "12345-110": Scene("a", "12345", "110"),
    "110-12345": Scene("b", "110", "12345"),
}
OPENING: Final = (Line("agent", "agent_1", ("caller",)), Line("caller", "caller_1", ("agent",)))
"""Before the key."""
WAITING: Final = (Line("agent", "agent_2", ("caller",)),)
"""While the far desk rings, in every mode."""
STAYED: Final = (Line("caller", "caller_2", ("agent",)),)
"""After the transfer failed: the caller goes on with the agent."""
TOGETHER: Final[dict[Mode, tuple[Line, ...]]] = {
    "direct": (),
    "conference": (
        Line("desk", "desk_1", ("caller", "agent")),
        Line("agent", "agent_1", ("caller", "desk")),
        Line("caller", "caller_2", ("agent", "desk")),
    ),
    "consult": (
        Line("desk", "desk_1", ("agent",), aside=("caller",)),
        Line("agent", "agent_1", ("desk",), aside=("caller",)),
    ),
}
"""After the far desk answered, with the agent still there."""
HANDED: Final[dict[Mode, tuple[Line, ...]]] = {
    "direct": (
        Line("desk", "desk_1", ("caller",)),
        Line("caller", "caller_2", ("desk",)),
        Line("desk", "desk_2", ("caller",)),
    ),
    "conference": (Line("desk", "desk_2", ("caller",)),),
    "consult": (Line("caller", "caller_2", ("desk",)), Line("desk", "desk_2", ("caller",))),
}
"""After the agent has left."""


def lines(far: Far, mode: Mode) -> tuple[Line, ...]:
    """Everything said in a play that ends so."""
    return (*OPENING, *WAITING, *((*TOGETHER[mode], *HANDED[mode]) if far == "answers" else STAYED))

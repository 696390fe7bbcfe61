"""The play: who calls whom in each direction, and what is said when. Values only; the words are recordings.

A scene's files lie in tests/data/speech, each with its text beside it: `{scene}_caller_1.wav` and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

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
    """Somebody says something."""

    part: Part
    file: str


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
OPENING: Final = (Line("agent", "agent_1"), Line("caller", "caller_1"))
"""Before the key."""
WAITING: Final = (Line("agent", "agent_2"),)
"""While the far desk rings."""
HANDED: Final = (Line("desk", "desk_1"), Line("caller", "caller_2"), Line("desk", "desk_2"))
"""After the far desk answered."""
STAYED: Final = (Line("caller", "caller_2"),)
"""After the transfer failed: the caller goes on with the agent."""


def lines(far: Far) -> tuple[Line, ...]:
    """Everything said in a play that ends so."""
    return (*OPENING, *WAITING, *(HANDED if far == "answers" else STAYED))

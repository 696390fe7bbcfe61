"""What the play showed, measured at the telephones, and whether every step really happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from bridge.demo.cast import Line, Scene
from bridge.demo.state import Json, Picture
from bridge.routing.plan import Mode

CER_LIMIT: Final = 0.05
"""Characters wrong in the whole transcript: the model is good for 0.02; more means something was lost."""

Packets = list[tuple[float, bool]]


@dataclass
class Report:
    """steps: what should have happened -> whether it did. Times in ms; None: not measured in this play."""

    steps: dict[str, bool] = field(default_factory=dict)
    press_to_invite_ms: float | None = None
    press_to_ticket_ms: float | None = None
    answer_to_audio_ms: float | None = None
    caller_gap_ms: float | None = None
    mode: Mode = "direct"
    heard: list[Json] = field(default_factory=list)
    transcript: list[Json] = field(default_factory=list)
    cer: float | None = None
    ticket: Json = field(default_factory=dict)
    handling: Json = field(default_factory=dict)
    outcome: str = ""

    def check(self, step: str, happened: object) -> None:
        """Note a step."""
        self.steps[step] = bool(happened)

    def hear(self, speaker: str, listener: str, match: float, *, right: bool) -> None:
        """How much of what the speaker said was heard at the listener's telephone, 0..1, and whether that is
        as it must be."""
        self.heard.append({"speaker": speaker, "listener": listener, "match": match, "right": right})

    @property
    def all_heard(self) -> bool:
        """Everybody heard whom they should, and nobody else."""
        return bool(self.heard) and all(item["right"] for item in self.heard)

    @property
    def passed(self) -> bool:
        """Every step happened."""
        return bool(self.steps) and all(self.steps.values())

    def as_json(self) -> Json:
        """The demo's last line."""
        return {
            "mode": self.mode,
            "outcome": self.outcome,
            "press_to_invite_ms": self.press_to_invite_ms,
            "press_to_ticket_ms": self.press_to_ticket_ms,
            "answer_to_audio_ms": self.answer_to_audio_ms,
            "caller_gap_ms": self.caller_gap_ms,
            "heard": self.heard,
            "cer": self.cer,
            "transcript": self.transcript,
            "ticket": self.ticket,
            "handling": self.handling,
            "steps": self.steps,
        }


def fill_spoken(report: Report, picture: Picture, scene: Scene, said: tuple[Line, ...]) -> None:
    """Transcript and its character error rate against what the telephones said."""
    report.transcript = [
        {key: item[key] for key in ("speaker", "start", "end", "text")}
        for item in picture.spoken
        if item["final"]
    ]
    wrong = total = 0
    for part in ("caller", "agent", "desk"):
        words = "".join(scene.words(line) for line in said if line.part == part)
        wrong += distance(words, picture.finals(scene.speaker(part)))
        total += len(words)
    report.cer = round(wrong / max(1, total), 4)


def longest_gap(packets: Packets, start: float, end: float) -> float:
    """The longest time without a packet in the window, ms; the window's edges count."""
    times = [start, *(at for at, _ in packets if start <= at <= end), end]
    return round(max(b - a for a, b in pairwise(times)) * 1000, 1)


def answer_to_audio(answered: float, caller: Packets, desk: Packets) -> float | None:
    """From the desk's answer to voice at both ends, ms. The caller's stream marks the first packet from a
    new speaker (RFC 3551 §4.1); the desk's begins with the answer."""
    to_caller = next((at for at, marker in caller if at >= answered and marker), None)
    to_desk = next((at for at, _ in desk if at >= answered), None)
    if to_caller is None or to_desk is None:
        return None
    return round((max(to_caller, to_desk) - answered) * 1000, 1)


def distance(wanted: str, got: str) -> int:
    """Levenshtein's: characters to insert, delete or change."""
    row = list(range(len(got) + 1))
    for i, a in enumerate(wanted, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(got, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def elements(ticket: Json) -> dict[str, Any]:
    """The five elements' values."""
    return {name: item["value"] for name, item in ticket.get("elements", {}).items()}

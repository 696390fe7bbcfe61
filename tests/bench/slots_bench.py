"""How right the five elements are, and what a draft costs: over the labelled dialogues (text; who wrote them
is in tests/data/slots/README.md), and over the demo's spoken calls through the shipped recogniser.
"""

from __future__ import annotations

import time
import wave
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from asr.audio import Clip
from asr.offline import transcribe
from asr.vosk_engine import VoskEngine
from bridge.adapters.place_files import SHIPPED, load
from bridge.tickets.gazetteer import Gazetteer
from bridge.tickets.slots import fill
from bridge.tickets.transcript import Transcript, Utterance, transcript_of
from tests.tickets.dialogues import LINE, Dialogue, accuracy, dialogues

ROOT: Final = Path(__file__).parents[2]
SPEECH: Final = ROOT / "tests" / "data" / "speech"
FILES: Final = ("worked", "held_out", "held_out_2")
SPOKEN: Final = (("a", ("a_caller_1", "a_caller_2")), ("b", ("b_caller_1", "b_caller_2")))
REPEATS: Final = 50


def run() -> dict[str, Any]:
    """Per cent of the elements that are exactly right, and milliseconds of CPU."""
    gazetteer = load(SHIPPED)
    figures: dict[str, Any] = {
        f"slots_{name}": 100 * accuracy(list(dialogues(f"{name}.txt")), gazetteer)["all"] for name in FILES
    }
    return {**figures, "slots_demo": _spoken(gazetteer), **_cost(gazetteer)}


def _spoken(gazetteer: Gazetteer) -> float:
    """The elements of what the recogniser hears, against those of what is said."""
    engine = VoskEngine(ROOT / "asr" / "models" / "demo")
    right = total = 0
    for name, clips in SPOKEN:
        heard, said = Dialogue(name), Dialogue(name)
        for clip in clips:
            heard.said.append(("C", transcribe(engine, _clip(clip))))
            said.said.append(("C", (SPEECH / f"{clip}.txt").read_text().strip()))
        found, wanted = heard.elements(gazetteer), said.elements(gazetteer)
        for element in ("who", "contact", "when", "where", "what"):
            one, other = getattr(found, element), getattr(wanted, element)
            total += 1
            right += (one.value, one.resolved) == (other.value, other.resolved)
    return 100 * right / total


def _clip(name: str) -> Clip:
    with wave.open(str(SPEECH / f"{name}.wav")) as recording:
        return Clip(recording.getframerate(), recording.readframes(recording.getnframes()))


def _cost(gazetteer: Gazetteer) -> dict[str, list[float]]:
    """A long story drafted for the first time, and again when one more sentence has come."""
    began = datetime.fromisoformat("2026-11-23T21:00+08:00")
    texts = [text for each in dialogues("worked.txt") for who, text in each.said if who == "C"]
    first, again = [], []
    for number in range(REPEATS):
        story = [f"{text}{'啊' * number}" for text in texts[number : number + 60]]
        first.append(_timed(_said(story), began, gazetteer))
        again.append(_timed(_said([*story, texts[number - 1]]), began, gazetteer))
    return {"draft_ms": first, "draft_again_ms": again}


def _said(texts: list[str]) -> Transcript:
    return transcript_of(
        Utterance("caller", "in", n * 6.0, n * 6 + 4.0, text, id=f"u{n}") for n, text in enumerate(texts)
    )


def _timed(story: Transcript, began: datetime, gazetteer: Gazetteer) -> float:
    at = time.process_time()
    fill(story, LINE, began, gazetteer)
    return 1000 * (time.process_time() - at)

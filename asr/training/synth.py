"""Many sentences by many voices: runs one `espeak` process per voice, side by side, and survives their
deaths.

A sentence that kills the library is dropped and the voice goes on with the next one; a voice that dies too
often is given up. Order and content of the result depend only on the orders, never on timing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Final

from asr.training.espeak import Prosody, Utterance, decode

MAX_DEATHS: Final = 5
"""A voice that crashes more often than this is broken in this espeak-ng; the rest of its sentences go
unsaid."""


@dataclass(frozen=True, slots=True)
class Order:
    """One sentence to be said, in Hanzi, punctuation allowed (it makes pauses)."""

    text: str
    prosody: Prosody


def say(variant: str, orders: Sequence[Order]) -> list[Utterance | None]:
    """The orders in one voice; None where espeak-ng crashed or gave no sound. Raises OSError without
    Python."""
    spoken: list[Utterance | None] = []
    deaths = 0
    while len(spoken) < len(orders) and deaths <= MAX_DEATHS:
        spoken.extend(_say_until_death(variant, orders[len(spoken) :]))
        if len(spoken) < len(orders):
            spoken.append(None)
            deaths += 1
    return spoken + [None] * (len(orders) - len(spoken))


def say_all(
    orders: dict[str, Sequence[Order]], jobs: int, done: Callable[[str], None] = lambda _voice: None
) -> dict[str, list[Utterance | None]]:
    """Orders per voice -> speech per voice, `jobs` voices at a time; `done` hears each finished voice."""

    def one(voice: str) -> list[Utterance | None]:
        spoken = say(voice, orders[voice])
        done(voice)
        return spoken

    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip(orders, pool.map(one, orders), strict=True))


def _say_until_death(variant: str, orders: Sequence[Order]) -> Iterator[Utterance | None]:
    lines = (json.dumps({"text": order.text, **asdict(order.prosody)}) + "\n" for order in orders)
    command = [sys.executable, "-m", "asr.training.espeak", variant]
    # Input goes in whole and output comes out whole: no deadlock, and a crash only cuts the output short.
    result = subprocess.run(  # noqa: S603 - our own interpreter and module
        command,
        input="".join(lines),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    for line in result.stdout.splitlines():
        try:
            utterance = decode(line)
        except (ValueError, KeyError):
            return
        yield utterance if len(utterance.samples) else None

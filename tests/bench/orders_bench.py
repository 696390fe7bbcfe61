"""The promise itself as a figure: in how many of ten thousand and more orders of events a caller was alone, a
leg was forgotten, or a transfer never ended. New chance each time, unlike the test's.
"""

from __future__ import annotations

import random
import secrets

from tests.calls.orders import EVENTS, MODES, World

WALKS = 4000
"""Of each mode."""
LONGEST = 16


def run() -> dict[str, int]:
    """Orders walked, and those that broke the promise."""
    broken = 0
    for mode in MODES:
        for _ in range(WALKS):
            broken += not _kept(World(mode), random.Random(secrets.randbits(64)))
    return {"orders": WALKS * len(MODES), "violations": broken}


def _kept(world: World, chance: random.Random) -> bool:
    """One order; False: the promise was broken."""
    kinds = tuple(EVENTS)
    try:
        for _ in range(chance.randrange(LONGEST)):
            kind, leg = chance.choice(kinds), chance.choice(world.legs)
            for _ in range(1 + (chance.random() < 0.2)):  # a fifth of all messages comes twice
                world.deal(EVENTS[kind](world.call, leg))
        world.finish()
    except AssertionError:
        return False
    return True

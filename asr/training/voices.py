"""Who speaks: which espeak-ng voice variants train the model, which are kept away from it, and how they may
talk.

Pure data plus one draw. Training voices with the variant's bare name; "" is the voice without a variant.
"""

from __future__ import annotations

import random
from typing import Final

from asr.training.espeak import Prosody

TRAINING: Final = (
    "",
    *("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4"),
    *("Andy", "Mario", "linda", "Denis", "Lee", "Diogo", "pablo", "grandma", "grandpa", "anika", "adam"),
    *("belinda", "steph2", "ed", "iven", "iven3", "edward2", "robert", "shelby", "sandro", "quincy"),
    *("marcelo", "Hugo", "Henrique", "Jacky", "Marco", "Nguyen", "Gene", "zac", "travis", "paul", "david"),
    *("john", "iven2", "iven4", "steph3", "aunty", "antonio", "benjamin", "boris", "caleb"),
    *("Gene2", "gustave", "kaukovalta", "michel", "miguel", "Mike", "Mr", "pedro", "victor", "norbert"),
)
"""Voices the acoustic model hears. A variant that this machine's espeak-ng lacks or dies of is left out."""

HELD_OUT: Final = ("f5", "m8", "Annie", "edward", "max", "Alicia", "Michael", "steph")
"""Never in training: the accuracy on them tells what the model does with a stranger's voice. edward and steph
have the siblings edward2 and steph2/steph3 in training, so those two are only half unknown."""

_RATE: Final = (115, 290, 175)
"""Words a minute: slowest, fastest, most frequent; beyond 290 espeak-ng's Mandarin loses syllables."""


def draw_prosody(random_source: random.Random) -> Prosody:
    """A manner of speaking, wide enough that hurried and drawling callers are both in the training set."""
    low, high, mode = _RATE
    return Prosody(
        rate=round(random_source.triangular(low, high, mode)),
        pitch=random_source.randint(20, 85),
        pitch_range=random_source.randint(20, 85),
        gap=random_source.choice((0, 0, 0, 0, 1, 3)),
    )

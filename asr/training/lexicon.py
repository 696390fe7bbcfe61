"""How each word is pronounced: espeak-ng says every word once and its phone events are the pronunciation.

Knows phone names and words; the only process it starts is synth's. Phones are espeak-ng's, without tone (the
events carry none), folded a little: see `fold`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from asr.training.espeak import Phone, Prosody, Utterance
from asr.training.synth import Order, say

SILENCE: Final = "SIL"
"""The class of everything that is not speech: id 1 in the model, class 0 of the network."""

ER: Final = ("@r1", "@r2")
"""二 is the one phone "@r"; in two halves so that 二二 does not merge into one."""

GAP: Final = "_|"
"""espeak-ng's mark of a syllable's end; the closure of the next stop, if it lasts at all."""

_BATCH: Final = 12
"""Words a lexicon utterance; they are apart by pauses, so their phones do not touch."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words and their pronunciations; `phones` is every phone but silence, sorted."""

    pronunciations: dict[str, tuple[str, ...]]
    phones: tuple[str, ...]

    def classes(self) -> dict[str, int]:
        """Phone -> the network's output (0 is silence)."""
        return {phone: index for index, phone in enumerate((SILENCE, *self.phones))}


def fold(name: str) -> str:
    """espeak-ng's phone name as the model knows it: allophones of one sound under one name."""
    return {"N-": "N", ";": "j"}.get(name, name)


def is_silence(name: str) -> bool:
    """Names that begin with an underscore are pauses or syllable ends."""
    return name.startswith("_")


def phones_of(phones: Iterable[Phone]) -> tuple[str, ...]:
    """The spoken phones, folded, 二's in two halves."""
    spoken: list[str] = []
    for phone in phones:
        if not is_silence(phone.name):
            name = fold(phone.name)
            spoken += ER if name == "@r" else (name,)
    return tuple(spoken)


def build(words: Sequence[str]) -> Lexicon:
    """The lexicon of these words (Hanzi only). Raises RuntimeError when espeak-ng leaves one unsaid."""
    batches = [words[start : start + _BATCH] for start in range(0, len(words), _BATCH)]
    orders = [Order("，".join(batch) + "。", Prosody(rate=300)) for batch in batches]
    pronunciations: dict[str, tuple[str, ...]] = {}
    for batch, utterance in zip(batches, say("", orders), strict=True):
        if utterance is None:
            raise RuntimeError(f"espeak-ng could not say {batch}")
        pronunciations |= _by_word(batch, utterance)
    phones = sorted({phone for spoken in pronunciations.values() for phone in spoken})
    return Lexicon(pronunciations, tuple(phones))


def _by_word(batch: Sequence[str], utterance: Utterance) -> dict[str, tuple[str, ...]]:
    spoken: dict[str, tuple[str, ...]] = {}
    start = 0
    for word in batch:
        within = [phone for phone in utterance.phones if start <= phone.character < start + len(word)]
        spoken[word] = phones_of(within)
        if not spoken[word]:
            raise RuntimeError(f"espeak-ng says nothing for {word!r}")
        start += len(word) + 1
    return spoken

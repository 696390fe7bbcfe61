"""The transducers a decoding graph is made of, in Python: L (lexicon), its expansion to HMM states, G
(language).

Pure; `graph` turns them into Kaldi's files. Labels are phone ids, transition ids or word ids, 0 is nothing;
costs are negative natural logarithms of probabilities.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asr.training.lexicon import Lexicon
from asr.training.phones import SILENCE_ID, class_of, move_on, stay, word_phones
from asr.training.trigram import END, START, History, Model

_SILENCE_AFTER_WORD: Final = 0.15
_SILENCE_AT_START: Final = 0.5


@dataclass(frozen=True, slots=True)
class Arc:
    """From a state, reading and writing a label (0 = nothing), at a cost, to a state."""

    source: int
    read: int
    write: int
    cost: float
    target: int


@dataclass(frozen=True, slots=True)
class Fst:
    """A transducer in Python: states are 0 .. states-1, 0 is the start."""

    states: int
    arcs: list[Arc]
    final: dict[int, float]


def lexicon_fst(lexicon: Lexicon, words: Mapping[str, int], classes: dict[str, int], last_phone: int) -> Fst:
    """L: word on the first phone, silence allowed between words, sound-alikes kept apart by extra phones."""
    loop, quiet = 1, 2
    arcs = [
        Arc(0, 0, 0, -math.log(1 - _SILENCE_AT_START), loop),
        Arc(0, SILENCE_ID, 0, -math.log(_SILENCE_AT_START), 3),
        Arc(quiet, SILENCE_ID, 0, 0.0, 3),
        Arc(3, last_phone + 1, 0, 0.0, loop),
    ]
    states = 4
    alike: Counter[tuple[str, ...]] = Counter()
    for word, pronunciation in lexicon.pronunciations.items():
        alike[pronunciation] += 1
        phones = word_phones([classes[phone] for phone in pronunciation])
        phones.append(last_phone + 1 + alike[pronunciation])
        source, write = loop, words[word]
        for phone in phones[:-1]:
            arcs.append(Arc(source, phone, write, 0.0, states))
            source, write, states = states, 0, states + 1
        arcs.append(Arc(source, phones[-1], 0, -math.log(1 - _SILENCE_AFTER_WORD), loop))
        arcs.append(Arc(source, phones[-1], 0, -math.log(_SILENCE_AFTER_WORD), quiet))
    return Fst(states, arcs, {loop: 0.0})


def expand_hmm(fst: Fst, durations: Sequence[float]) -> Fst:
    """Phones replaced by transition ids: out of the phone first, its self-loop on the state behind it.

    That order ("reorder" in Kaldi) is what Vosk's word alignment expects. A state that several phones lead to
    gets one loop state for each.
    """
    leading: dict[int, set[int]] = {}
    for arc in fst.arcs:
        leading.setdefault(arc.target, set()).add(arc.read)
    arcs: list[Arc] = []
    loops: dict[tuple[int, int], int] = {}
    states = fst.states
    for arc in fst.arcs:
        if arc.read == 0:
            arcs.append(arc)
            continue
        key = (arc.target, arc.read)
        mean = max(1.05, durations[class_of(arc.read)])
        if key not in loops:
            alone = len(leading[arc.target]) == 1 and arc.target != 0
            loops[key] = arc.target if alone else states
            states += not alone
            arcs.append(Arc(loops[key], stay(arc.read), 0, -math.log(1 - 1 / mean), loops[key]))
            if not alone:
                arcs.append(Arc(loops[key], 0, 0, 0.0, arc.target))
        arcs.append(Arc(arc.source, move_on(arc.read), arc.write, arc.cost + math.log(mean), loops[key]))
    return Fst(states, arcs, dict(fst.final))


def language_fst(model: Model, ids: Mapping[str, int]) -> Fst:
    """G: one state per history, arcs for kept n-grams, an empty arc to the shorter history."""
    histories: list[History] = [(START,), (), *(h for h in model if h not in {(START,), ()})]
    number = {history: index for index, history in enumerate(histories)}
    arcs: list[Arc] = []
    final: dict[int, float] = {}
    for history, state in number.items():
        entry = model[history]
        for word, likely in entry.words.items():
            if word == END:
                final[state] = -math.log(likely)
            else:
                target = _longest((*history, word)[-2:], number)
                arcs.append(Arc(state, ids[word], ids[word], -math.log(likely), target))
        if history:
            arcs.append(Arc(state, 0, 0, -math.log(entry.back_off), _longest(history[1:], number)))
    return Fst(len(histories), arcs, final)


def marked(lexicon: Fst, language: Fst, word: int) -> tuple[Fst, Fst]:
    """L and G for putting together beforehand: backing off reads `word`, which no one says, between two
    words.

    As nothing at all it would be every history's sentence at once, and no such graph can be determinized.
    """
    (loop,) = lexicon.final
    phone = max(arc.read for arc in lexicon.arcs) + 1
    told = [replace(arc, read=arc.read or word) for arc in language.arcs]
    return replace(lexicon, arcs=[*lexicon.arcs, Arc(loop, phone, word, 0.0, loop)]), replace(
        language, arcs=told
    )


def _longest(history: History, number: dict[History, int]) -> int:
    while history not in number:
        history = history[1:]
    return number[history]

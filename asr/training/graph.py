"""The decoding graph of a Vosk model: HCLr.fst (phones to words), Gr.fst (words to sentences), words.txt.

The lookahead form: Vosk composes the two while decoding, so the folder stays small and grammars can be
changed at run time. Uses kaldifst, and Debian's fstconvert (libfst-tools) for the two file types kaldifst
cannot write.
"""

from __future__ import annotations

import math
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import kaldifst

from asr.training.lexicon import Lexicon
from asr.training.phones import (
    SILENCE_ID,
    class_of,
    move_on,
    phone_count,
    stay,
    word_boundaries,
    word_phones,
)
from asr.training.trigram import END, START, History, Model

_SILENCE_AFTER_WORD: Final = 0.15
_SILENCE_AT_START: Final = 0.5
_PLUGINS: Final = sorted(Path("/usr/lib").glob("*/fst/*"))
"""Where Debian's libfst22-plugins-base keeps the lookahead type."""


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


def write_graph(folder: Path, lexicon: Lexicon, model: Model, durations: Sequence[float]) -> None:
    """Writes everything under folder (the model's graph/). durations: mean output frames of each class.

    Raises RuntimeError with fstconvert's words when that fails (libfst-tools, libfst22-plugins-base missing).
    """
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    classes = lexicon.classes()
    words = {word: number for number, word in enumerate(lexicon.pronunciations, 1)}
    last_phone = phone_count(len(classes))
    fst = _determinized(_lexicon_fst(lexicon, words, classes, last_phone), last_phone)
    relabel = _write_lookahead(expand_hmm(fst, durations), folder / "HCLr.fst")
    ids = {word: relabel.get(number, number) for word, number in words.items()}
    _convert(_to_kaldi(language_fst(model, ids), "ilabel"), folder / "Gr.fst", ["--fst_type=const"])
    listed = sorted(ids.items(), key=lambda item: item[1])
    (folder / "words.txt").write_text(
        "<eps> 0\n" + "".join(f"{word} {number}\n" for word, number in listed), encoding="utf-8"
    )
    (folder / "disambig_tid.int").write_text(f"{2 * last_phone + 1}\n")
    (folder / "phones" / "word_boundary.int").write_text(word_boundaries(len(classes)))


def _lexicon_fst(lexicon: Lexicon, words: dict[str, int], classes: dict[str, int], last_phone: int) -> Fst:
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


def _determinized(fst: Fst, last_phone: int) -> Fst:
    native = _to_kaldi(fst, "olabel")
    if kaldifst.determinize_star(native):
        raise RuntimeError("the lexicon could not be determinized")
    return _from_kaldi(native, lambda label: 0 if label > last_phone else label)


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


def _longest(history: History, number: dict[History, int]) -> int:
    while history not in number:
        history = history[1:]
    return number[history]


def _to_kaldi(fst: Fst, sort: str) -> Any:
    native = kaldifst.StdVectorFst()
    for _ in range(fst.states):
        native.add_state()
    native.start = 0
    for arc in fst.arcs:
        native.add_arc(arc.source, kaldifst.StdArc(arc.read, arc.write, arc.cost, arc.target))
    for state, cost in fst.final.items():
        native.set_final(state, cost)
    kaldifst.connect(native)
    kaldifst.arcsort(native, sort)
    return native


def _from_kaldi(native: Any, read: Callable[[int], int]) -> Fst:
    arcs, final = [], {}
    # expand_hmm counts on 0 as the start; determinization makes it so, but nothing promises it.
    if native.start != 0:
        raise RuntimeError("the determinized lexicon does not start at state 0")
    for state in range(native.num_states):
        cost = native.final(state).value
        if not math.isinf(cost):
            final[state] = cost
        for arc in kaldifst.ArcIterator(native, state):
            arcs.append(Arc(state, read(arc.ilabel), arc.olabel, arc.weight.value, arc.nextstate))
    return Fst(native.num_states, arcs, final)


def _write_lookahead(fst: Fst, path: Path) -> dict[int, int]:
    """Writes the file and returns old -> new word ids: looking ahead needs labels in an order of its own."""
    pairs = path.with_suffix(".relabel")
    _convert(
        _to_kaldi(fst, "olabel"), path, ["--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs}"]
    )
    rows = (line.split() for line in pairs.read_text().splitlines())
    relabel = {int(old): int(new) for old, new in rows}
    pairs.unlink()
    return relabel


def _convert(native: Any, path: Path, options: Iterable[str]) -> None:
    plain = path.with_suffix(".plain")
    native.write(str(plain))
    libraries = ":".join(map(str, _PLUGINS))
    result = subprocess.run(  # noqa: S603 - Debian's own tool on our own file
        ["fstconvert", *options, str(plain), str(path)],  # noqa: S607
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
        capture_output=True,
        text=True,
        check=False,
    )
    plain.unlink()
    if result.returncode:
        raise RuntimeError(f"fstconvert: {result.stderr.strip() or result.returncode}")

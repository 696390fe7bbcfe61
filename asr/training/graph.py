"""The decoding graphs of a Vosk model: HCLr.fst (phones to words), Gr.fst (words to sentences), words.txt,
and both in one, static/HCLG.fst.

The lookahead form: Vosk composes the two while decoding, anew for every stream, and grammars can be changed
at run time. The static form is one for all streams; it lies apart (`asr.folder.STATIC`), as Vosk would take
it even where a grammar is wanted. Uses kaldifst, and Debian's fstconvert (libfst-tools) for the two file
types kaldifst cannot write.
"""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import kaldifst

from asr.folder import STATIC
from asr.training.lexicon import Lexicon
from asr.training.phones import phone_count, word_boundaries
from asr.training.transducer import Arc, Fst, expand_hmm, language_fst, lexicon_fst, marked
from asr.training.trigram import Model

_PLUGINS: Final = sorted(Path("/usr/lib").glob("*/fst/*"))
"""Where Debian's libfst22-plugins-base keeps the lookahead type."""


def write_graph(folder: Path, lexicon: Lexicon, model: Model, durations: Sequence[float]) -> None:
    """Writes everything under folder (the model's graph/). durations: mean output frames of each class.

    Raises RuntimeError with fstconvert's words when that fails (libfst-tools, libfst22-plugins-base missing).
    """
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    classes = lexicon.classes()
    words = {word: number for number, word in enumerate(lexicon.pronunciations, 1)}
    last_phone = phone_count(len(classes))
    fst = _determinized(_to_kaldi(lexicon_fst(lexicon, words, classes, last_phone), "olabel"), last_phone)
    relabel = _write_lookahead(expand_hmm(fst, durations), folder / "HCLr.fst")
    ids = {word: relabel.get(number, number) for word, number in words.items()}
    _convert(_to_kaldi(language_fst(model, ids), "ilabel"), folder / "Gr.fst", ["--fst_type=const"])
    write_static(folder / STATIC, lexicon, ids, model, durations)
    listed = sorted(ids.items(), key=lambda item: item[1])
    (folder / "words.txt").write_text(
        "<eps> 0\n" + "".join(f"{word} {number}\n" for word, number in listed), encoding="utf-8"
    )
    (folder / "disambig_tid.int").write_text(f"{2 * last_phone + 1}\n")
    (folder / "phones" / "word_boundary.int").write_text(word_boundaries(len(classes)))


def write_static(
    path: Path, lexicon: Lexicon, ids: Mapping[str, int], model: Model, durations: Sequence[float]
) -> None:
    """Writes HCLG.fst alone: H o det(L o G), const. `ids`: the words' numbers in words.txt. Raises
    RuntimeError as write_graph.

    Every history is a tree of its words' phones: the trigrams' number decides the size.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    classes = lexicon.classes()
    last_phone = phone_count(len(classes))
    spoken, language = marked(
        lexicon_fst(lexicon, ids, classes, last_phone), language_fst(model, ids), max(ids.values()) + 1
    )
    composed = kaldifst.compose(_to_kaldi(spoken, "olabel"), _to_kaldi(language, "ilabel"))
    fst = expand_hmm(_determinized(composed, last_phone), durations)
    _convert(_to_kaldi(fst, "ilabel"), path, ["--fst_type=const"])


def _determinized(native: Any, last_phone: int) -> Fst:
    """The same with one way for each row of phones; what only told words apart is nothing then."""
    if kaldifst.determinize_star(native):
        raise RuntimeError("the lexicon could not be determinized")
    return _from_kaldi(native, lambda label: 0 if label > last_phone else label)


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

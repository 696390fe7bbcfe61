"""The static graph of a lexicon of three words: it reads what L reads and costs what G says."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asr.folder import STATIC
from asr.fst import Fst, look
from asr.training.lexicon import Lexicon
from asr.training.phones import class_of, move_on, phone_count, phone_id, stay
from asr.training.transducer import Arc, language_fst, lexicon_fst, marked
from asr.training.trigram import START, estimate, probability

LEXICON = Lexicon({"他": ("t", "a"), "她": ("t", "a"), "啊": ("a",)}, ("a", "t"))
IDS = {"他": 1, "她": 2, "啊": 3}
MODEL = estimate([["他", "啊"]] * 20 + [["她"]], {"啊": 0.1, "她": 0.1, "他": 0.1})
DURATIONS = [3.0, 3.0, 3.0]

Need = Callable[..., str]


def test_backing_off_is_a_word_and_a_phone_of_its_own() -> None:
    last = phone_count(3)
    spoken, language = marked(lexicon_fst(LEXICON, IDS, LEXICON.classes(), last), language_fst(MODEL, IDS), 4)
    backs = [arc for arc in language.arcs if arc.read == 4]
    assert backs
    assert all(arc.write == 0 for arc in backs)
    assert not [arc for arc in language.arcs if arc.read == 0]
    (told,) = [arc for arc in spoken.arcs if arc.write == 4]
    assert told == Arc(1, told.read, 4, 0.0, 1)
    assert [arc.read for arc in spoken.arcs].count(told.read) == 1
    assert told.read > last


def cheapest(native: Any, read: list[int]) -> dict[tuple[int, ...], float]:
    """The cost of each row of words that may be written for these transition ids."""
    import kaldifst  # noqa: PLC0415 - only where it is there

    best: dict[tuple[int, ...], float] = {}
    waiting = [(native.start, 0, (), 0.0)]
    while waiting:
        state, at, wrote, cost = waiting.pop()
        final = native.final(state).value
        if at == len(read) and not math.isinf(final):
            best[wrote] = min(best.get(wrote, math.inf), cost + final)
        for arc in kaldifst.ArcIterator(native, state):
            if arc.ilabel == 0 or (at < len(read) and arc.ilabel == read[at]):
                words = (*wrote, arc.olabel) if arc.olabel else wrote
                waiting.append((arc.nextstate, at + (arc.ilabel != 0), words, cost + arc.weight.value))
    return best


def told_by_child(folder: str, read: str) -> None:
    """Make both graphs in `folder` and print what the static one's readings cost, as JSON. In a process of
    its own: kaldifst's objects are not safe from the garbage collector of one that goes on."""
    import kaldifst  # noqa: PLC0415 - only where it is there

    from asr.training.graph import write_graph, write_static  # noqa: PLC0415 - needs kaldifst

    write_graph(Path(folder), LEXICON, MODEL, DURATIONS)
    path = Path(folder) / "alone" / "HCLG.fst"
    write_static(path, LEXICON, IDS, MODEL, DURATIONS)
    costs = cheapest(kaldifst.StdConstFst.read(str(path)), json.loads(read))
    print(json.dumps([[*item] for item in costs.items()]), flush=True)
    os._exit(0)


def test_what_is_read_and_what_it_costs(need: Need, tmp_path: Path) -> None:
    need("kaldifst", pypi="kaldifst")
    need("fstconvert", debian="libfst-tools")
    t, a, alone = phone_id(2, 0), phone_id(1, 1), phone_id(1, 3)
    assert class_of(t) == 2
    read = [move_on(t), stay(t), move_on(a), stay(a), move_on(alone)]
    code = "import sys; from tests.asr.training.test_graph import told_by_child; told_by_child(*sys.argv[1:])"
    argv = [sys.executable, "-c", code, str(tmp_path), json.dumps(read)]
    child = subprocess.run(
        argv, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=120, check=True
    )
    costs = {tuple(words): cost for words, cost in json.loads(child.stdout.splitlines()[-1])}
    assert look((tmp_path / STATIC).read_bytes()).kind == "const"
    assert look((tmp_path / "alone" / "HCLG.fst").read_bytes()) == Fst("const", has_words=False, largest=3)
    assert set(costs) == {(1, 3), (2, 3)}
    said = {1: "他", 2: "她"}
    for words, cost in costs.items():
        first = said[words[0]]
        rows = ((START,), first), ((START, first), "啊"), ((first, "啊"), "</s>")
        language = sum(-math.log(probability(MODEL, history, word)) for history, word in rows)
        silence = -math.log(0.5) - 2 * math.log(1 - 0.15)
        hmm = -3 * math.log(1 / 3) - 2 * math.log(2 / 3)
        assert cost == pytest.approx(language + silence + hmm, abs=1e-2)

"""The graph's parts on a lexicon of three words: costs, silence, sound-alikes, HMM expansion, back-off."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest

from asr.training.lexicon import Lexicon
from asr.training.phones import (
    SILENCE_ID,
    class_of,
    move_on,
    phone_count,
    phone_id,
    stay,
    word_boundaries,
    word_phones,
)
from asr.training.transducer import Arc, Fst, expand_hmm, language_fst, lexicon_fst
from asr.training.trigram import estimate

LEXICON = Lexicon({"他": ("t", "a"), "她": ("t", "a"), "啊": ("a",)}, ("a", "t"))
CLASSES = LEXICON.classes()
LAST = phone_count(len(CLASSES))


def test_phone_ids_tell_class_and_place() -> None:
    assert CLASSES == {"SIL": 0, "a": 1, "t": 2}
    assert LAST == 9
    assert [class_of(phone) for phone in range(1, 10)] == [0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert word_phones([2, 1]) == [phone_id(2, 0), phone_id(1, 1)]
    assert word_phones([1]) == [phone_id(1, 3)]
    assert word_boundaries(3).splitlines()[:3] == ["1 nonword", "2 begin", "3 end"]
    assert (stay(1), move_on(1), move_on(LAST)) == (1, 2, 2 * LAST)


def paths(fst: Fst, words: int) -> list[tuple[tuple[int, ...], tuple[int, ...], float]]:
    """All (read, written, cost) of at most that many words that end in a final state."""
    out: defaultdict[int, list[Arc]] = defaultdict(list)
    for arc in fst.arcs:
        out[arc.source].append(arc)
    found = []
    waiting = [(0, (), (), 0.0)]
    while waiting:
        state, read, written, cost = waiting.pop()
        if state in fst.final and written:
            found.append((read, written, cost + fst.final[state]))
        for arc in out[state]:
            wrote = (*written, arc.write) if arc.write else written
            if len(wrote) <= words and len(read) < 8:
                took = (*read, arc.read) if arc.read else read
                waiting.append((arc.target, took, wrote, cost + arc.cost))
    return found


def test_each_word_may_be_followed_by_silence_and_its_ways_sum_to_one() -> None:
    numbers = {"他": 1, "她": 2, "啊": 3}
    fst = lexicon_fst(LEXICON, numbers, CLASSES, LAST)
    ways = [(read, cost) for read, written, cost in paths(fst, 1) if written == (3,)]
    silences = {sum(label == SILENCE_ID for label in read) for read, _ in ways}
    assert silences == {0, 1, 2}
    assert sum(math.exp(-cost) for _, cost in ways) == pytest.approx(1)


def test_sound_alikes_read_different_labels() -> None:
    fst = lexicon_fst(LEXICON, {"他": 1, "她": 2, "啊": 3}, CLASSES, LAST)
    read_by = {written: read for read, written, _ in paths(fst, 1) if SILENCE_ID not in read}
    assert len(set(read_by.values())) == 3
    assert read_by[1,][:2] == read_by[2,][:2] == tuple(word_phones([2, 1]))


def test_expansion_leaves_a_phone_before_it_dwells_on_it() -> None:
    """Kaldi's reordered HMM: forward transition first, the self-loop on the state behind; together they sum
    to one."""
    expanded = expand_hmm(Fst(2, [Arc(0, 2, 7, 0.5, 1)], {1: 0.0}), [3.0, 4.0])
    forward, loop = (
        next(arc for arc in expanded.arcs if arc.read == label) for label in (move_on(2), stay(2))
    )
    assert (forward.write, loop.write) == (7, 0)
    assert loop.source == loop.target == forward.target
    assert math.exp(-(forward.cost - 0.5)) + math.exp(-loop.cost) == pytest.approx(1)
    assert math.exp(-loop.cost) == pytest.approx(1 - 1 / 4)


def test_a_state_reached_by_two_phones_gets_a_loop_for_each() -> None:
    expanded = expand_hmm(Fst(2, [Arc(0, 2, 0, 0.0, 1), Arc(0, 6, 0, 0.0, 1)], {1: 0.0}), [3.0, 4.0, 2.0])
    loops = {arc.source: arc.read for arc in expanded.arcs if arc.source == arc.target}
    assert sorted(loops.values()) == [stay(2), stay(6)]
    assert 1 not in loops
    assert {(arc.source, arc.target) for arc in expanded.arcs if arc.read == 0} == {
        (state, 1) for state in loops
    }


def test_the_language_backs_off_to_single_words() -> None:
    model = estimate([["他", "啊"]] * 20 + [["她"]], {"啊": 0.1, "她": 0.1, "他": 0.1})
    fst = language_fst(model, {"他": 1, "她": 2, "啊": 3})
    likely = defaultdict(float)
    for _, written, cost in paths(fst, 2):
        likely[written] = max(likely[written], math.exp(-cost))
    assert likely[1, 3] > 0.5
    assert 0 < likely[3, 2] < likely[2,] < likely[1, 3]

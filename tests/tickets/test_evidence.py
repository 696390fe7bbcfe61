"""The chain: what was changed, left out, put in or moved is noticed, and where."""

from __future__ import annotations

import copy
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.tickets.evidence import NOTHING, Chain, Entry, canonical, digest, final_body, verify
from bridge.tickets.transcript import SpokenWord, Utterance

AT = "2026-03-05T09:30:00+00:00"


def said(text: str, start: float = 1.0, words: int = 2) -> Utterance:
    spoken = tuple(SpokenWord(char, start + n, start + n + 0.25, 0.5) for n, char in enumerate(text[:words]))
    return Utterance("caller", "leg", start, start + 2, text, id=f"leg-{start}", words=spoken)


def chained(texts: list[str]) -> tuple[Chain, list[Entry]]:
    chain, entries = Chain(), list[Entry]()
    for number, text in enumerate(texts):
        chain, entry = chain.add("final", AT, final_body(said(text, number)))
        entries.append(entry)
    return chain, entries


def test_what_is_hashed_is_written_in_one_way() -> None:
    _, (entry,) = chained(["有人\n打架"])
    assert canonical(entry).decode() == (
        '{"at":"2026-03-05T09:30:00+00:00","body":{"end_ms":2000,"id":"leg-0","leg":"leg","speaker":"caller",'
        '"start_ms":0,"text":"有人\\n打架","words":[["有",0,250,500],["人",1000,1250,500]]},'
        f'"kind":"final","previous":"{NOTHING}","seq":1}}'
    )
    assert canonical(json.loads(canonical(entry))) == canonical(entry)
    shuffled = dict(reversed(entry.items()))
    assert digest(shuffled) == digest(entry)


def test_finals_keep_the_order_of_arrival() -> None:
    chain = Chain()
    chain, late = chain.add("final", AT, final_body(said("后来的先到", 9.0)))
    chain, early = chain.add("final", AT, final_body(said("先说的后到", 3.0)))
    assert (late["seq"], early["seq"], early["previous"]) == (1, 2, digest(late))
    assert verify([late, early], chain.head).holds


TEXTS = st.lists(st.text("你我他打架一二", max_size=5), min_size=1, max_size=6)


@settings(max_examples=40)
@given(TEXTS)
def test_an_untouched_chain_holds(texts: list[str]) -> None:
    chain, entries = chained(texts)
    assert verify(entries, chain.head).holds
    assert verify(json.loads(json.dumps(entries)), chain.head).holds


@settings(max_examples=40)
@given(TEXTS, st.data())
def test_any_change_is_noticed_and_placed(texts: list[str], data: st.DataObject) -> None:
    chain, entries = chained(texts)
    at = data.draw(st.integers(0, len(entries) - 1))
    changed = copy.deepcopy(entries)
    changed[at]["body"]["text"] += "了"
    found = verify(changed, chain.head)
    assert (found.at, found.why) == (at + 1, "broken" if at + 1 < len(entries) else "head")


@settings(max_examples=40)
@given(TEXTS, st.data())
def test_left_out_put_in_or_moved(texts: list[str], data: st.DataObject) -> None:
    chain, entries = chained(texts)
    at = data.draw(st.integers(0, len(entries) - 1))
    assert not verify(entries[:at] + entries[at + 1 :], chain.head).holds
    assert not verify([*entries[: at + 1], entries[at], *entries[at + 1 :]], chain.head).holds
    assert not verify(entries[:at], chain.head).holds
    if len(entries) > 1:
        assert not verify(entries[::-1], chain.head).holds


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"seq": 1},
        {"seq": 1, "previous": NOTHING, "body": float("nan")},
        {"seq": "1", "previous": NOTHING},
    ],
)
def test_what_is_no_entry_breaks_the_chain(entry: Entry) -> None:
    assert not verify([entry], "0" * 63 + "1").holds


def test_a_final_costs_no_more_than_a_tenth_of_a_millisecond() -> None:
    """A long utterance, twenty words. The best of several rounds: CPU time, not the machine's mood."""
    spoken, chain = said("东昌府区柳园南路二十六号门口有两个人打架", words=20), Chain()

    def cost() -> float:
        began = time.process_time()
        for _ in range(100):
            chain.add("final", AT, final_body(spoken))
        return (time.process_time() - began) / 100

    assert min(cost() for _ in range(10)) <= 0.0001

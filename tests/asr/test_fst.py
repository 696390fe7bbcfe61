"""OpenFst's files: whole or not, at whatever byte they end."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.fst import CutShortError, Fst, is_fst, look

GRAPH = Path(__file__).parents[2] / "asr" / "models" / "demo" / "graph"
FILES = {name: (GRAPH / f"{name}.fst").read_bytes() for name in ("Gr", "HCLr")}


def text(words: bytes) -> bytes:
    return struct.pack("<i", len(words)) + words


def const(*, words: bool = False, aligned: bool = False, output: int = 7) -> bytes:
    """One state with one arc."""
    flags = (2 if words else 0) | (4 if aligned else 0)
    head = struct.pack("<i", 2125659606) + text(b"const") + text(b"standard")
    head += struct.pack("<iiQqqq", 2, flags, 0, 0, 1, 1)
    if words:
        head += struct.pack("<i", 2125658996) + text(b"words") + struct.pack("<qq", 1, 1)
        head += text(b"<eps>") + struct.pack("<q", 0)

    def pad() -> bytes:
        return bytes(-len(head) % 16) if aligned else b""

    head += pad()
    head += struct.pack("<fIIII", 0.0, 0, 1, 0, 0)
    head += pad()
    return head + struct.pack("<iifi", 3, output, 0.0, 0)


def test_the_shipped_graphs_are_whole() -> None:
    assert look(FILES["Gr"]) == Fst("const", has_words=False, largest=5903)
    assert look(FILES["HCLr"]) == Fst("olabel_lookahead", has_words=False)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(list(FILES)), data=st.data())
def test_cut_short_at_whatever_byte_it_is_noticed(name: str, data: st.DataObject) -> None:
    whole = FILES[name]
    end = data.draw(st.one_of(st.integers(4, len(whole) - 1), st.integers(len(whole) - 300, len(whole) - 1)))
    with pytest.raises(CutShortError):
        look(whole[:end])


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("aligned", [False, True])
def test_with_its_own_words_and_aligned(words: bool, aligned: bool) -> None:
    whole = const(words=words, aligned=aligned)
    assert look(whole) == Fst("const", words, 7)
    for end in range(4, len(whole)):
        with pytest.raises(CutShortError):
            look(whole[:end])


def test_a_kind_we_do_not_know_is_not_judged() -> None:
    body = const().replace(b"const", b"ngram")
    assert look(body[:80]) == Fst("ngram", has_words=False)


@pytest.mark.parametrize(("head", "answer"), [(FILES["Gr"][:4], True), (b"", False), (b"<htm", False)])
def test_what_is_a_graph_at_all(head: bytes, answer: bool) -> None:
    assert is_fst(head) is answer

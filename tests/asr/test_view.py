"""The model's folder as Vosk sees it with its static graph, and what that changes: not what is heard."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import vosk

from asr.chunk import DEFAULT
from asr.folder import STATIC, inspect
from asr.offline import finals
from asr.options import Options
from asr.trial import attempt
from asr.view import view
from asr.vosk_engine import VoskEngine
from asr.words import parse_speech
from tests.asr.spoken import Spoken


@pytest.fixture
def lookahead(demo_model: Path, tmp_path: Path) -> Path:
    """The shipped model as a stock server sees it."""
    model = Path(shutil.copytree(demo_model, tmp_path / "demo"))
    shutil.rmtree((model / "graph" / STATIC).parent)
    return model


@pytest.mark.parametrize("chunk", [None, DEFAULT])
def test_the_static_graph_stands_for_the_others(demo_model: Path, chunk: float | None) -> None:
    with view(demo_model, chunk, static=True) as folder:
        shown = {str(file.relative_to(folder / "graph")) for file in (folder / "graph").iterdir()}
        assert shown == {"HCLG.fst", "words.txt", "disambig_tid.int", "phones"}
        assert inspect(folder).graph == "static"
    assert not folder.exists()


def test_a_stock_server_finds_the_look_ahead_graph_and_takes_phrases(demo_model: Path) -> None:
    assert not (demo_model / "graph" / "HCLG.fst").exists()
    assert (inspect(demo_model).graph, inspect(demo_model).phrases) == ("both", True)
    kaldi = vosk.KaldiRecognizer(vosk.Model(str(demo_model)), 8000, '["\u4e00"]')
    assert parse_speech(kaldi.FinalResult()).text == ""


def test_both_graphs_hear_the_same(
    demo_model: Path, lookahead: Path, greeting: Spoken, question: Spoken
) -> None:
    for said in (greeting, question):
        heard = [speech.text for speech in finals(VoskEngine(demo_model), said.clip)]
        assert heard == [speech.text for speech in finals(VoskEngine(lookahead), said.clip)]
        assert said.heard_in("".join(heard))


def test_the_look_ahead_graph_is_loaded_with_the_first_phrase_list_and_once(
    demo_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[bool] = []
    real = vosk.Model

    def counted(path: str) -> object:
        loaded.append((Path(path) / "graph" / "HCLG.fst").exists())
        return real(path)

    monkeypatch.setattr(vosk, "Model", counted)
    engine = VoskEngine(demo_model, DEFAULT)
    engine.recogniser(Options())
    engine.recogniser(Options(phrases=("\0",)))
    assert loaded == [True]
    for _ in range(2):
        engine.recogniser(Options(phrases=("\u4e00",)))
    assert loaded == [True, False]


def test_a_model_with_both_is_tried_with_both(demo_model: Path, tmp_path: Path) -> None:
    before = set(tmp_path.parent.glob("asr-model-*"))
    attempt(demo_model)
    assert set(tmp_path.parent.glob("asr-model-*")) == before

"""A model with another chunk: what is heard stays the same, the interim results come sooner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asr.chunk import DEFAULT, frames
from asr.offline import finals
from asr.options import Options
from asr.view import view
from asr.vosk_engine import VoskEngine
from tests.asr.spoken import Spoken


@pytest.mark.parametrize(("seconds", "wanted"), [(0.3, 30), (0.12, 12), (0.1, 9), (0.01, 3), (1.0, 99)])
def test_whole_steps_of_the_decoder(seconds: float, wanted: int) -> None:
    assert frames(seconds) == wanted


def test_the_folder_is_the_same_but_for_one_setting_and_gone_afterwards(demo_model: Path) -> None:
    own = (demo_model / "conf" / "model.conf").read_text()
    with view(demo_model, DEFAULT) as folder:
        assert (folder / "conf" / "model.conf").read_text() == f"{own.rstrip()}\n--frames-per-chunk=18\n"
        for file in demo_model.rglob("*"):
            if file.is_file() and file.name != "model.conf":
                assert (folder / file.relative_to(demo_model)).read_bytes() == file.read_bytes()
    assert not folder.exists()
    assert (demo_model / "conf" / "model.conf").read_text() == own


@pytest.mark.parametrize("seconds", [None, 0.0])
def test_the_models_own_setting(demo_model: Path, seconds: float | None) -> None:
    with view(demo_model, seconds) as folder:
        assert folder == demo_model


def test_a_flat_folder_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "final.mdl").touch()
    with view(tmp_path, DEFAULT) as folder:
        assert folder == tmp_path


def first_words(engine: VoskEngine, said: Spoken) -> float:
    """Seconds of the recording after which the first words are shown."""
    heard = engine.recogniser(Options())
    for at in range(0, len(said.clip.pcm), 160):
        heard.accept(said.clip.pcm[at : at + 160])
        if json.loads(heard.partial()).get("partial"):
            return at / 16_000
    raise AssertionError("never")


def test_words_are_shown_sooner_and_are_the_same(
    demo_model: Path, greeting: Spoken, question: Spoken
) -> None:
    own, quick = VoskEngine(demo_model), VoskEngine(demo_model, DEFAULT)
    for said in (greeting, question):
        text = [speech.text for speech in finals(quick, said.clip)]
        assert text == [speech.text for speech in finals(own, said.clip)]
    assert first_words(quick, greeting) < first_words(own, greeting)

"""The committed model's files: complete, small, and with a card that says first what it is not for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asr.audio import read_wav
from asr.samples import to_float
from asr.training.grammar import load
from asr.training.sentences import everyday_characters
from asr.training.speech import prompts, scenes
from asr.training.text import written

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "asr" / "models"
DEMO = MODELS / "demo"
FILES = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/HCLr.fst",
    "graph/Gr.fst",
    "graph/static/HCLG.fst",
    "graph/words.txt",
    "graph/disambig_tid.int",
    "graph/phones/word_boundary.int",
)


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_there(name: str) -> None:
    assert (DEMO / name).stat().st_size > 0


def test_all_models_together_are_small() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) <= 11 * 1024 * 1024


def test_the_model_writes_every_word_of_the_grammar_and_every_everyday_character() -> None:
    rows = [line.split() for line in (DEMO / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()]
    words = {word for word, _ in rows}
    assert rows[0] == ["<eps>", "0"]
    assert len({number for _, number in rows}) == len(rows)
    assert {*load().words(), *everyday_characters()} <= words


def test_subsampling_is_what_vosk_counts_on() -> None:
    assert "--frame-subsampling-factor=3" in (DEMO / "conf" / "model.conf").read_text()
    assert "--sample-frequency=8000" in (DEMO / "conf" / "mfcc.conf").read_text()


def test_the_card_says_first_what_the_model_is_not_for() -> None:
    card = (DEMO / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "不能用于真实来电" in card.splitlines()[0]
    assert all(word in card for word in ("espeak-ng", "CER", "held out", "python -m asr.training build"))


@pytest.mark.parametrize("line", scenes(), ids=lambda line: line.name)
def test_the_scenes_file_says_what_the_list_says(line) -> None:  # type: ignore[no-untyped-def]
    folder = ROOT / "tests" / "data" / "speech"
    clip = read_wav((folder / f"{line.name}.wav").read_bytes())
    assert (folder / f"{line.name}.txt").read_text(encoding="utf-8").strip() == written(line.text)
    assert clip.rate == 8000
    # espeak-ng says 4 to 7 characters a second in this manner; a cut or empty file is far off.
    assert 3 < len(written(line.text)) / clip.seconds < 8


@pytest.mark.parametrize("line", prompts(), ids=lambda line: line.name)
def test_the_prompts_file_is_loud_enough_and_listed(line) -> None:  # type: ignore[no-untyped-def]
    clip = read_wav((ROOT / "bridge" / "prompts" / f"{line.name}.wav").read_bytes())
    samples = to_float(np.frombuffer(clip.pcm, "<i2"))
    assert clip.rate == 8000
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(-6, abs=0.1)
    assert line.text in (ROOT / "bridge" / "prompts" / "README.md").read_text(encoding="utf-8")

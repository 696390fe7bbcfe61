"""A model that ends the process it is loaded in: ours goes on, and says which file it was."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asr.trial import blame
from bridge.__main__ import app

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def damaged(demo_model: Path, folder: Path, name: str) -> Path:
    """The shipped model with half an acoustic model, or settings on which Kaldi aborts as it decodes."""
    model = Path(shutil.copytree(demo_model, folder / "model"))
    path = model / name
    whole = path.read_bytes()
    crash = b"\n--frames-per-chunk=0\n"
    path.write_bytes(whole + crash if name.endswith(".conf") else whole[: len(whole) // 2])
    return model


def test_the_recognisers_door(demo_model: Path, tmp_path: Path) -> None:
    done = run("asr", "check", damaged(demo_model, tmp_path, "am/final.mdl"))
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    for word in ("am/final.mdl", "无法载入", "请重新下载"):
        assert word in sentence


def test_the_bridges_door(demo_model: Path, tmp_path: Path) -> None:
    """`bridge model` passes on what the recogniser's own says; `bridge check` asks it."""
    model = damaged(demo_model, tmp_path, "conf/model.conf")
    config = tmp_path / "bridge.yaml"
    config.write_text(f"asr: {{model: {model}}}\n")
    done = CliRunner().invoke(app, ["check", "-c", str(config)])
    assert done.exit_code == 2
    sentence = done.output.splitlines()[0]
    assert str(model / "conf" / "model.conf") in sentence
    assert "崩溃" in sentence


@pytest.mark.parametrize(
    ("said", "file"),
    [
        ("Could not read symbol table from file /m/graph/words.txt", "graph/words.txt"),
        ('ERROR: Failed to read 9 bytes at offset 3from "/m/graph/Gr.fst"', "graph/Gr.fst"),
        ("Invalid option --endpoi in config file /m/conf/model.conf\nmore", "conf/model.conf"),
        ("Phone 7 not specified in word-boundary file (or options)", "graph/phones/word_boundary.int"),
        ("Input feature dimension mismatch: got 13 but network expects 40", "conf/mfcc.conf"),
        ("ERROR (VoskAPI:Read():compressed-matrix.cc:610) Failed to read data.", "am/final.mdl"),
        ("", "am/final.mdl"),
    ],
)  # fmt: skip
def test_which_file_kaldi_means(said: str, file: str) -> None:
    assert blame(said, Path("/m")) == file

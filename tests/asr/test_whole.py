"""A model folder cut short: every file of the shipped model, and the sentence that names it.

What Vosk itself makes of these was tried: it drops words with a short words.txt, hears nonsense with a short
HCLr.fst, and ends the process in the middle of a call with a short word_boundary.int.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr.errors import ModelError
from asr.folder import inspect
from asr.whole import phones


@pytest.fixture
def model(demo_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_model, tmp_path / "model"))


def told(model: Path) -> str:
    with pytest.raises(ModelError) as error:
        inspect(model)
    said = str(error.value)
    assert "\n" not in said
    return said


FILES = [
    "am/final.mdl", "conf/model.conf", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst", "graph/words.txt",
    "graph/disambig_tid.int", "graph/phones/word_boundary.int", "graph/static/HCLG.fst",
]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_an_empty_file(model: Path, name: str) -> None:
    (model / name).write_bytes(b"")
    assert name in told(model)


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("graph")])
@pytest.mark.parametrize("left", [0.5, -1])
def test_half_a_file_and_one_without_its_last_byte(model: Path, name: str, left: float) -> None:
    path = model / name
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * left)] if left > 0 else whole[:-2])
    assert name in told(model)
    assert "重新下载" in told(model)


@pytest.mark.parametrize("name", ["graph/words.txt", "graph/phones/word_boundary.int"])
def test_cut_at_the_end_of_a_line_where_nothing_looks_torn(model: Path, name: str) -> None:
    lines = (model / name).read_bytes().splitlines(keepends=True)
    (model / name).write_bytes(b"".join(lines[:-1]))
    assert name in told(model)


@pytest.mark.parametrize(
    ("name", "line", "word"),
    [
        ("conf/model.conf", "--min-active=200\n", "--endpoint.silence-phones"),
        ("conf/model.conf", "--endpoint.silence-phones=1\n--beam=\n", "--beam="),
        ("conf/model.conf", "--endpoint.silence-phones=1\n-", "(-)"),
        ("conf/mfcc.conf", "--sample-frequency=8000\n--num-mel-bins=", "--num-mel-bins="),
    ],
)
def test_settings_on_which_kaldi_ends_the_process(model: Path, name: str, line: str, word: str) -> None:
    (model / name).write_text(line)
    assert name in (said := told(model))
    assert word in said


def test_remarks_blanks_and_switches_without_a_value_are_settings_too(model: Path) -> None:
    path = model / "conf" / "model.conf"
    path.write_text(f"# a remark\n\n{path.read_text()}--endpoint.use=1 # why\n--snip-edges\n")
    assert inspect(model).rate == 8000


def test_a_model_without_word_boundaries_is_whole(model: Path) -> None:
    (model / "graph" / "phones" / "word_boundary.int").unlink()
    assert inspect(model).phrases


def test_the_acoustic_models_phones(model: Path) -> None:
    path = model / "am" / "final.mdl"
    assert phones(path) == set(range(1, 222))
    for end in (0, 20, 33, 40):
        path.write_bytes(path.read_bytes()[:end])
        assert len(phones(path)) <= 2


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root may read everything; so for a while we are not root."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65_534)
    yield
    os.seteuid(was)


@pytest.mark.parametrize("name", ["graph/Gr.fst", "am/final.mdl", "conf", "."])
def test_without_the_right_to_read(demo_model: Path, name: str, request: pytest.FixtureRequest) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        model = Path(shutil.copytree(demo_model, Path(folder) / "model"))
        (model / name).chmod(0)
        request.getfixturevalue("nobody")
        said = told(model)
        os.seteuid(os.getuid())
        (model / name).chmod(0o755)
    assert ("model" if name == "." else name) in said
    assert "权限" in said

"""A folder that is not a model is told so in Chinese before Vosk sees it."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest

from asr import folder
from asr.errors import ModelError
from asr.folder import checksum, inspect, sha256


def fst(*, words: bool) -> bytes:
    """The header of a binary OpenFst file: magic, two texts, version, flags."""
    texts = b"".join(struct.pack("<i", len(text)) + text for text in (b"vector", b"standard"))
    return struct.pack("<i", 2125659606) + texts + struct.pack("<ii", 2, 2 if words else 0) + bytes(40)


def model(root: Path, *, lookahead: bool = True, words: bool = True, rate: int | None = 8000) -> Path:
    files = {
        "am/final.mdl": b"\0B<TransitionModel> ",
        "conf/model.conf": b"--beam=10\n--endpoint.silence-phones=1\n",
        "conf/mfcc.conf": b"--use-energy=false\n"
        + (f"--sample-frequency={rate}\n".encode() if rate else b""),
    }
    if lookahead:
        files |= {
            "graph/HCLr.fst": fst(words=False),
            "graph/Gr.fst": fst(words=words),
            "graph/disambig_tid.int": b"1\n",
        }
    else:
        files |= {"graph/HCLG.fst": fst(words=words)}
    for name, body in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return root


@pytest.mark.parametrize("lookahead", [True, False])
@pytest.mark.parametrize(("written", "rate"), [(8000, 8000), (16000, 16000), (None, 16000)])
def test_what_a_model_is(tmp_path: Path, lookahead: bool, written: int | None, rate: int) -> None:
    found = inspect(model(tmp_path / "m", lookahead=lookahead, rate=written))
    assert (found.name, found.rate, found.phrases) == ("m", rate, lookahead)
    assert found.graph == ("lookahead" if lookahead else "static")
    assert found.size == sum(path.stat().st_size for path in (tmp_path / "m").rglob("*.*"))


def test_the_old_flat_layout(tmp_path: Path) -> None:
    whole = model(tmp_path / "m")
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in [p for p in whole.rglob("*") if p.is_file()]:
        path.rename(flat / path.name)
    assert inspect(flat).rate == 8000


def test_words_may_lie_beside_the_graph(tmp_path: Path) -> None:
    path = model(tmp_path, words=False)
    with pytest.raises(ModelError, match=r"缺少 words\.txt"):
        inspect(path)
    (path / "graph" / "words.txt").write_text("<eps> 0\n")
    assert inspect(path).phrases


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("am/final.mdl", "缺少 am/final.mdl,不是 Vosk 模型"),
        ("conf/model.conf", "缺少 conf/model.conf"),
        ("conf/mfcc.conf", "采样率"),
        ("graph/HCLr.fst", "缺少 HCLr.fst"),
        ("graph/Gr.fst", "缺少 Gr.fst"),
        ("graph/disambig_tid.int", "缺少 disambig_tid.int"),
    ],
)
def test_each_missing_file_is_named(tmp_path: Path, missing: str, told: str) -> None:
    (model(tmp_path) / missing).unlink()
    with pytest.raises(ModelError, match=told):
        inspect(tmp_path)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "空的"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"<html>404</html>" * 20, "重新下载"),
        (b"\x16", "重新下载"),
    ],
)
def test_each_file_that_is_not_what_it_seems(tmp_path: Path, name: str, body: bytes, told: str) -> None:
    (model(tmp_path) / name).write_bytes(body)
    with pytest.raises(ModelError, match=told) as error:
        inspect(tmp_path)
    assert Path(name).name in str(error.value)


def test_a_folder_above_the_model_says_where_it_is(tmp_path: Path) -> None:
    model(tmp_path / "vosk-model-small-cn-0.22")
    with pytest.raises(ModelError, match=r"请改用 .*/vosk-model-small-cn-0\.22"):
        inspect(tmp_path)


def test_no_folder_and_a_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="目录不存在"):
        inspect(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match="不是目录"):
        inspect(tmp_path / "file")


def test_the_known_model_is_checked_by_name_or_by_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name or its size, so that a renamed or a torn download is noticed too."""
    body = b"\0B<TransitionModel> and so on"
    monkeypatch.setattr(folder, "SMALL_CN_BYTES", len(body))
    monkeypatch.setattr(folder, "SMALL_CN_SHA256", hashlib.sha256(body).hexdigest())
    for name in ("vosk-model-small-cn-0.22", "renamed"):
        path = model(tmp_path / name)
        (path / "am" / "final.mdl").write_bytes(body)
        assert checksum(inspect(path)) is True
        (path / "am" / "final.mdl").write_bytes(body[:-1] + b"!")
        assert checksum(inspect(path)) is False
    assert checksum(inspect(model(tmp_path / "another"))) is None


def test_the_acoustic_model_is_known_by_its_sum(tmp_path: Path) -> None:
    path = model(tmp_path)
    whole = hashlib.sha256((path / "am" / "final.mdl").read_bytes()).hexdigest()
    assert sha256(inspect(path)) == whole

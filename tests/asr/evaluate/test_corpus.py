"""Lists and folders as people write them, and every way to get one wrong."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from asr.audio import Clip, read_wav, wav_bytes
from asr.errors import CorpusError
from asr.evaluate.corpus import load


def sound(path: Path, seconds: float = 0.5, rate: int = 8000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(Clip(rate, bytes(2 * round(rate * seconds)))))
    return path


def stereo(path: Path) -> Path:
    fmt = struct.pack("<HHIIHH", 1, 2, 8000, 32000, 4, 16)
    pcm = struct.pack("<hh", 1000, -500) * 800
    body = b"fmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(pcm)) + pcm
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)
    return path


def listed(folder: Path, text: str | bytes) -> Path:
    path = folder / "list.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        load(path)
    return str(caught.value)


def test_a_list(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    sound(tmp_path / "in" / "b.wav", 2.0, 16000)
    sound(tmp_path / "c.wav")
    text = "\ufeff# 说明\r\na.wav\t你好\r\n\r\nin/b.wav\t 再见 \t第二组\r\nc.wav\t\r\n"
    one, two, three = load(listed(tmp_path, text))
    assert (one.name, one.text, one.group, one.seconds) == ("a.wav", "你好", "", 0.5)
    assert (two.name, two.text, two.group, two.seconds) == ("in/b.wav", "再见", "第二组", 2.0)
    assert three.text == "", "an empty text after the tab: nobody speaks"
    assert two.clip().rate == 16000


def test_a_folder(tmp_path: Path) -> None:
    sound(tmp_path / "b.wav").with_suffix(".txt").write_text("再见\n")
    sound(tmp_path / "a" / "a.wav").with_suffix(".txt").write_text("你好\n谢谢\n")
    assert [(entry.name, entry.text) for entry in load(tmp_path)] == [
        ("a/a.wav", "你好 谢谢"),
        ("b.wav", "再见"),
    ]


def test_every_problem_at_once_with_its_line(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    (tmp_path / "bad.wav").write_bytes(b"not a wav")
    sound(tmp_path / "none.wav", 0)
    rows = ["a.wav", "x.wav\t你好", "bad.wav\t你好", "a.wav\t甲\t乙\t丙", "\t你好", "none.wav\t你好"]
    told = refused(path := listed(tmp_path, "\n".join(rows))).splitlines()
    for number, words in enumerate(("1 列", "没有这个文件", "不是 WAV", "4 列", "没有文件名", "没有声音"), 1):
        (line,) = [row for row in told if row.startswith(f"{path}:{number}：")]
        assert words in line


def test_the_same_recording_twice(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    told = refused(path := listed(tmp_path, "a.wav\t甲\n./a.wav\t乙\n"))
    assert f"{path}:2：./a.wav 已经在 {path}:1 里" in told


@pytest.mark.parametrize(("encoding", "name"), [("gb18030", "GB18030"), ("utf-16", "UTF-16")])
def test_another_encoding_is_named_with_a_way_out(tmp_path: Path, encoding: str, name: str) -> None:
    sound(tmp_path / "a.wav")
    told = refused(listed(tmp_path, "a.wav\t你好再见".encode(encoding)))
    assert "不是 UTF-8" in told
    assert f"iconv -f {name} -t UTF-8" in told


def test_ten_hours_in_one_file(tmp_path: Path) -> None:
    """The file is sparse and only its head is read."""
    path = sound(tmp_path / "long.wav")
    head = bytearray(path.read_bytes()[:44])
    struct.pack_into("<I", head, 40, 10 * 3600 * 16000)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(44 + 10 * 3600 * 16000)
    told = refused(listed(tmp_path, "long.wav\t你好"))
    assert "长 600 分钟" in told
    assert "切成句子" in told


def test_stereo_wants_a_choice(tmp_path: Path) -> None:
    stereo(tmp_path / "a.wav")
    path = listed(tmp_path, "a.wav\t你好")
    assert "--channel" in refused(path)
    first = {
        channel: struct.unpack_from("<h", load(path, channel)[0].clip().pcm)[0]  # type: ignore[arg-type]
        for channel in ("left", "right", "mix")
    }
    assert first == {"left": 1000, "right": -500, "mix": 250}


def test_a_list_of_nothing_and_no_list(tmp_path: Path) -> None:
    assert "没有一段录音" in refused(listed(tmp_path, "# nothing\n"))
    assert "读不了" in refused(tmp_path / "nowhere.tsv")
    sound(tmp_path / "alone.wav")
    assert "旁边没有 alone.txt" in refused(tmp_path)


def test_of_very_many_problems_the_first_are_told(tmp_path: Path) -> None:
    told = refused(listed(tmp_path, "\n".join(f"{n}.wav\t你好" for n in range(1000)))).splitlines()
    assert len(told) == 21
    assert told[-1] == "……还有 980 处"


def test_a_file_written_is_read_again() -> None:
    clip = Clip(8000, bytes(range(200)))
    assert read_wav(wav_bytes(clip)) == clip

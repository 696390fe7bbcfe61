"""Scope files: the shipped ones load; every mistake is told with its line, in Chinese, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.adapters.scope_files import load
from bridge.errors import ConfigError

GOOD = """annex: 2
categories:
  - id: one
    name: 一
    to: "110"
    text: 原文
    words: {打架: 4}
"""


def refused(folder: Path, text: str) -> str:
    (folder / "a.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(folder)
    return str(caught.value)


def test_words_are_borrowed_and_overridden(tmp_path: Path) -> None:
    more = '  - {id: two, name: 二, to: "110", text: 原文, words_from: [one], words: {打架: 2, 吵架: 1}}\n'
    (tmp_path / "a.yaml").write_text(GOOD + more)
    two = load(tmp_path).category("two")
    assert two is not None
    assert dict(two.words) == {"打架": 2, "吵架": 1}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("to: ", "too: ", 5, "不认识 too"),
        ('"110"', "110", 5, "号码加引号"),
        ("打架: 4", "打架: 9", 7, "1 到 5"),
        ("打架: 4", '"*刀": 4', 7, "前后都要有字"),
        ("{打架: 4}", "[打架]", 7, "{词: 分量}"),
        ("text: 原文", "text: 原文\n    words_from: [none]", 7, "没有编号为 none"),
        ("annex: 2", "annex: 二", 1, "annex"),
        ("categories:", "categories: 3\nother:", 2, "列表"),
    ],
)
def test_each_mistake_has_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    said = refused(tmp_path, GOOD.replace(old, new))
    assert any(f"a.yaml:{line}:" in each and words in each for each in said.splitlines()), said


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, GOOD.replace('"110"', "110").replace("打架: 4", "打架: 9"))
    assert len(said.splitlines()) == 2


def test_the_same_id_twice(tmp_path: Path) -> None:
    assert "重复" in refused(tmp_path, GOOD + GOOD.split("categories:\n")[1])


def test_no_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="没有事项清单"):
        load(tmp_path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path)

"""The quality form's file: the shipped one is read, a wrong one is refused on its line, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.adapters.config_file import inspect
from bridge.adapters.config_listed import LARGEST_FILE
from bridge.adapters.quality_file import load
from bridge.errors import ConfigError

HEAD = "title: 表\npass_mark: 80\nsections:\n  - name: 一\n    questions:\n"


def question(more: str = "", id: str = "a", weight: str = "weight: 5, ") -> str:
    return f"      - {{id: {id}, {weight}text: 问好{more}}}\n"


def test_the_shipped_form_has_what_the_issue_asks_for() -> None:
    form = load()
    kinds = {each.check.kind for each in form.questions if each.check is not None}
    assert kinds == {"greeting", "closing", "asked", "repeated", "forbidden", "silence", "interruptions"}
    assert any(each.fatal for each in form.questions)


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        (HEAD + question(", chek: 1"), 6, '未知的键 "chek"，是不是想写 "check"'),
        ("titel: 表\n" + HEAD + question(), 1, '未知的键 "titel"，是不是想写 "title"'),
        (HEAD + question(weight=""), 6, "“问好”要写 weight"),
        (HEAD + question() * 2, 1, "问题的 id 重复了：a"),
        (HEAD + question(", check: {kind: greetin}"), 6, "只能是 greeting、"),
        (HEAD + question(", check: {kind: asked}"), 6, "kind: asked 要写 words"),
        (HEAD + question(", check: {kind: silence, words: [好]}"), 6, "kind: silence 不用 words"),
        (HEAD + question(", check: {kind: repeated, seconds: 3}"), 6, "不用 seconds"),
        (HEAD + question(", check: {kind: silence, most: 3}"), 6, "只用于 kind: interruptions"),
        (HEAD + question(", check: {kind: forbidden, words: [12345]}"), 6, '要加引号：写成 "12345"'),
        (
            HEAD + question(", options: [{id: a, name: 好, points: 90}, {id: b, name: 差, points: 0}]"),
            6,
            "至少一个 points: 100",
        ),
        (
            HEAD + question(", options: [{id: na, name: 好, points: 100}, {id: b, name: 差, points: 0}]"),
            6,
            "不能用 na",
        ),
        (HEAD + question(weight="fatal: true, "), 1, "没有一个问题有分值"),
        (HEAD.replace("80", "101") + question(), 2, '"pass_mark" 太大，最多 100'),
        ("sections: [a\n", 2, "YAML 写法不对"),
        ("- 1\n", 1, "应是缩进的“键: 值”"),
    ],
)  # fmt: skip
def test_a_wrong_form_says_where(tmp_path: Path, file: str, line: int, said: str) -> None:
    path = tmp_path / "quality.yaml"
    path.write_text(file)
    with pytest.raises(ConfigError) as wrong:
        load(path)
    assert any(each.startswith(f"{path}:{line}: ") and said in each for each in wrong.value.problems), (
        wrong.value.problems
    )


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe", "不是 UTF-8"), (b"#" * (LARGEST_FILE + 1), "不像是评分表")]
)
def test_what_is_no_form_at_all(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "quality.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        load(tmp_path / "quality.yaml")


def test_the_check_of_the_configuration_reads_the_form_beside_it(tmp_path: Path) -> None:
    config, form = tmp_path / "bridge.yaml", tmp_path / "quality.yaml"
    config.write_text("asr: {enabled: false}\nquality:\n  file: quality.yaml\n")
    form.write_text(HEAD + question())
    report = inspect(config, {})
    assert report.settings is not None
    assert report.settings.quality.file == form
    form.write_text(HEAD + question(", fatl: true"))
    report = inspect(config, {})
    assert any(line.startswith(f"{config}:3: {form}:6: 未知的键") for line in report.problems), (
        report.problems
    )
    form.unlink()
    assert any("读不了评分表" in line for line in inspect(config, {}).problems)

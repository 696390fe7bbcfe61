"""The gazetteer's file: what is read, what is refused and on which line, and that it may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.adapters.pinyin import readings
from bridge.adapters.place_files import LARGEST_FILE, NO_PLACES, SHIPPED, faults, load
from bridge.errors import ConfigError
from bridge.tickets.gazetteer import NOWHERE, Place
from bridge.tickets.place_words import COUNTIES


def written(folder: Path, text: str) -> Path:
    path = folder / "places.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_has_no_faults_and_knows_every_county_the_rules_know() -> None:
    assert faults(SHIPPED) == ((), ())
    shipped = load(SHIPPED)
    for said, official in COUNTIES.items():
        place = shipped.place(said)
        assert place is None or place.name == official, said
    assert {place.name for place in shipped.places if place.kind == "county"} >= set(COUNTIES.values())


def test_what_a_file_says(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """city: 聊城市
counties:
  - name: 阳谷县
    aliases: [阳谷]
    towns: [张秋镇]
    roads:
      - 谷山路
      - {name: 运河路, aliases: [运河大街]}
    communities:
    landmarks: [狮子楼]
""",
    )
    assert load(path).places == (
        Place("阳谷县", "county", "", ("阳谷",)),
        Place("张秋镇", "town", "阳谷县"),
        Place("谷山路", "road", "阳谷县"),
        Place("运河路", "road", "阳谷县", ("运河大街",)),
        Place("狮子楼", "landmark", "阳谷县"),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "city: 聊城市\n", "counties:\n", "counties: []\n"])
def test_a_file_that_names_no_place_is_no_mistake_and_said_so(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    assert load(path) is NOWHERE
    problems, reminders = faults(path)
    assert problems == ()
    assert reminders == (f"{path}: {NO_PLACES}",)


def test_no_file_is_no_mistake(tmp_path: Path) -> None:
    assert load(tmp_path / "places.yaml") is NOWHERE
    assert faults(tmp_path / "places.yaml")[1]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("- 阳谷县\n", 1, "键: 值"),
        ("counties: 阳谷县\n", 1, "列表"),
        ("towns: []\n", 1, "不认识 towns"),
        ("counties:\n  - 阳谷县\n", 2, "以 - name:"),
        ("counties:\n  - name: 阳\n", 2, "2 到 20 个字"),
        ("counties:\n  - towns: [张秋镇]\n", 2, "name不能用"),
        ("counties:\n  - name: 阳谷县\n    roades: []\n", 3, "不认识 roades"),
        ("counties:\n  - name: 阳谷县\n    roads: 谷山路\n", 3, "列表"),
        ("counties:\n  - name: 阳谷县\n    roads:\n      - 谷山路\n      - 谷 山 路\n", 5, "没有空格"),
        ("counties:\n  - name: 阳谷县\n    roads:\n      - 谷山路\n      - 谷山路\n", 5, "写了两次"),
        ("counties:\n  - name: 阳谷县\n    roads:\n      - {name: 谷山路, alias: [a]}\n", 4, "不认识 alias"),
        ("counties:\n  - name: 阳谷县\n    roads:\n      - {name: 谷山路, aliases: 山路}\n", 4, "aliases"),
        ("counties:\n  - name: 阳谷县\n  - name: 阳谷县\n", 3, "写了两次"),
        ("counties:\n  - name: 阳谷县\n    roads: [12]\n", 3, "不能用"),
        ("counties:\n\t- name: 阳谷县\n", 2, "Tab"),
        ("counties: []\ncounties: []\n", 2, "重复"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    found = [problem for problem in refused.value.problems if problem.startswith(f"{path}:{line}: ")]
    assert found, refused.value.problems
    assert words in found[0]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * (LARGEST_FILE + 1)])
def test_bytes_that_are_no_such_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "places.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r":1: "):
        load(path)


def test_readings_are_toneless_and_of_hanzi_only() -> None:
    assert readings("莘")[:2] == ("shen", "xin")
    assert readings("绿")[0] == "lv"
    assert readings("a") == readings("，") == readings("") == ()

"""The file of holidays: read into the calendar, the place's own days first, every fault on its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.adapters.config_file import Report, inspect
from bridge.adapters.config_listed import LARGEST_FILE
from bridge.settings.tables import calendar

NEXT_YEAR = """
holidays:
  - "2027-01-01/2027-01-03"
  - "2027-02-05"
workdays: ["2027-02-07"]
"""


def inspected(folder: Path, file: str | bytes, own: str = "") -> Report:
    content = file if isinstance(file, bytes) else file.encode()
    (folder / "holidays.yaml").write_bytes(content)
    config = folder / "bridge.yaml"
    config.write_text(f"asr: {{enabled: false}}\ncalendar:\n  file: holidays.yaml\n{own}")
    return inspect(config, {})


def test_the_file_beside_the_configuration_is_the_calendar(tmp_path: Path) -> None:
    report = inspected(tmp_path, NEXT_YEAR)
    assert report.settings is not None
    days = calendar(report.settings)
    assert not days.works(date(2027, 1, 1))
    assert days.works(date(2027, 2, 7))
    assert days.works(date(2026, 10, 1)), "the shipped file is not read beside it"


def test_what_the_place_has_of_its_own_goes_first(tmp_path: Path) -> None:
    own = '  holidays: ["2027-02-07", "2027-03-03"]\n  workdays: ["2027-01-02"]\n'
    report = inspected(tmp_path, NEXT_YEAR, own)
    assert report.settings is not None
    days = calendar(report.settings)
    assert [days.works(date(2027, *day)) for day in ((2, 7), (3, 3), (1, 2), (1, 1))] == [
        False, False, True, False,
    ]  # fmt: skip


def test_without_a_file_ours_is_read_also_where_the_machine_is_not_looked_at(tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text("asr: {enabled: false}\n")
    for machine in (True, False):
        report = inspect(config, {}, machine=machine)
        assert report.settings is not None
        assert not calendar(report.settings).works(date(2026, 10, 1))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("holidays: [2027-13-01]\n", "holidays.yaml:1: “2027-13-01”不是日期"),
        ("\nholiday: []\n", 'holidays.yaml:2: 未知的键 "holiday"'),
        ('holidays: ["2027-01-01"]\nworkdays: ["2027-01-01"]\n', "既在 holidays 又在 workdays"),
        ("holidays: [a\n", "YAML 写法不对"),
        ("holidays: []\nholidays: []\n", "holidays.yaml:2: "),
        ("- 1\n", "应是缩进的“键: 值”"),
        (b"\xff\xfe\xff", "不是 UTF-8"),
        (b"#" * (LARGEST_FILE + 1), "不像是放假安排"),
    ],
)
def test_a_wrong_file_says_where_and_points_to_the_line_that_names_it(
    tmp_path: Path, file: str | bytes, said: str
) -> None:
    report = inspected(tmp_path, file)
    assert report.settings is None
    assert all(line.startswith(f"{tmp_path / 'bridge.yaml'}:3: ") for line in report.problems)
    assert any(said in line for line in report.problems), report.problems


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text("calendar: {file: nowhere.yaml}\nasr: {enabled: false}\n")
    assert any("读不了放假安排" in line for line in inspect(config, {}).problems)

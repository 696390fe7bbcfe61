"""Scores as tables: answers by the form as it was then, sums by agent and period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bridge.adapters.quality_file import load
from bridge.adapters.sheet_files import as_csv
from bridge.review.notes import Scored
from bridge.review.sheets import DaySums, Span, averages_sheet, period_name, scores_sheet

BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 3, 5, 18, 30, tzinfo=UTC)
NAMES = {"8001": "一号"}


def test_a_score_is_a_row_with_its_answers() -> None:
    form = load()
    answers = {"greeting": {"option": "part", "note": ""}, "danger": {"option": "na", "note": ""}}
    body = {"answers": answers, "remark": "=好", "form": form.json()}
    made = Scored("c", "8001", 2, "12345", NOW, form.version, 875, True, False, "班长", NOW, body)
    bare = Scored("d", "8002", 1, "12345", NOW, form.version, 0, False, True, "班长", NOW)
    sheet = scores_sheet([made, bare], form, NAMES, BEIJING)
    first, second = sheet.rows
    assert (first["at"], first["name"], first["total"], first["passed"]) == (
        "2026-03-06 02:30",
        "一号",
        87.5,
        "是",
    )
    assert (first["q_greeting"], first["q_danger"]) == ("不完整", "不适用")
    assert (second["remark"], second["fatal"], second.get("q_greeting")) == ("", "是", None)
    assert "'=好" in as_csv(sheet).decode(), "no formula in a spreadsheet"


@pytest.mark.parametrize(
    ("span", "names"),
    [
        ("day", ["2026-03-02", "2026-03-08", "2026-03-09"]),
        ("week", ["2026-03-02", "2026-03-09"]),
        ("month", ["2026-03"]),
        ("all", ["全部"]),
    ],
)
def test_sums_come_together_by_period(span: Span, names: list[str]) -> None:
    first = datetime(2026, 3, 2, tzinfo=UTC).toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
    days = [DaySums("8001", "12345", first + ahead, 2, 1500, 1, 0) for ahead in (0, 6, 7)]
    sheet = averages_sheet(days, span, NAMES)
    assert [row["period"] for row in sheet.rows] == names
    assert {row["average"] for row in sheet.rows} == {75.0}
    assert {row["pass_rate"] for row in sheet.rows} == {0.5}
    assert sum(int(str(row["count"])) for row in sheet.rows) == 6
    assert period_name(first, span) == names[0]

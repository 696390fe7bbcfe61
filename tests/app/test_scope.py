"""`bridge scope test` and `bridge scope explain`: what an administrator reads, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.__main__ import app

ROOT = Path(__file__).parents[2]
LISTS = ["--folder", str(ROOT / "config" / "scope")]


def run(*argv: str) -> Result:
    return CliRunner().invoke(app, ["scope", *argv, *LISTS])


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "mine.tsv"
    path.write_text("楼下有人打架\ta2-crime to:110\n他扬言要杀人\ta2-other|a2-crime alert\n今天天气不错\t-\n")
    return path


def test_what_is_right_ends_well(labelled: Path) -> None:
    done = run("test", str(labelled))
    assert done.exit_code == 0, done.output
    assert "100.0%  100.0%    1   0   0  合计：报警" in done.output
    assert "3 句，0 句有不对的" in done.output


def test_what_is_wrong_is_shown_with_its_line_and_what_was_heard(labelled: Path) -> None:
    labelled.write_text(labelled.read_text() + "有人打架\ta3-admin stay\n")
    done = run("test", str(labelled))
    assert done.exit_code == 1
    assert "第 4 行“有人打架”：应为 a3-admin，推荐的是 a2-crime；方向应为 stay，得出 to:110" in done.output
    assert "a2-crime：打架" in done.output
    assert run("test", str(labelled), "--precision", "50", "--recall", "50").exit_code == 0


def test_json_for_programs(labelled: Path) -> None:
    told = json.loads(run("test", str(labelled), "--json").stdout)
    assert (told["examples"], told["met"], told["wrong"]) == (3, True, [])
    assert told["classes"]["a2-crime"]["precision"] == 1
    assert told["directions"]["to:110"]["right"] == 1


def test_faults_of_the_file_are_told_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("有人打架\tno-such-class\n只有话没有答案\n")
    done = run("test", str(path))
    assert done.exit_code == 2
    assert "no-such-class" in done.output
    assert "例子有错，先改好" in done.output
    assert run("test", str(tmp_path / "gone.tsv")).exit_code == 2


def test_explain_tells_category_direction_alert_and_what_did_not_count() -> None:
    done = run("explain", "我没有打架，是邻居扬言要放火")
    assert done.exit_code == 0, done.output
    assert "方向: to:110（直转）" in done.output
    assert "报警: 扬言（d-threat）" in done.output
    assert "对诉求人说" in done.output
    told = json.loads(run("explain", "楼下施工扰民", "--json").stdout)
    assert (told["ranked"][0]["id"], told["direction"]["go"], told["alerts"]) == ("a3-admin", "stay", [])


def test_lists_with_a_fault_are_refused(tmp_path: Path) -> None:
    (tmp_path / "annex1.yaml").write_text("categories: 3\n")
    done = CliRunner().invoke(app, ["scope", "explain", "有人打架", "--folder", str(tmp_path)])
    assert done.exit_code == 2
    assert "事项清单有错，先改好" in done.output

"""`python -m asr evaluate` and `compare` as a person uses them, with the shipped model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from asr.__main__ import app
from asr.evaluate.cer import Counts, difference
from asr.evaluate.command import SHIPPED
from asr.evaluate.compare import Comparison
from asr.evaluate.compare import told as for_people
from asr.evaluate.report import Load, Report
from asr.evaluate.run import Result as One

ROOT = Path(__file__).parents[3]
SPEECH = ROOT / "tests" / "data" / "speech"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Three recordings: one right, one whose text has a word more, one in which nobody speaks."""
    text = (SPEECH / "a_agent_2.txt").read_text().strip()
    path = tmp_path / "three.tsv"
    path.write_text(
        f"{SPEECH / 'a_agent_2.wav'}\t{text.replace('幺幺零', ' 110。')}\n"
        f"{SPEECH / 'a_desk_2.wav'}\t{(SPEECH / 'a_desk_2.txt').read_text().strip()}谢谢\n"
        f"{ROOT / 'tests' / 'data' / 'held-out' / '0014-A-law-idle.wav'}\t\n"
    )
    return path


def test_evaluate_for_people(three: Path) -> None:
    done = run("evaluate", three, "--verbose")
    assert done.exit_code == 0, done.stderr
    for told in (
        "a_agent_2.wav\t全对",
        "替换 0，漏字 2，多字 0",
        "1 / 2 段",
        "95% 区间",
        "无人说话：1 段",
        "定稿延迟：中位",
    ):
        assert told in done.stdout


def test_evaluate_for_programs_is_the_same_every_time(three: Path) -> None:
    argv = ("evaluate", three, "--band", "phone", "--snr", "15", "--loss", "2", "--json")
    one, two = (json.loads(run(*argv).stdout) for _ in range(2))
    for told in (one, two):
        assert (told["files"], told["nobody_speaks"]["files"], told["characters"]) == (3, 1, 37)
        assert told["cer"] == pytest.approx(told["errors"] / told["characters"])
        assert told["cer_low"] <= told["cer"] <= told["cer_high"]
    assert [item["text"] for item in one["items"]] == [item["text"] for item in two["items"]]


def test_what_is_wrong_with_a_list_is_told_before_the_model_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("none.wav\t你好\nonly\n")
    done = run("evaluate", path, "--model", tmp_path, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"].splitlines() == done.stderr.splitlines()
    assert f"{path}:2：这一行有 1 列" in done.stderr


def test_losses_need_a_telephone(three: Path) -> None:
    done = run("evaluate", three, "--loss", "3")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "--band phone" in done.stderr


def test_the_card_is_written_by_the_command(three: Path, tmp_path: Path) -> None:
    card = tmp_path / "CARD.md"
    card.write_text("# 卡\n")
    done = run("evaluate", three, "--card", card)
    assert (done.exit_code, card.read_text()) == (1, "# 卡\n")
    assert "<!-- evaluate three -->" in done.stderr
    card.write_text("# 卡\n<!-- evaluate three -->\n<!-- /evaluate -->\n尾\n")
    assert run("evaluate", three, "--card", card).exit_code == 0
    text = card.read_text()
    assert "| 全部 all | 37 |" in text
    assert "nobody speaks" in text
    assert text.endswith("<!-- /evaluate -->\n尾\n")


def cut_short(model: Path, folder: Path, part: str) -> Path:
    cut = folder / "cut"
    shutil.copytree(model, cut)
    whole = (cut / part).read_bytes()
    (cut / part).write_bytes(whole[: len(whole) // 2])
    return cut


@pytest.mark.parametrize("part", ["am/final.mdl", "graph/Gr.fst", "graph/HCLr.fst"])
def test_a_model_cut_short(demo_model: Path, tmp_path: Path, three: Path, part: str) -> None:
    done = run("evaluate", three, "--model", cut_short(demo_model, tmp_path, part))
    assert done.exit_code == 2
    assert "重新下载并完整解压" in done.stderr


def test_a_comparison_names_the_model_that_is_none(demo_model: Path, tmp_path: Path, three: Path) -> None:
    cut = cut_short(demo_model, tmp_path, "graph/Gr.fst")
    done = run("compare", cut, demo_model, three, "--json")
    assert done.exit_code == 2
    assert f"模型 A（{cut}）" in json.loads(done.stdout)["error"]


def test_a_model_against_a_deafer_one(demo_model: Path, tmp_path: Path) -> None:
    """The same model with hardly any search: it must hear worse, and the exit code must say so."""
    deaf = tmp_path / "deaf"
    shutil.copytree(demo_model, deaf)
    conf = deaf / "conf" / "model.conf"
    conf.write_text(conf.read_text().replace("=12.0", "=1.0").replace("=200", "=1").replace("=3000", "=3"))
    rows = [line for line in SHIPPED.read_text().splitlines() if line[0] != "#"][:5]
    data = tmp_path / "five.tsv"
    data.write_text("\n".join(f"{SHIPPED.parent}/{row}" for row in rows))
    done = run("compare", demo_model, deaf, data, "--json")
    assert done.exit_code == 3, done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"] == "worse"
    assert told["difference"]["low"] > 0
    assert told["difference"]["p"] < 0.05
    assert told["difference"]["cer"] == pytest.approx(told["b"]["cer"] - told["a"]["cer"])
    for side in "ab":
        assert told[side]["rtf"] > 0
        assert told[side]["model"]["peak"] > told[side]["model"]["memory"] >= 0
        assert 0 < told[side]["final_delay_median"] <= told[side]["final_delay_p95"] < 5


def made_up(name: str, errors: int) -> Report:
    results = [
        One(str(n), "", "甲" * 10, "", "", Counts(10, errors, n % 3), 2.0, 0.02, (0.9,)) for n in range(30)
    ]
    return Report(
        Load(name, name, 8000, 2_700_000, 0.1, 7_000_000, 90_000_000), "录音", "原音", tuple(results)
    )


@pytest.mark.parametrize(
    ("of_a", "of_b", "verdict"), [(2, 1, "B 更好"), (1, 2, "B 更差"), (1, 1, "分不出高下")]
)
def test_a_comparison_for_people(of_a: int, of_b: int, verdict: str) -> None:
    a, b = made_up("旧", of_a), made_up("新", of_b)
    found = difference(*([result.counts for result in report.results] for report in (a, b)))
    text = for_people(Comparison(a, b, found))
    for words in ("A 旧", "B 新", "0.0100", "0.90 秒", "90 MB", "2.7 MB", "p = ", verdict):
        assert words in text
    assert f"{100 * (a.counts.rate or 0):.2f}%" in text


def test_nothing_to_compare_on_is_made_up_for_and_said(tmp_path: Path) -> None:
    done = run("compare", tmp_path, tmp_path)
    assert done.exit_code == 2, "the recordings are found, the model is not"
    assert "自带的合成语音" in done.stderr

"""The doors: exit codes and what a person reads at the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "asr" / "models" / "demo"
GOOD = """\
platforms: {"12345": {name: 热线}}
trunks: {carrier: {hosts: [203.0.113.0/24]}, pbx: {hosts: [198.51.100.1/32], target: "198.51.100.1:5060"}}
routes:
  - {name: 来话, number: "12345", from: [carrier], platform: "12345", to: [{trunk: pbx, number: "6000"}]}
"""


def _bridge(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bridge", *argv],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_good_configuration(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(GOOD)
    done = _bridge("check", "-c", str(path))
    assert (done.returncode, done.stdout) == (0, f"{path}: 没有错误\n")


def test_every_error_with_its_line_and_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(GOOD.replace("routes:", "rotues:").replace("203.0.113.0/24", "203.0.113.0/99"))
    done = _bridge("check", "-c", str(path))
    assert done.returncode == 2
    assert f'{path}:3: 未知的键 "rotues"' in done.stderr
    assert '"routes"' in done.stderr
    assert f"{path}:2: " in done.stderr


def test_serve_refuses_a_configuration_with_errors(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text("sip: {listen: nowhere}\n")
    done = _bridge("serve", "-c", str(path))
    assert done.returncode == 2
    assert f"{path}:1: " in done.stderr


ROUTES = """\
platforms: {"12345": {name: 热线}, "110": {name: 报警}}
api: {listen: "127.0.0.1:9", trust_loopback: true}
trunks:
  carrier: {hosts: [203.0.113.0/24]}
  police: {hosts: [198.51.100.1/32], target: "198.51.100.1:5060"}
  night: {hosts: [198.51.100.2/32], target: "198.51.100.2:5060"}
agents:
  "8001": {name: 一号, platform: "12345", secret_env: NOBODY_SET_THIS}
routes:
  - name: 白天
    number: "110"
    from: [agents]
    platform: "110"
    to: [{trunk: police}, {trunk: night, number: "0635110", ring_seconds: 45}]
    hours: {days: [workday], times: ["08:30-17:30"]}
    total_seconds: 90
    emergency: true
    key: true
  - {name: 夜里, number: "110", from: [agents], platform: "110", to: [{trunk: night}], key: true}
"""


def _route(tmp_path: Path, *argv: str, text: str = ROUTES) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "bridge.yaml"
    path.write_text(text)
    return _bridge("route", *argv, "-c", str(path))


def test_a_route_is_told_with_its_targets_and_why(tmp_path: Path) -> None:
    done = _route(tmp_path, "110", "--from-agent", "8001", "--at", "2026-03-02T10:00")
    assert done.returncode == 0, done.stderr
    for words in (
        "路由“白天”",
        "workday 08:30-17:30",
        "紧急方向",
        "最多试 90 秒",
        "2026-03-02 10:00（Asia/Shanghai）",
        "第 1 条路由“白天”，110 匹配 110，来自话务员 8001",
        "没有连上 http://127.0.0.1:9",
    ):
        assert words in done.stdout
    first, second = [line for line in done.stdout.splitlines() if line.startswith("│")]
    assert "中继 police 上的 110" in first
    assert "30 秒" in first
    assert "中继 night 上的 0635110" in second
    assert "45 秒" in second


def test_the_hour_decides(tmp_path: Path) -> None:
    """20:00 in Shanghai, written in two ways."""
    for moment in ("2026-03-02T20:00", "2026-03-02T12:00+00:00"):
        done = _route(tmp_path, "110", "--from-agent", "8001", "--at", moment)
        assert "路由“夜里”" in done.stdout, done.stderr


def test_no_route_says_what_keeps_it(tmp_path: Path) -> None:
    done = _route(tmp_path, "110", "--from", "carrier", "--at", "2026-03-02T10:00")
    assert done.returncode == 1
    assert "第 1 条“白天”（110）：from 是 [agents]，没有中继 carrier" in done.stdout
    day = ROUTES.partition("  - {name: 夜里")[0]
    done = _route(tmp_path, "110", "--from-agent", "8001", "--at", "2026-03-02T20:00", text=day)
    assert done.returncode == 1
    assert "这时不在 hours 里（workday 08:30-17:30）" in done.stdout
    done = _route(tmp_path, "119", "--from-agent", "8001")
    assert done.returncode == 1
    assert "没有一条路由的 number 匹配 119" in done.stdout


def test_a_question_that_makes_no_sense(tmp_path: Path) -> None:
    for argv, advice in (
        (("110",), "--from 中继名，或 --from-agent"),
        (("110", "--from", "x"), "配置里没有中继 x，有：carrier、police、night"),
        (("110", "--from-agent", "8001", "--at", "noon"), "应像 2026-10-01T20:30"),
    ):
        done = _route(tmp_path, *argv)
        assert done.returncode == 1
        assert advice in done.stderr
    assert _route(tmp_path, "110", "--from", "x", text="rotues: []").returncode == 2


def test_a_model_is_loaded_and_described() -> None:
    clip = ROOT / "tests" / "data" / "speech" / "a_agent_1.wav"
    done = _bridge("model", str(MODEL), "--clip", str(clip))
    assert done.returncode == 0
    assert "8000" in done.stdout
    assert clip.with_suffix(".txt").read_text().strip() in done.stdout


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    done = _bridge("model", str(tmp_path))
    assert done.returncode == 2
    assert "am/final.mdl" in done.stderr


def test_the_recogniser_transcribes_files() -> None:
    clip = ROOT / "tests" / "data" / "speech" / "a_desk_1.wav"
    done = subprocess.run(
        [sys.executable, "-m", "asr", "transcribe", str(clip)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == f"{clip}\t{clip.with_suffix('.txt').read_text().strip()}\n"


def test_a_check_as_json() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "asr", "check", str(MODEL), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["rate"] == 8000


def test_two_models_are_compared(tmp_path: Path) -> None:
    for name in ("a_agent_1", "a_agent_2"):
        for suffix in (".wav", ".txt"):
            (tmp_path / f"{name}{suffix}").symlink_to(ROOT / "tests" / "data" / "speech" / f"{name}{suffix}")
    done = _bridge("model", "compare", str(MODEL), str(MODEL), str(tmp_path), "--snr", "30", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["verdict"], told["a"]["files"]) == ("same", 2)
    assert "信噪比 30 dB" in told["b"]["line"]
    done = _bridge("model", "compare", str(MODEL), str(MODEL), str(tmp_path / "none.tsv"))
    assert done.returncode == 1
    assert "none.tsv：读不了" in done.stderr


def test_options_of_a_model_check_may_come_first() -> None:
    clip = ROOT / "tests" / "data" / "speech" / "a_agent_2.wav"
    done = _bridge("model", "--clip", str(clip), str(MODEL))
    assert (done.returncode, done.stderr) == (0, "")
    assert clip.with_suffix(".txt").read_text().strip() in done.stdout

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

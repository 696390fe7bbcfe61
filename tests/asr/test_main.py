"""The three doors as a person or a supervisor uses them: real processes, the shipped model."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from asr.audio import Clip, wav_bytes
from tests.asr.spoken import Spoken

ROOT = Path(__file__).parent.parent.parent


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "asr", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


# --- transcribe ---------------------------------------------------------------------------------------------


def test_transcribe_prints_file_tab_text(greeting: Spoken, question: Spoken) -> None:
    done = run("transcribe", greeting.path, question.path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    for said, (file, text) in zip((greeting, question), lines, strict=True):
        assert file == str(said.path)
        assert said.heard_in(text)
        assert " " not in text


def test_bad_files_are_named_and_the_others_done(greeting: Spoken, tmp_path: Path) -> None:
    bad, none = tmp_path / "bad.wav", tmp_path / "none.wav"
    bad.write_bytes(b"not a wav")
    done = run("transcribe", none, bad, tmp_path, greeting.path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{greeting.path}\t")
    assert done.stdout.count("\n") == 1
    named = [line.partition(":")[0] for line in done.stderr.splitlines()]
    assert named == [str(none), str(bad), str(tmp_path)]


def test_a_rate_that_cannot_be_recognised_is_told(tmp_path: Path) -> None:
    path = tmp_path / "low.wav"
    path.write_bytes(wav_bytes(Clip(6000, bytes(12_000))))
    done = run("transcribe", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "6000 Hz" in done.stderr


def test_transcribe_with_a_folder_that_is_no_model(greeting: Spoken, tmp_path: Path) -> None:
    done = run("transcribe", "--model", tmp_path, greeting.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "am/final.mdl" in done.stderr


# --- check --------------------------------------------------------------------------------------------------


def test_check_for_people(demo_model: Path, greeting: Spoken) -> None:
    done = run("check", demo_model, "--clip", greeting.path)
    assert (done.returncode, done.stderr) == (0, "")
    for told in ("8000 Hz", "HCLr.fst", "MB", "实时率", str(greeting.path)):
        assert told in done.stdout
    assert greeting.heard_in(done.stdout.partition("文本:")[2])


def test_check_for_programs(demo_model: Path) -> None:
    done = run("check", demo_model, "--json")
    told = json.loads(done.stdout)
    assert (told["rate"], told["graph"], told["checksum"], told["text"]) == (8000, "both", None, "")
    assert told["size"] == sum(path.stat().st_size for path in demo_model.rglob("*") if path.is_file())
    assert 0 < told["decode_seconds"] < told["clip_seconds"]


def test_check_of_what_is_no_model(tmp_path: Path) -> None:
    done = run("check", tmp_path, "--json")
    assert done.returncode == 2
    assert "不是 Vosk 模型" in json.loads(done.stdout)["error"]
    assert "不是 Vosk 模型" in done.stderr


def test_check_tells_a_damaged_download(demo_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "vosk-model-small-cn-0.22"
    for path in [path for path in demo_model.rglob("*") if path.is_file()]:
        target = copy / path.relative_to(demo_model)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    done = run("check", copy)
    assert done.returncode == 1
    assert "不一致" in done.stdout


def test_check_with_a_bad_clip(demo_model: Path, tmp_path: Path) -> None:
    done = run("check", demo_model, "--clip", tmp_path / "none.wav")
    assert (done.returncode, done.stdout) == (1, "")
    assert "none.wav" in done.stderr


# --- serve --------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "asr", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    yield process, process.stdout.readline()
    process.kill()
    process.wait(10)
    process.stdout.close()
    process.stderr.close()


Served = tuple[subprocess.Popen[str], str]


async def test_serve_says_when_it_is_ready_and_ends_on_sigterm(server: Served, greeting: Spoken) -> None:
    process, ready = server
    words = ready.split()
    assert words[:2] == ["asr", "ready"]
    assert words[3:] == ["model=demo", "rate=8000"]
    clip, text = greeting.clip, ""
    async with connect(words[2], proxy=None) as client:
        await client.send(json.dumps({"config": {"sample_rate": clip.rate}}))
        for at in range(0, len(clip.pcm), clip.rate // 5 * 2):
            await client.send(clip.pcm[at : at + clip.rate // 5 * 2])
            text += json.loads(await asyncio.wait_for(client.recv(), 10)).get("text", "")
        await client.send('{"eof" : 1}')
        text += json.loads(await asyncio.wait_for(client.recv(), 10))["text"]
    assert greeting.heard_in(text)
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.to_thread(process.communicate, timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


async def test_sigterm_in_the_middle_of_a_stream(server: Served) -> None:
    process, ready = server
    async with connect(ready.split()[2], proxy=None) as client:
        await client.send(bytes(1600))
        await client.recv()
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(client.wait_closed(), 10)
        assert client.close_code == 1001
    assert await asyncio.to_thread(process.wait, 10) == 0


def test_serve_on_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr


def test_serve_without_a_model(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", "--model", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "am/final.mdl" in done.stderr

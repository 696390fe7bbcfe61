"""The recorder process: what was said is on the disk, as said, whoever dies, and whatever the disk does."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import UnusableRecording
from bridge.media import g711
from bridge.media.recording import Recording
from bridge.media.takes import LEFT, RIGHT, Kept, Stored, TakeLeg, TakePlan, Trouble
from bridge.media.wav import HEADER_SIZE
from tests.recorder.conftest import Recorder, until

KEY = bytes(range(32))
CALLER, AGENT = TakeLeg("c.0", LEFT, "caller"), TakeLeg("c.1", RIGHT, "12345")
PLAN = TakePlan("abc", "call-1", (CALLER, AGENT))
ENDED = TakePlan("abc", "call-1", (CALLER, AGENT), ended=True)


def tape(recorder: Recorder, seconds: int = 3) -> float:
    """A conversation: the caller is octet 1, the agent octet 2 and comes one second later."""
    at = time.monotonic()
    recorder.wish(PLAN)
    recorder.say("c.0", at, b"\x01" * 8000 * seconds)
    recorder.say("c.1", at + 1, b"\x02" * 8000 * (seconds - 1))
    return at


def sides(recorder: Recorder, kept: Kept, key: bytes = b"") -> tuple[bytes, bytes]:
    with (recorder.shelf / kept.path).open("rb") as opened:
        recording = Recording(opened, key or None)
        stereo = recording.read(HEADER_SIZE, recording.size)
    return stereo[0::2], stereo[1::2]


@pytest.mark.parametrize("key", [b"", KEY], ids=["plain", "sealed"])
def test_a_conversation_is_kept_as_it_was(recorder: Recorder, key: bytes) -> None:
    recorder.key = key
    recorder.start()
    at = tape(recorder)
    recorder.wish(ENDED)
    kept = recorder.wait(Kept)
    assert (kept.call, kept.end, kept.seconds, kept.missing, kept.began) == ("call-1", "whole", 3.0, 0.0, at)
    assert kept.legs == (CALLER, AGENT)
    left, right = sides(recorder, kept, key)
    assert left == b"\x01" * 24000
    assert right == b"\xd5" * 8000 + b"\x02" * 16000
    content = (recorder.shelf / kept.path).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (kept.sha256, kept.octets)
    assert kept.sealed == bool(key)
    assert (b"\x01\xd5" * 100 in content) != bool(key)
    assert (recorder.shelf / kept.path).stat().st_mode & 0o077 == 0
    recorder.wish(Stored(kept.file))
    until(lambda: not list((recorder.shelf / "open").iterdir()), "the note goes when it is stored")


def test_three_parties_are_the_caller_left_and_the_others_mixed_right(recorder: Recorder) -> None:
    recorder.start()
    at = time.monotonic()
    third = TakeLeg("c.2", RIGHT, "110")
    recorder.wish(TakePlan("abc", "call-1", (CALLER, AGENT, third)))
    one = g711.encode("PCMA", np.full(2400, 1000, np.int16))
    two = g711.encode("PCMU", np.full(2400, 2000, np.int16))
    recorder.say("c.0", at, one)
    recorder.say("c.1", at, one)
    recorder.say("c.2", at, two, law="PCMU")
    recorder.wish(TakePlan("abc", "call-1", (CALLER, AGENT, third), ended=True))
    left, right = sides(recorder, recorder.wait(Kept))
    assert abs(int(g711.decode("PCMA", left)[100]) - 1000) < 40
    assert abs(int(g711.decode("PCMA", right)[100]) - 3000) < 120


def test_strips_that_come_before_their_plan_are_kept(recorder: Recorder) -> None:
    recorder.start()
    recorder.say("c.0", time.monotonic(), b"\x01" * 8000)
    recorder.wish(PLAN, ENDED)
    assert recorder.wait(Kept).seconds == 1.0


def test_what_got_lost_on_the_way_is_silence_and_counted(recorder: Recorder) -> None:
    recorder.start()
    at = time.monotonic()
    recorder.wish(PLAN)
    recorder.say("c.0", at, b"\x01" * 2400)
    recorder.say("c.0", at + 0.3, b"\x03" * 4800, lost=1)
    recorder.wish(ENDED)
    kept = recorder.wait(Kept)
    assert kept.missing == 0.3
    assert sides(recorder, kept)[0] == b"\x01" * 2400 + b"\xd5" * 2400 + b"\x03" * 2400


@pytest.mark.parametrize("key", [b"", KEY], ids=["plain", "sealed"])
def test_kill_9_leaves_a_file_that_can_be_read_and_is_told_at_the_next_start(
    recorder: Recorder, key: bytes
) -> None:
    recorder.key = key
    recorder.start()
    tape(recorder)
    spare = recorder.shelf / "open"
    kind = f"abc-*.{'sealed' if key else 'wav'}"
    until(lambda: any(path.stat().st_size > 2 * 8000 * 2.9 for path in spare.glob(kind)), "written")
    recorder.end(signal.SIGKILL)
    (path,) = spare.glob(kind)
    with path.open("rb") as opened:  # as it lies there, before anybody repairs anything
        recording = Recording(opened, key or None)
        assert recording.read(HEADER_SIZE, HEADER_SIZE + 16000) == b"\x01\xd5" * 8000
        assert recording.cut == bool(key)
    recorder.start()
    kept = recorder.wait(Kept)
    assert (kept.file, kept.end, kept.call) == (path.stem, "cut", "call-1")
    assert 2.9 <= kept.seconds <= 3.0
    left, _ = sides(recorder, kept, key)
    assert left == b"\x01" * round(kept.seconds * 8000)
    assert hashlib.sha256((recorder.shelf / kept.path).read_bytes()).hexdigest() == kept.sha256


def test_a_kept_file_is_told_to_every_control_until_one_has_stored_it(recorder: Recorder) -> None:
    recorder.start()
    tape(recorder)
    recorder.wish(ENDED)
    kept = recorder.wait(Kept)
    recorder.connect()
    assert recorder.wait(Kept) == kept
    recorder.end(signal.SIGKILL)
    recorder.start()
    assert recorder.wait(Kept) == kept
    recorder.wish(Stored(kept.file))
    until(lambda: not (recorder.shelf / "open" / f"{kept.file}.json").exists(), "stored")
    recorder.connect()
    recorder.wish(TakePlan("next", "call-2", (CALLER,)))
    recorder.say("c.0", time.monotonic(), b"\x01" * 800)
    recorder.wish(TakePlan("next", "call-2", (CALLER,), ended=True))
    assert recorder.wait(Kept).take == "next"
    assert not recorder.news


def test_sigterm_finishes_what_is_open(recorder: Recorder) -> None:
    recorder.start()
    tape(recorder)
    until(lambda: list(recorder.shelf.glob("open/*.wav")), "begun")
    assert recorder.end() == 0
    (path,) = recorder.shelf.glob("2*/*/*/*.wav")
    assert path.stat().st_size == HEADER_SIZE + 2 * 24000


def test_a_full_disk_ends_files_tells_and_nothing_is_deleted(recorder: Recorder) -> None:
    recorder.quota = 30_000
    recorder.start()
    tape(recorder, 2)
    recorder.wish(ENDED)
    kept = recorder.wait(Kept)
    trouble = recorder.wait(Trouble)
    assert (trouble.why, trouble.over) == ("quota", False)
    recorder.wish(TakePlan("later", "call-2", (CALLER,)))
    recorder.say("c.0", time.monotonic(), b"\x01" * 8000)
    recorder.connect()
    assert recorder.wait(Trouble).why == "quota"  # the next control hears of it too
    assert (recorder.shelf / kept.path).stat().st_size == kept.octets
    assert not list(recorder.shelf.glob("**/later*"))


def test_too_little_free_space_is_told_at_the_start(recorder: Recorder) -> None:
    found = os.statvfs(recorder.folder)
    recorder.least = found.f_bavail * found.f_frsize * 2
    recorder.start()
    assert recorder.wait(Trouble).why == "disk-full"


def test_a_disk_that_refuses_ends_the_file_with_what_it_has(recorder: Recorder) -> None:
    recorder.start()
    assert recorder.process is not None
    tape(recorder, 3)
    until(lambda: any(p.stat().st_size > 20000 for p in recorder.shelf.glob("open/*.wav")), "some of it")
    limit = (
        60_000  # octets a file of this process may have: writing beyond is EFBIG, a disk error like others
    )
    resource.prlimit(recorder.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    recorder.say("c.0", time.monotonic() + 3, b"\x01" * 40000)
    assert recorder.wait(Trouble).why == "write-failed"
    kept = recorder.wait(Kept)
    assert kept.end == "failed"
    assert kept.octets <= limit
    assert sides(recorder, kept)[0][:24000] == b"\x01" * 24000


@pytest.mark.parametrize("change", ["key", "flip", "swap"])
def test_a_sealed_file_tells_a_wrong_key_and_tampering(recorder: Recorder, change: str) -> None:
    recorder.key = KEY
    recorder.start()
    tape(recorder)
    recorder.wish(ENDED)
    kept = recorder.wait(Kept)
    path = recorder.shelf / kept.path
    content = bytearray(path.read_bytes())
    if change == "flip":
        content[len(content) // 2] ^= 1
    path.write_bytes(content if change != "swap" else content[:300] + content[301:])
    key = bytes(32) if change == "key" else KEY
    with pytest.raises(UnusableRecording):
        sides(recorder, kept, key)


def test_wishes_and_strips_that_are_none_do_no_harm(recorder: Recorder) -> None:
    recorder.start()
    assert recorder._control is not None
    for line in (
        b"{}",
        b"[]",
        b"nonsense",
        b'{"kind":"Kept"}',
        b'{"kind":"TakePlan","take":"../x","call":"y"}',
    ):
        recorder._control.sendall(line + b"\n")
    recorder._strips.send(b"")
    recorder._strips.send(b"\xff" * 20)
    tape(recorder)
    recorder.wish(ENDED)
    assert recorder.wait(Kept).seconds == 3.0
    assert not list(recorder.folder.glob("**/x*"))


def test_a_reader_needs_no_recorder(recorder: Recorder, tmp_path: Path) -> None:
    """`bridge recording`: a plain WAV out of a sealed file, and the same hash as the row has."""
    recorder.key = KEY
    recorder.start()
    tape(recorder)
    recorder.wish(ENDED)
    kept = recorder.wait(Kept)
    (tmp_path / "key").write_text(json.dumps(KEY.hex())[1:-1])
    out = tmp_path / "out.wav"
    argv = [
        "recording",
        str(recorder.shelf / kept.path),
        "--out",
        str(out),
        "--key-file",
        str(tmp_path / "key"),
    ]
    said = subprocess.run(
        [sys.executable, "-m", "bridge", *argv], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert kept.sha256 in said
    assert out.read_bytes()[HEADER_SIZE:] == b"\x01\xd5" * 8000 + b"\x01\x02" * 16000

"""docs/transcripts.md is true: its program verifies what we give out, and finds what was changed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.tickets.document import document
from tests.tickets.test_exports import transcript

DOC = (Path(__file__).parent.parent / "docs" / "transcripts.md").read_text()
PROGRAM = re.search(r"```python\n(.*?)```", DOC, re.DOTALL)


def run(tmp_path: Path, made: dict[str, object]) -> subprocess.CompletedProcess[str]:
    assert PROGRAM is not None
    assert PROGRAM[1].count("\n") <= 18, "a few lines, as promised"
    (tmp_path / "verify.py").write_text(PROGRAM[1])
    (tmp_path / "t.json").write_text(json.dumps(made, ensure_ascii=False))
    argv = [sys.executable, "-X", "utf8", "verify.py", "t.json"]
    return subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_its_program_finds_a_whole_transcript_whole(tmp_path: Path) -> None:
    done = run(tmp_path, document(transcript(), covered=False, fillers=True))
    assert (done.returncode, done.stderr) == (0, "")
    assert "完整，共 7 条" in done.stdout
    assert "cd" * 32 in done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda entries: entries[2]["body"].update(text="别的话"), "第 4 条对不上"),
        (lambda entries: entries.pop(3), "第 4 条对不上"),
        (lambda entries: entries.pop(), "最后一条被改动过"),
        (lambda entries: entries[-1]["body"].update(sha256="00" * 32), "最后一条被改动过"),
    ],
)
def test_its_program_finds_what_was_changed(tmp_path: Path, change: object, said: str) -> None:
    made = json.loads(json.dumps(document(transcript(), covered=False, fillers=True)))
    change(made["chain"]["entries"])  # type: ignore[operator]
    done = run(tmp_path, made)
    assert done.returncode == 1
    assert said in done.stderr


def test_every_field_is_told_of() -> None:
    made = document(transcript(), covered=False, fillers=True)
    fields = {*made, *made["utterances"][0], *made["recordings"][0], "head", "holds", "corrections"}
    for field in fields - {"leg", "file", "duration_ms", "octets", "ended"}:
        assert f"`{field}`" in DOC or f"`{field}[]`" in DOC or f".{field}`" in DOC, field

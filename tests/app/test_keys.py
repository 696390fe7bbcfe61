"""`bridge keys`: a key that can be used at once, told once, and the list that shows no secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.post.signing import Key, secret_of

RUN = CliRunner()


def test_a_new_key_and_what_to_do_with_it() -> None:
    done = RUN.invoke(app, ["keys", "new", "--algorithm", "sm3"])
    (key,) = done.stdout.splitlines()
    assert f"指纹：{Key(secret_of(key)).mark}" in done.stderr
    assert "algorithm: sm3" in done.stderr
    assert key not in done.stderr
    assert RUN.invoke(app, ["keys", "new"]).stdout.strip() != key


def test_a_key_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "110-2027"
    done = RUN.invoke(app, ["keys", "new", "--out", str(file)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = file.read_text()
    assert len(secret_of(kept.strip())) == 32
    again = RUN.invoke(app, ["keys", "new", "--out", str(file)])
    assert again.exit_code == 1
    assert "不覆盖" in again.stderr
    assert file.read_text() == kept


def test_the_list_shows_each_partners_keys_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ABC":
        RUN.invoke(app, ["keys", "new", "--out", str(tmp_path / name)])
    config = tmp_path / "bridge.yaml"
    config.write_text(
        """
platforms:
  "12345": {name: 热线}
  "110":
    name: 报警
    tickets:
      url: http://127.0.0.1:1/tickets
      keys:
        - {secret_file: A, algorithm: sm3, not_before: "2020-01-01T00:00:00+08:00"}
        - {secret_file: B, not_after: "2020-01-01T00:00:00+08:00"}
        - {secret_file: C, use: receive}
asr: {enabled: false}
"""
    )
    done = RUN.invoke(app, ["keys", "list", "-c", str(config)])
    assert done.exit_code == 0, done.stderr
    head, a, b, c = done.stdout.splitlines()
    assert head == "110 报警"
    for line, name in ((a, "A"), (b, "B"), (c, "C")):
        text = (tmp_path / name).read_text().strip()
        assert Key(secret_of(text)).mark in line
        assert text not in line
    assert "HMAC-SM3" in a
    assert "在用" in a
    assert "已过期" in b
    assert "收" in c

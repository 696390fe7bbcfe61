"""`bridge user | token | audit` as typed, over a real database; passwords by standard input."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.__main__ import app
from bridge.api.auth import digest

PASSWORD = "东边日出西边雨道是无晴"
CONFIG = """
platforms:
  "12345": {name: 热线}
  "110": {name: 报警}
trunks:
  pbx: {platform: "12345", hosts: [127.0.0.9], target: 127.0.0.9:5060}
agents:
  "8001": {name: 一号, platform: "12345", trunk: pbx}
  "8002": {name: 二号, platform: "12345", trunk: pbx}
api: {tokens: []}
asr: {enabled: false}
database: {url: "sqlite+aiosqlite:///u.db"}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "bridge.yaml"
    made.write_text(CONFIG)
    return made


def run(config: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "-c", str(config)], input=typed)


def add(config: Path, login: str, *more: str, typed: str = PASSWORD) -> Result:
    return run(config, "user", "add", login, *more, "--password-stdin", typed=f"{typed}\n")


def test_users_from_the_first_to_the_last(config: Path) -> None:
    assert "还没有用户" in run(config, "user", "list").output
    assert add(config, "root", "--role", "administrator").exit_code == 0
    assert add(config, "wang", "--role", "agent", "--platform", "12345", "--extension", "8001").exit_code == 0
    assert run(config, "user", "role", "wang", "supervisor").exit_code == 0
    assert run(config, "user", "extension", "wang", "8002").exit_code == 0
    assert run(config, "user", "disable", "wang").exit_code == 0
    listed = run(config, "user", "list").output
    assert "root  管理员  全部平台  要换密码" in listed
    assert "wang  班长  12345  8002  停用" in listed
    assert run(config, "user", "enable", "wang").exit_code == 0
    assert (
        run(config, "user", "passwd", "wang", "--password-stdin", typed="另一个谁也猜不到的密码\n").exit_code
        == 0
    )
    assert "操作记录完整：7 条" in run(config, "audit", "verify").output
    stored = sqlite3.connect(config.parent / "u.db")
    hashes = [row[0] for row in stored.execute("SELECT password FROM users")]
    assert all(each.startswith("$argon2id$") for each in hashes)
    assert PASSWORD not in str(list(stored.execute("SELECT * FROM audit")))
    stored.execute("UPDATE audit SET who = 'nobody' WHERE seq = 2")
    stored.commit()
    stored.close()
    broken = run(config, "audit", "verify")
    assert (broken.exit_code, "第 2 条" in broken.output) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("Wang", "--role", "administrator"), "登录名"), (("a@b", "--role", "administrator"), "登录名"),
        (("wang", "--role", "agent"), "--platform"),
        (("wang", "--role", "agent", "--platform", "119"), "119"),
        (("wang", "--role", "agent", "--platform", "110", "--extension", "9"), "分机 9"),
        (("wang", "--role", "partner", "--platform", "110", "--extension", "8001"), "--extension"),
    ],
    ids=str,
)  # fmt: skip
def test_users_that_are_not_added(config: Path, words: tuple[str, ...], why: str) -> None:
    refused = add(config, *words)
    assert (refused.exit_code, why in refused.output) == (1, True)


def test_a_weak_password_a_double_name_and_unknown_ones(config: Path) -> None:
    weak = add(config, "root", "--role", "administrator", typed="root")
    assert (weak.exit_code, "至少 10 个字" in weak.output) == (1, True)
    add(config, "root", "--role", "administrator")
    assert "已经有 root" in add(config, "root", "--role", "administrator").output
    for words in (
        ("passwd", "nobody", "--password-stdin"),
        ("role", "nobody", "agent"),
        ("disable", "nobody"),
    ):
        refused = run(config, "user", *words, typed=f"{PASSWORD}\n")
        assert (refused.exit_code, "没有 nobody" in refused.output) == (1, True)


def test_a_token_is_shown_once_and_taken_back(config: Path) -> None:
    words = ("--scope", "exchange", "--scope", "read", "--platform", "110", "--days", "30")
    made = run(config, "token", "add", "110 平台", *words)
    token = made.stdout.strip()
    assert token.startswith("bt_")
    stored = sqlite3.connect(config.parent / "u.db")
    ((kept, may, platform),) = stored.execute("SELECT digest, may, platform FROM access_tokens")
    assert (kept, may, platform) == (digest(token), "exchange,read", "110")
    stored.close()
    assert "110 平台  exchange,read  110  到 " in run(config, "token", "list").output
    assert run(config, "token", "add", "110 平台", "--scope", "read").exit_code == 1
    assert "权限只有这些" in run(config, "token", "add", "x", "--scope", "everything").output
    assert run(config, "token", "revoke", "110 平台").exit_code == 0
    assert "已收回" in run(config, "token", "list").output
    assert run(config, "token", "revoke", "nothing").exit_code == 1

"""`bridge erase` and `bridge database rekey` as an administrator runs them."""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.adapters.db import Database
from bridge.adapters.db_tables_erasures import ERASURES
from bridge.tickets.vault import Vault
from tests.adapters import test_db_erase, test_db_sealed

RUN = CliRunner()
NUMBER, WORDS = test_db_erase.NUMBER, test_db_erase.WORDS
KEY = bytes(range(32))


@pytest.fixture
def url(tmp_path: Path, blank_database: Path) -> str:
    return f"sqlite+aiosqlite:///{shutil.copy(blank_database, tmp_path / 'bridge.db')}"


def within(url: str, work: Callable[[Database], Awaitable[Any]], vault: Vault | None = None) -> Any:
    """What is done with the database between two commands."""

    async def whole() -> Any:
        database = Database(url, vault)
        await database.start()
        try:
            return await work(database)
        finally:
            await database.stop()

    return asyncio.run(whole())


def configured(folder: Path, url: str, more: str = "") -> str:
    path = folder / "bridge.yaml"
    path.write_text(
        f"sip: {{listen: 127.0.0.1:5060}}\ndatabase: {{url: '{url}'{more}}}\nasr: {{enabled: false}}\n"
        f"recording: {{folder: {folder}/tapes}}\n"
    )
    return str(path)


def test_a_person_is_erased_with_the_recording_and_on_record(tmp_path: Path, url: str) -> None:
    within(url, test_db_erase.fill)
    tape = tmp_path / "tapes" / "r1.wav"
    tape.parent.mkdir()
    tape.write_bytes(b"RIFF")
    argv = ["erase", "--number", NUMBER, "--by", "信访办 7 号", "--why", "本人要求"]
    argv += ["-c", configured(tmp_path, url)]
    kept = RUN.invoke(app, argv, input="n\n")
    assert (kept.exit_code, tape.exists()) == (1, True)
    assert "工单 1 张" in kept.output
    assert WORDS in within(url, test_db_erase.everything)
    done = RUN.invoke(app, [*argv, "--yes"])
    assert done.exit_code == 0, done.output
    assert not tape.exists()
    left = within(url, test_db_erase.everything)
    assert [secret for secret in test_db_erase.SECRETS if secret in left] == []

    async def told(database: Database) -> list[tuple[str, str]]:
        async with database.read() as connection:
            rows = await connection.execute(select(ERASURES.c.by, ERASURES.c.why))
            return [(row.by, row.why) for row in rows]

    assert within(url, told) == [("信访办 7 号", "本人要求")]


@pytest.mark.parametrize("argv", [[], ["--number", "1", "--call", "2", "--by", "甲"], ["--ticket", "T1"]])
def test_it_must_be_clear_who_and_on_whose_word(tmp_path: Path, url: str, argv: list[str]) -> None:
    done = RUN.invoke(app, ["erase", *argv, "-c", configured(tmp_path, url)])
    assert done.exit_code == 1
    assert "写" in done.output


def test_an_open_database_is_sealed_and_without_a_key_it_says_so(tmp_path: Path, url: str) -> None:
    within(url, test_db_sealed.fill)
    bare = RUN.invoke(app, ["database", "rekey", "-c", configured(tmp_path, url)])
    assert bare.exit_code == 2
    assert "secret_file" in bare.output
    (tmp_path / "key").write_text(base64.b64encode(KEY).decode())
    config = configured(tmp_path, url, ", secret_file: key")
    done = RUN.invoke(app, ["database", "rekey", "-c", config])
    assert done.exit_code == 0, done.output
    assert "tickets: 重新加密 1 行" in done.output
    assert "检索里有 2 份" in done.output
    assert Vault([KEY]).name in done.output
    again = RUN.invoke(app, ["database", "rekey", "-c", config])
    assert "tickets: 重新加密 0 行" in again.output
    assert WORDS not in within(url, test_db_sealed.raw, Vault([KEY]))
    within(url, test_db_sealed.check, Vault([KEY]))

"""`bridge stats` over a database of its own: shown, saved, made anew."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.adapters.db import Database
from tests.adapters.test_db_figures import BEGIN, Desk

ROOT = Path(__file__).parents[2]


def configured(folder: Path, blank: Path) -> Path:
    """The shipped configuration, on a database with two tickets."""
    shutil.copy(blank, folder / "bridge.db")
    url = f"sqlite+aiosqlite:///{folder}/bridge.db"

    async def fill() -> None:
        database = Database(url)
        await database.start()
        for number in range(2):
            await Desk(database).open(f"t{number}", BEGIN + timedelta(hours=number))
        await database.stop()

    asyncio.run(fill())
    path = folder / "bridge.yaml"
    path.write_text(
        f"sip: {{listen: 127.0.0.1:5060}}\ndatabase: {{url: '{url}'}}\n"
        f"scope: {{folder: {ROOT}/config/scope}}\n"
    )
    return path


def test_figures_on_the_screen_and_in_a_file(tmp_path: Path, blank_database: Path) -> None:
    config, run = str(configured(tmp_path, blank_database)), CliRunner()
    day = ["--from", "2026-03-01", "--to", "2026-03-02", "-c", config]
    shown = run.invoke(app, ["stats", "show", "--by", "day", *day])
    assert shown.exit_code == 0, shown.output
    assert [line.split(",")[:2] for line in shown.output.splitlines() if line.startswith("2026-03")] == [
        ["2026-03-01", "1"], ["2026-03-02", "1"],
    ]  # fmt: skip
    saved = run.invoke(app, ["stats", "show", "--xlsx", str(tmp_path / "a.xlsx"), *day])
    assert saved.exit_code == 0, saved.output
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")
    again = run.invoke(app, ["stats", "rebuild", "-c", config])
    assert "重新统计了 2 天" in again.output
    assert run.invoke(app, ["stats", "show", "--from", "gestern", "-c", config]).exit_code == 1

"""Two bridges without a wire between them: what one exports the other imports, nothing is lost or counts
twice, and a lost, torn or foreign file is named."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.adapters.config_file import check
from bridge.adapters.db_deliveries import Deliveries
from bridge.app.exchange import ExchangeSide
from bridge.app.vaults import opened
from bridge.clock import SystemClock
from bridge.handling.papers import web_papers
from bridge.handling.words import Deed, Handling
from bridge.services.feed import LiveFeed

RUN = CliRunner()
ASKED: dict[str, Any] = {
    "who": "王女士", "contact": "13800001111", "when": "刚才", "where": "柳园路", "what": "路灯不亮",
    "category": None, "urgency": "normal", "channel": "web", "incident": None, "to": "110", "number": "",
}  # fmt: skip


@dataclass
class Side:
    """One platform's installation: a configuration and a database of its own."""

    config: Path
    home: str
    other: str

    async def _with_desk(self, work: Any) -> Any:
        settings = check(self.config)
        database = opened(settings)
        await database.start()
        side = ExchangeSide(settings, database, SystemClock(), LiveFeed(), lambda platform: None)
        await side.store.start()
        try:
            return await work(side, Deliveries(database, SystemClock()))
        finally:
            await side.stop()
            await database.stop()

    def asks(self, name: str) -> None:
        """A request by the web."""

        async def work(side: ExchangeSide, _: Deliveries) -> None:
            way = (self.home, self.other)
            papers = web_papers(ASKED, name, self.home, SystemClock().wall(), way)
            await side.desk.received(papers, kind="opened")

        asyncio.run(self._with_desk(work))

    def does(self, name: str, deed: Any) -> None:
        async def work(side: ExchangeSide, _: Deliveries) -> None:
            done = Deed(f"{deed} {name}", deed, self.home, SystemClock().wall(), reason="办了")
            await side.desk.do(name, done)

        asyncio.run(self._with_desk(work))

    def handling(self, name: str) -> Handling:
        async def work(side: ExchangeSide, _: Deliveries) -> Handling:
            return await side.desk.handling(name)

        found: Handling = asyncio.run(self._with_desk(work))
        return found

    def letters(self) -> list[str]:
        """The state of each letter we ever wrote."""

        async def work(_: ExchangeSide, deliveries: Deliveries) -> list[str]:
            rows = [
                (letter.number, letter.posted.state)
                for state in ("waiting", "carried", "delivered", "parked", "expired")
                for letter in await deliveries.letters(state)
            ]
            return [state for _, state in sorted(rows)]

        found: list[str] = asyncio.run(self._with_desk(work))
        return found

    def exports(self, *more: str) -> str:
        out = str(self.config.parent)
        done = RUN.invoke(app, ["batch", "export", self.other, "--out", out, "-c", str(self.config), *more])
        assert done.exit_code == 0, done.stderr
        lines = [line for line in done.stdout.splitlines() if ".batch" in line]
        return lines[0].split()[0] if lines else ""

    def imports(self, *files: str) -> Any:
        return RUN.invoke(app, ["batch", "import", *files, "-c", str(self.config)])


@pytest.fixture
def sides(tmp_path: Path, blank_database: Path) -> tuple[Side, Side]:
    key = RUN.invoke(app, ["keys", "new", "--out", str(tmp_path / "key")])
    assert key.exit_code == 0
    made = []
    for home, other in (("12345", "110"), ("110", "12345")):
        folder = tmp_path / home
        folder.mkdir()
        shutil.copy(blank_database, folder / "bridge.db")
        (folder / "bridge.yaml").write_text(
            f"""
platforms:
  "{home}": {{name: 本方}}
  "{other}": {{name: 对方, tickets: {{by: files, secret_file: ../key, algorithm: sm3}}}}
exchange: {{own: ["{home}"]}}
database: {{url: "sqlite+aiosqlite:///bridge.db"}}
asr: {{enabled: false}}
"""
        )
        made.append(Side(folder / "bridge.yaml", home, other))
    return made[0], made[1]


def test_the_loop_closes_by_files(sides: tuple[Side, Side]) -> None:
    city, police = sides
    city.asks("t1")
    assert city.letters() == ["waiting"]
    first = city.exports()
    assert first.endswith("12345-110-000001.batch")
    assert city.letters() == ["carried"]
    assert city.exports() == "", "nothing new"
    done = police.imports(first)
    assert (done.exit_code, "收下 1 封信" in done.stdout) == (0, True), done.stderr
    police.does("t1", "accept")
    back = police.exports()
    done = city.imports(back)
    assert "对方确认收到我们的 1 封" in done.stdout
    assert city.letters() == ["delivered"]
    assert city.handling("t1").state == police.handling("t1").state == "accepted"


def test_a_file_imported_twice_counts_once(sides: tuple[Side, Side]) -> None:
    city, police = sides
    city.asks("t1")
    file = city.exports()
    assert police.imports(file).exit_code == 0
    version = police.handling("t1").version
    done = police.imports(file, file)
    assert (done.exit_code, done.stdout.count("以前导入过")) == (0, 2)
    assert police.handling("t1").version == version


def test_a_lost_file_is_missed_and_made_again(sides: tuple[Side, Side]) -> None:
    city, police = sides
    city.asks("t1")
    first = Path(city.exports())
    first.unlink()
    city.asks("t2")
    second = city.exports()
    done = police.imports(second)
    assert done.exit_code == 1
    assert "前面缺第 1 批" in done.stderr
    again = city.exports("--again", "1")
    done = police.imports(second, again)  # whichever is named first
    assert (done.exit_code, done.stdout.count("收下 1 封信")) == (0, 2), done.stderr
    assert police.handling("t1").state == police.handling("t2").state


def test_a_letter_that_is_refused_comes_back_to_its_sender(sides: tuple[Side, Side]) -> None:
    city, police = sides
    city.asks("t1")
    police.imports(city.exports())
    police.does("t1", "accept")
    city.does("t1", "withdraw")
    done = city.imports(police.exports())
    assert (done.exit_code, "没有收" in done.stderr) == (1, True)
    told = Path(city.exports())
    done = police.imports(str(told))
    assert (done.exit_code, "对方没有收我们的" in done.stderr) == (1, True), done.stderr
    assert police.letters() == ["parked"]
    city.imports(police.exports())
    city.asks("t2")
    heard = Path(city.exports())
    manifests = [path.read_text().splitlines()[0] for path in (told, heard)]
    assert ["refused" in manifest for manifest in manifests] == [True, False], "said until it is heard"


def test_a_batch_that_does_not_arrive_is_told_after_a_day(
    sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, police = sides
    city.asks("t1")
    Path(city.exports()).unlink()
    police.asks("t2")
    assert "还没收到" not in city.imports(police.exports()).stderr, "it may be on its way"
    late = SystemClock().wall() + timedelta(days=2)
    monkeypatch.setattr(SystemClock, "wall", lambda _: late)
    police.asks("t3")
    done = city.imports(police.exports())
    assert (done.exit_code, "第 1 批一天多了对方还没收到" in done.stderr) == (1, True), done.stderr


def test_a_file_that_is_not_taken(sides: tuple[Side, Side], tmp_path: Path) -> None:
    city, police = sides
    city.asks("t1")
    file = Path(city.exports())
    torn, changed, other = tmp_path / "torn", tmp_path / "changed", tmp_path / "other"
    torn.write_bytes(file.read_bytes()[:-40])
    changed.write_bytes(file.read_bytes().replace("柳园路".encode(), "兴华路".encode()))
    other.write_text("hello")
    for path, said in ((torn, "完整"), (changed, "对不上"), (other, "读不懂"), (tmp_path / "no", "读不了")):
        done = police.imports(str(path))
        assert done.exit_code == 1
        assert said in done.stderr, (path, done.stderr)
    assert "这里是 12345" in city.imports(str(file)).stderr or "没有写" in city.imports(str(file)).stderr
    assert police.imports(str(file)).exit_code == 0


def test_a_file_that_cannot_be_written_exports_nothing(sides: tuple[Side, Side], tmp_path: Path) -> None:
    city, _ = sides
    city.asks("t1")
    done = RUN.invoke(app, ["batch", "export", "110", "--out", str(tmp_path / "no"), "-c", str(city.config)])
    assert done.exit_code == 1
    assert "没有导出" in done.stderr
    assert city.letters() == ["waiting"]
    assert city.exports().endswith("000001.batch")


def test_a_platform_that_is_reached_otherwise(sides: tuple[Side, Side]) -> None:
    city, _ = sides
    done = RUN.invoke(app, ["batch", "export", "119", "-c", str(city.config)])
    assert done.exit_code == 1
    assert "by: files" in done.stderr

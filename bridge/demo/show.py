"""`bridge demo`: sets the stage, performs the play, shows it as it happens, says what was measured.

Exit code 0 only if every step really happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import signal
import sys
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.live import Live
from websockets.asyncio.client import connect

from bridge.demo import picture as svg
from bridge.demo.cast import PHONE, SCENES, Direction, Far
from bridge.demo.play import Play
from bridge.demo.report import Report
from bridge.demo.screen import draw, write_step
from bridge.demo.stage import Stage
from bridge.demo.state import Picture
from bridge.routing.plan import Mode

FRAMES: Final = 8
"""Screens a second."""


def run(
    *, direction: Direction, far: Far, mode: Mode, press: str, once: bool, as_json: bool, picture: Path | None
) -> int:
    """The exit code. picture: where to keep the last screen as SVG."""
    if not PHONE.exists() or importlib.util.find_spec("pyVoIP") is None:
        sys.stderr.write("演示要用源码目录里的电话和 pyVoIP：在源码目录里运行 make demo\n")
        return 1
    try:
        return asyncio.run(_Show(direction, far, mode, press, once, as_json, picture).run())
    except KeyboardInterrupt:
        return 130


class _Show:
    def __init__(
        self,
        direction: Direction,
        far: Far,
        mode: Mode,
        press: str,
        once: bool,
        as_json: bool,
        keep: Path | None,
    ) -> None:
        self._scene, self._press, self._once = SCENES[direction], press, once
        self._as_json, self._keep = as_json, keep
        self._console = Console(stderr=as_json)
        self._picture = Picture()
        self._stage = Stage(self._scene, far, mode, self._phone, self._line)
        self._report = Report()

    async def run(self) -> int:
        self._console.print("正在启动两家的转接桥（各一个）和三部电话……")
        try:
            await self._stage.start()
            async with self._watching():
                await self._perform()
                self._close()
                if not self._once:
                    await self._leave_up()
        except RuntimeError as error:
            self._console.print(f"演示没有开始：{error}", style="bold red")
            return 1
        finally:
            await self._stage.stop()
        return 0 if self._report.passed else 1

    async def _perform(self) -> None:
        play = Play(self._stage, self._picture, self._press)
        self._report = play.report
        if not self._console.is_terminal:
            with _told(self._console, self._report):
                await play.perform()
            return
        with Live(self._draw(), console=self._console, refresh_per_second=FRAMES, transient=True) as live:
            drawing = asyncio.create_task(self._redraw(live))
            await play.perform()
            drawing.cancel()

    async def _redraw(self, live: Live) -> None:
        while True:
            live.update(self._draw())
            await asyncio.sleep(1 / FRAMES)

    def _draw(self) -> Any:
        return draw(self._picture, self._report, self._scene, (self._stage.page, self._stage.platform))

    def _close(self) -> None:
        self._console.print(self._draw())
        if self._keep is not None:
            svg.keep(self._draw(), self._keep)
        word = "全部步骤都真实发生" if self._report.passed else "有步骤没有发生（见 ✘）"
        self._console.print(word, style="bold green" if self._report.passed else "bold red")
        if self._as_json:
            sys.stdout.write(json.dumps(self._report.as_json(), ensure_ascii=False) + "\n")
            sys.stdout.flush()

    async def _leave_up(self) -> None:
        self._console.print(
            f"网页还开着：{self._scene.home} 的转接桥 {self._stage.page} ，"
            f"{self._scene.away} 的转接桥 {self._stage.platform} ，按 Ctrl-C 结束"
        )
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        await ended.wait()

    @contextlib.asynccontextmanager
    async def _watching(self):  # type: ignore[no-untyped-def]
        """The live feed, read as a page would read it."""
        url = self._stage.page.replace("http", "ws", 1) + "/api/v1/live"
        async with connect(url, proxy=None, compression=None) as socket:
            reader = asyncio.create_task(self._read(socket))
            try:
                yield
            finally:
                reader.cancel()

    async def _read(self, socket: Any) -> None:
        async for message in socket:
            await self._picture.feed(json.loads(message))

    def _phone(self, name: str, event: dict[str, Any]) -> None:
        self._picture.phones[name] = event["ev"]

    def _line(self, line: str) -> None:
        if not self._console.is_terminal:
            self._console.print(line, style="dim", highlight=False)


@contextlib.contextmanager
def _told(console: Console, report: Report):  # type: ignore[no-untyped-def]
    """Each step as a line when it is noted."""
    check = report.check

    def tell(step: str, happened: object) -> None:
        check(step, happened)
        write_step(console, step, happened=bool(happened))

    report.check = tell  # type: ignore[method-assign]
    yield

"""`make screenshots`: a house with real processes, telephones, voice and recogniser is started, people log in
in Chromium, and docs/img/*.png are written anew. Takes a few minutes; names on the command line: only those.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

from PIL import Image

from bridge.adapters.db import Database
from tests.peers.browser import Chromium, Person
from tests.screenshots.house import ShownHouse, blank
from tests.web.house import PASSWORD
from tests.wire.phones import Phones, speak
from tests.wire.script import CALLER
from tests.wire.sipp import until
from tests.wire.test_transcription import say

IMAGES: Final = Path(__file__).parents[2] / "docs" / "img"
LARGEST: Final = 250_000
"""Octets of one picture."""
PLACE: Final = """([from, to]) => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data.replaceAll(from, to);
}"""
"""The folder of the moment says nothing to anybody: it is shown as an installation's."""
CONSOLES: Final = {"wang": "/agent", "desk110": "/agent", "ban": "/supervisor", "guan": "/admin"}


class Studio:
    """Who is photographed, where."""

    def __init__(self, house: ShownHouse, chromium: Chromium, folder: Path, only: set[str]) -> None:
        self.house, self.only = house, only
        self._chromium, self._folder, self._phones = chromium, folder, 0

    async def person(self, login: str, *, dark: bool = False) -> Person:
        """Logged in, at their console."""
        shade = "dark" if dark else "light"
        person = await self._chromium.person(self.house.url, color_scheme=shade, timezone_id="Asia/Shanghai")
        await person.open(CONSOLES[login])
        await person.page.wait_for_selector("#enter-form")
        return await person.log_in(login, PASSWORD)

    async def shoot(self, person: Person, name: str) -> None:
        """One picture, small enough."""
        if self.only and name not in self.only:
            return
        path = IMAGES / f"{name}.png"
        picture = smaller(await person.page.screenshot(animations="disabled"))
        path.write_bytes(picture)
        print(f"{path.name}  {len(picture) // 1000} kB", flush=True)
        if len(picture) > LARGEST:
            raise RuntimeError(f"{path.name} 太大：{len(picture)} 字节")

    async def both(self, login: str, person: Person, name: str) -> None:
        """By day and by night."""
        await self.shoot(person, name)
        await person.page.emulate_media(color_scheme="dark")
        await self.shoot(person, f"{name}-dark")
        await person.page.emulate_media(color_scheme="light")

    def phones(self) -> Phones:
        """Telephones for one call."""
        self._phones += 1
        folder = self._folder / f"phones{self._phones}"
        folder.mkdir()
        return Phones(shutil.which("sipp") or "sipp", folder, self.house)


def smaller(png: bytes) -> bytes:
    """The same picture in 256 colours: a page has few, and a repository keeps every picture for ever."""
    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        packed, "PNG", optimize=True
    )
    return packed.getvalue()


async def earlier_call(studio: Studio) -> None:
    """The same caller has called before, about noise."""
    phones = studio.phones()
    try:
        caller, agent = phones.talking(
            caller=lambda part: part.cue().bye(), agent=lambda part: part.released()
        )
        say(agent.voice, "a_agent_1")
        await asyncio.to_thread(agent.voice.said.wait, 60)
        say(caller.voice, "b_caller_1")
        await asyncio.to_thread(caller.voice.said.wait, 60)
        await asyncio.sleep(3)
        caller.cue()
        phones.done()
        number = f"/api/v1/callers/{CALLER}/history"
        await asyncio.to_thread(until, lambda: studio.house.api.get(number).json()["contacts"], "history", 60)
    finally:
        phones.close()


async def whole_call(studio: Studio) -> None:
    """The call of the handbook: two men fight, one has a knife; 110 takes it over."""
    wang, police, ban = [await studio.person(login) for login in ("wang", "desk110", "ban")]
    phones = studio.phones()
    try:
        agent = phones.answering("agent", phones.agent().rings().cue().picks_up().released())
        desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
        caller = phones.calling(phones.caller().connects().cue().bye())
        await wang.shows("来电，正在振您的话机")
        await asyncio.sleep(1)
        await studio.shoot(wang, "agent-ringing")
        agent.cue()
        await wang.shows("通话中")
        for phone in (caller, agent):
            speak(phone)
        for phone, words in ((agent, "a_agent_1"), (caller, "a_caller_1"), (caller, "a_caller_2")):
            say(phone.voice, words)
            await asyncio.to_thread(phone.voice.said.wait, 60)
        await wang.shows("王建国", "柳园南路26号")
        await asyncio.sleep(3)
        await studio.both("wang", wang, "agent-talking")
        await studio.both("ban", ban, "supervisor-wall")
        await wang.page.click("[data-key='110']")
        await wang.shows("振铃中", "取消转接")
        await studio.shoot(wang, "agent-key")
        await police.shows("对方正在转来：先看工单，再接", "王建国")
        await asyncio.sleep(1)
        await studio.shoot(police, "desk-ringing")
        desk.cue()
        await wang.shows("话务员已释放")
        await police.page.wait_for_selector("[data-deed=accept]")
        await police.page.keyboard.press("s")
        await police.page.wait_for_selector("[data-deed=feedback]")
        await studio.shoot(police, "desk-ticket")
        caller.cue()
        phones.done()
    finally:
        phones.close()


async def afterwards(studio: Studio) -> None:
    """What a supervisor looks through when the call is over, and the administrator's console."""
    ban = await studio.person("ban")
    await ban.open("/supervisor#tickets")
    await ban.page.click(".tab-body >> text=全部")
    await ban.shows("诉求", "路径")
    await asyncio.sleep(1)
    await studio.shoot(ban, "supervisor-tickets")
    await ban.open("/supervisor#review")
    await ban.page.wait_for_selector(".tab-body button")
    await asyncio.sleep(2)
    await studio.shoot(ban, "supervisor-review")
    await ban.page.click("a[href*='#review/']")
    await asyncio.sleep(4)
    await studio.shoot(ban, "supervisor-replay")
    await ban.open("/supervisor#figures")
    await asyncio.sleep(3)
    await studio.shoot(ban, "supervisor-figures")
    guan = await studio.person("guan")
    for tab in ("trunks", "routes", "health", "config"):
        await guan.open(f"/admin#{tab}")
        await asyncio.sleep(1)
        await guan.page.evaluate(PLACE, [str(studio.house.folder), "/opt/bridge/config"])
        await studio.shoot(guan, f"admin-{tab}")


SCENES: Final[tuple[Callable[[Studio], Awaitable[None]], ...]] = (earlier_call, whole_call, afterwards)


@contextlib.asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[ShownHouse]:
    """Moved in, started, with its tickets."""
    database = Database(f"sqlite+aiosqlite:///{blank(folder)}")
    await database.start()
    await database.stop()
    house = ShownHouse(folder, blank(folder), asr=True)
    await house.move_in()
    try:
        await asyncio.to_thread(house.start)
        house.fill()
        yield house
    finally:
        house.stop()


async def main(only: set[str]) -> int:
    """How many scenes failed."""
    IMAGES.mkdir(exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        async with open_house(Path(home)) as house:
            chromium = await Chromium(shutil.which("chromium") or "/usr/bin/chromium").start()
            studio = Studio(house, chromium, Path(home), only)
            for scene in SCENES:
                try:
                    await scene(studio)
                except Exception as wrong:  # the next scene may still be worth its picture
                    failed += 1
                    print(f"{scene.__name__}: {wrong}", file=sys.stderr, flush=True)
            await chromium.stop()
            faults = [line for line in house.bridge.lines if "fault" in line] if house.bridge else []
            print(*faults, sep="\n", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(set(sys.argv[1:]))))

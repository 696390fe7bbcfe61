"""The supervisor's wall: real calls as they come and go, and what it makes of events: danger words, captions
of a followed call, health, rates; thirty calls at once; nothing, errors, a session that is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.access.users import User
from bridge.adapters.argon2_hash import Argon2
from bridge.adapters.db import Database
from bridge.adapters.db_users import UserTable
from tests.api.conftest import House
from tests.web.conftest import Come
from tests.web.house import PASSWORD, WebHouse
from tests.web.supervising import BAN, SCRIPT, SupervisedHouse, busy, supervised
from tests.wire.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="module")
At = Callable[..., Awaitable[str]]
ROWS = "document.querySelectorAll('.wl-call').length"


@pytest_asyncio.fixture(loop_scope="module")
async def hall(
    tmp_path: Path, blank_database: Path, queue_of: Callable[[House], Any]
) -> AsyncIterator[SupervisedHouse]:
    async with supervised(tmp_path, blank_database, queue_of) as house:
        yield house


async def hire(house: WebHouse, login: str, extension: str) -> None:
    """One more supervisor, with a telephone, while the bridge runs."""
    database, hasher = Database(f"sqlite+aiosqlite:///{house.folder}/bridge.db"), Argon2()
    await database.start()
    try:
        hashed = await hasher.hash(PASSWORD)
        user = User(
            login, "二班长", "supervisor", "12345", datetime.now(UTC), extension=extension, password=hashed
        )
        await UserTable(database).save_user(user)
    finally:
        await hasher.stop()
        await database.stop()


async def test_a_real_call_comes_moves_on_and_ends(house: WebHouse, phones: Phones, come: Come) -> None:
    ban = await come(house.url, "/supervisor", login="ban")
    await ban.shows("现在没有电话", "中继", "录音")
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = await asyncio.to_thread(
        phones.talking,
        lambda caller: caller.cue().bye(),
        lambda agent: agent.released(),
    )
    await ban.until(f"{ROWS} === 1")
    await ban.shows("通话中", "8001", "来话")
    await ban.page.click(".wl-open")
    await ban.shows("还没有人说话", "旁听", "耳语", "强插")
    assert "wall/" in await ban.run("location.hash")
    call = house.the_call()["id"]
    headers = {"Idempotency-Key": "wall"}
    await asyncio.to_thread(
        lambda: house.api.post(f"/api/v1/calls/{call}/transfers", json={"to": "110"}, headers=headers)
    )
    await ban.shows("110 振铃")
    desk.cue()
    await ban.shows("已转 110")
    await ban.page.reload()
    await ban.shows("已转 110", "在线")  # the followed call stands in the address
    caller.cue()
    await asyncio.to_thread(agent.done)
    await ban.shows("这通电话已经结束", "现在没有电话")
    await asyncio.to_thread(phones.done)
    await ban.page.check(".wl-check input")
    await ban.until(f"{ROWS} === 1 && document.querySelector('.wl-call.over')")
    await ban.shows("100.0%")  # answered, of the platform's calls


async def test_a_supervisor_listens_whispers_barges_in_and_leaves(
    house: WebHouse, phones: Phones, come: Come
) -> None:
    await hire(house, "ban2", "8002")
    ban = await come(house.url, "/supervisor", login="ban2")
    script = phones.script(house.pbx_two, "8002").rings().cue().picks_up().released()
    own = phones.answering("second", script)
    caller, agent = await asyncio.to_thread(
        phones.talking, lambda caller: caller.cue().bye(), lambda agent: agent.released()
    )
    await ban.page.click(".wl-open")
    await ban.page.click(".wl-monitor .button >> nth=0")
    await ban.shows("你的分机正在振铃")
    own.cue()
    await ban.shows("正在旁听：只听，谁也听不见你")
    await ban.page.click(".wl-monitor .button >> nth=1")
    await ban.shows("正在耳语：只有话务员听得见你")
    await ban.page.click(".wl-monitor .button >> nth=2")
    await ban.shows("正在强插")
    assert await ban.run("document.querySelector('.wl-monitor [aria-pressed=true]').innerText") == "强插"
    await ban.shows("班长在听")
    await ban.page.select_option("select >> nth=0", "monitored")
    await ban.until(f"{ROWS} === 1")
    await ban.page.click(".wl-monitor .button >> nth=3")
    await ban.hides("正在强插")
    await asyncio.to_thread(own.done)
    caller.cue()
    await asyncio.to_thread(agent.done)
    await asyncio.to_thread(phones.done)


async def test_danger_stands_out_and_is_read_out(hall: SupervisedHouse, at: At, come: Come) -> None:
    ban = await come(await at(hall), "/supervisor")
    await ban.enter(BAN)
    calm, call = hall.talking("13806350001", "in1"), hall.talking("13806350002", "in2")
    hall.says(calm, "caller", "我想问问社保")
    hall.says(call, "caller", "他扬言要砸店", final=False)
    await ban.until("document.querySelector('.wl-alarm')?.innerText.includes('正在说')")
    await ban.until("document.querySelector('.wl-alerts [role=alert]').textContent.includes('13806350002')")
    assert await ban.run("document.querySelector('.wl-call').dataset.call") == call, "it is the first row"
    await ban.page.select_option("select >> nth=0", "alert")
    await ban.until(f"{ROWS} === 1")
    hall.says(call, "caller", "他扬言要砸店")
    await ban.until("document.querySelector('.wl-alarm').innerText.includes('已听清')")
    await ban.page.click(".wl-alarm .button >> nth=0")
    await ban.shows("稳住对方")  # what is to be done, in the followed call
    await ban.until("!document.querySelector('.wl-alarm')")


async def test_captions_of_a_followed_call_and_markup_stays_text(
    hall: SupervisedHouse, at: At, come: Come
) -> None:
    ban = await come(await at(hall), "/supervisor", color_scheme="dark")
    await ban.enter(BAN)
    call = hall.talking(SCRIPT, "in1")
    await ban.until(f"{ROWS} === 1")
    await ban.page.keyboard.press("Tab")
    await ban.page.focus(".wl-open")
    await ban.page.keyboard.press("Enter")
    await ban.until("document.querySelector('.wl-follow h2') === document.activeElement")
    hall.says(call, "caller", SCRIPT, final=False)
    await ban.until("document.querySelector('.wl-captions li.live')?.innerText.includes('<img')")
    hall.says(call, "caller", "很长" * 2000)
    await ban.until("document.querySelector('.wl-captions')?.innerText.includes('很长很长')")
    for number in range(150):
        hall.says(call, "attendant", f"第{number}句")
    await ban.until("document.querySelector('.wl-captions')?.innerText.includes('第149句')")
    assert await ban.run("document.querySelectorAll('.wl-captions li').length") <= 120
    assert "hacked" not in await ban.page.title()
    await ban.fits()
    await ban.page.keyboard.press("Escape")
    await ban.until("!document.querySelector('.wl-follow') && document.activeElement.className === 'wl-open'")


async def test_flags_health_and_rates(hall: SupervisedHouse, at: At, come: Come) -> None:
    ban = await come(await at(hall), "/supervisor")
    await ban.enter(BAN)
    await ban.shows("中继", "2 / 2 通", "hotline")
    hall.board.count("12345", "answered", 3.0)
    hall.board.count("12345", "abandoned", 30.0)
    hall.health["trunks"][1]["state"] = "down"
    hall.health["partners"][0].update(state="down", parked=2, last_error="连接被拒")
    hall.wall.look()
    await ban.shows("1 / 2 通", "1 处异常", "50.0%")
    await ban.page.click(".wl-tile summary >> nth=1")
    await ban.shows("连接被拒", "死信 2", "市公安局 110")
    await ban.page.click(".wl-agent .button >> nth=0")
    await ban.until("document.querySelector('.wl-agent.paused')")
    assert hall.queues is not None
    assert hall.queues.hall.agents["8001"].paused == "supervisor"
    await ban.page.click("#language")
    await ban.shows("Trunks", "1 / 2 up", "Make ready", "Last hour")


async def test_thirty_calls_and_a_flood_of_words(hall: SupervisedHouse, at: At, come: Come) -> None:
    ban = await come(await at(hall), "/supervisor")
    await ban.enter(BAN)
    calls = busy(hall, 35)
    await ban.until(f"{ROWS} === 35")
    for turn in range(20):
        for call in calls:
            hall.says(call, "caller", f"说到第{turn}句", final=False, took=0.1)
        await asyncio.sleep(0)  # the socket's turn
    await ban.until(f"document.body.innerText.split('说到第19句').length - 1 >= {len(calls)}")
    await ban.page.fill(".wl-bar input[type=search]", "1380635000")
    await ban.until(f"{ROWS} === 10")
    await ban.fits()
    await ban.page.set_viewport_size({"width": 683, "height": 384})  # as by 200 %
    await ban.fits()


async def test_whoever_may_not_listen_has_no_buttons(hall: SupervisedHouse, at: At, come: Come) -> None:
    hall.settings.tokens[-1].__dict__["may"] = ("read", "review", "listen")
    ban = await come(await at(hall), "/supervisor")
    await ban.enter(BAN)
    hall.talking()
    await ban.page.click(".wl-open")
    await ban.shows("没有权限监听")
    await ban.hides("耳语", "强插", "置暂停")


async def test_a_session_that_ends(house: WebHouse, come: Come) -> None:
    ban = await come(house.url, "/supervisor", login="ban")
    await ban.shows("现在没有电话")
    await ban.context.clear_cookies()
    await ban.page.goto(f"{house.url}/supervisor#tickets")
    await ban.shows("登录")
    await ban.page.wait_for_selector("#enter-form")

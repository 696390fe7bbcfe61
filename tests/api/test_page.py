"""The live page in a real browser: it runs under its own policy, shows the call, presses the key, asks for a
token, comes back after a break."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.calls.actions import JoinQueue
from bridge.services.views import call_view
from tests.api.conftest import KEYS

WEB = Path(__file__).parents[2] / "bridge" / "web"


KEY = "document.querySelector('[data-focus=\"key-110\"]')"


async def test_a_whole_call(home, serve: Callable, browse: Callable) -> None:
    """As a supervisor sees it, from the empty page to the end, the key pressed on the page."""
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("还没有电话", "实时")
        call = home.rings()
        await browser.shows("13806351234", "正在接入", "听回铃音")
        assert await browser.run(f"{KEY}.disabled")
        home.switchboard.on(home.answered(call))
        await browser.shows("通话中", "12345 话务员")
        home.says(call, "attendant", "您好，这里是12345")
        home.says(call, "caller", "我叫张建国", final=False)
        await browser.until("document.querySelector('.said.interim')?.innerText.includes('我叫张建国')")
        home.says(call, "caller", "我叫张建国，刚才在东昌府区柳园街道看见有人打架还拿着刀")
        await browser.shows("柳园街道", "涉嫌违法犯罪", "紧急", "草稿")
        await browser.until("!document.querySelector('.interim')")
        assert await browser.run("document.getElementById('said').textContent") == (
            "我叫张建国，刚才在东昌府区柳园街道看见有人打架还拿着刀"
        )
        await browser.run(f"{KEY}.click()")
        await browser.shows("正在呼叫110 接警台", "取消转接", "工单 第1版")
        assert len(home.world.dialled()) == 2
        home.far(call, "rings")
        await browser.shows("110 接警台振铃中", "诉求人与话务员照常通话")
        home.far(call, "answers")
        await browser.shows("已转到110 接警台", "按键 → 对方接听")
        home.says(call, "attendant", "您好聊城110")
        await browser.shows("您好聊城110")
        home.hangs_up(call)
        await browser.shows("已结束", "诉求人挂断")


async def test_what_people_say_is_text(home, serve: Callable, browse: Callable) -> None:
    nasty = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    call = home.talking(caller=nasty)
    home.says(call, "caller", nasty)
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.until(f"document.querySelector('.said-text')?.textContent === {nasty + '。'!r}")
        assert await browser.run("document.querySelectorAll('img, main script').length") == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [(486, "对方占线"), (480, "对方无人接听"), (503, "对方线路不通"), (603, "对方拒接")],
)
async def test_why_a_transfer_failed(
    home, serve: Callable, browse: Callable, status: int, words: str
) -> None:
    call = home.talking()
    home.switchboard.press_call(call, "110", home.clock.now)
    home.far(call, "refuses", status)
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows(f"没有转成：{words}", "诉求人仍在与话务员通话")
        assert not await browser.run(f"{KEY}.disabled"), "the key can be pressed again"


async def test_a_key_whose_lines_are_all_dead_says_so_and_can_still_be_pressed(
    home, serve: Callable, browse: Callable
) -> None:
    home.talking()
    dead = [{"name": "police", "label": "市公安局", "state": "down"}]
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.until(f"{KEY} && !{KEY}.disabled")
        assert "不通" not in await browser.run(f"{KEY}.innerText")
        keys = [{**key, "state": "down" if key["number"] == "110" else "up"} for key in KEYS]
        home.feed.publish({"type": "keys", "keys": keys, "status": {"trunks": dead}})
        await browser.shows("中继不通 市公安局")
        assert "不通" in await browser.run(f"{KEY}.innerText")
        assert not await browser.run(f"{KEY}.disabled")
        home.feed.publish({"type": "keys", "keys": KEYS, "status": {"trunks": []}})
        await browser.until(f"!{KEY}.innerText.includes('不通')")


async def test_cancel_and_english(home, serve: Callable, browse: Callable) -> None:
    call = home.talking()
    home.switchboard.press_call(call, "110", home.clock.now)
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("取消转接")
        await browser.run("document.getElementById('language').click()")
        await browser.shows("Calling 110 desk", "Cancel transfer")
        await browser.run("document.querySelector('.key.cancel').click()")
        await browser.shows("Transfer cancelled", "Transfer to 110")
    assert home.switchboard.call(call).transfer.state == "cancelled"


async def test_a_token_is_asked_for(house, serve: Callable, browse: Callable) -> None:
    house.talking()
    enter = "document.getElementById('token').value = '%s'; document.getElementById('login-go').click()"
    async with serve(house) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.until("document.getElementById('login').open")
        assert "13806351234" not in await browser.run("document.body.textContent")
        await browser.run(enter % "wrong")
        await browser.shows("令牌不对")
        await browser.run(enter % "reader-token")
        await browser.shows("138****1234", "实时")
        assert await browser.run(f"{KEY}.disabled"), "this token may only look"
        assert "13806351234" not in await browser.run("document.body.textContent"), "nor at numbers"


async def test_the_page_comes_back(home, serve: Callable, browse: Callable) -> None:
    """The bridge goes and comes again under an open page: the page says so, then shows what is now."""
    async with browse() as browser:
        async with serve(home) as port:
            await browser.open(f"http://127.0.0.1:{port}/")
            await browser.shows("还没有电话", "实时")
        await browser.shows("已断开，正在重连")
        home.talking()
        async with serve(home, port):
            await browser.shows("13806351234", "实时")
        browser.complaints.clear()  # refused connections are the point here


def test_nothing_from_elsewhere_and_no_markup_from_data() -> None:
    for path in WEB.glob("*"):
        text = path.read_text()
        if path.name.startswith("stand_in"):
            continue
        assert "innerHTML" not in text
        assert "insertAdjacentHTML" not in text
        assert not re.search(r"(?:src|href|from|import|url\()\s*=?\s*[\"'(]?(?:https?:)?//", text), path.name
    html = (WEB / "live.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)


async def test_the_queue_and_its_agents(home, queue_of: Callable, serve: Callable, browse: Callable) -> None:
    """Who waits, what the agents do, who is to be called back; and a pause by the page."""
    desk = queue_of(home)
    call = home.switchboard.call(home.talking())
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("hotline", "等待 0", "一号", "就绪", "话机不在", "接通率 —")
        await browser.run("document.querySelector('[data-focus=\"agent-8001\"]').click()")
        await browser.until("document.querySelector('.agent.paused')?.innerText.includes('一号')")
        assert desk.hall.agents["8001"].paused == "supervisor"
        desk.act(call, JoinQueue("hotline", False, 30, 4))
        await browser.shows("等待 1")
        await browser.run("document.querySelector('[data-focus=\"agent-8001\"]').click()")
        await browser.until("document.querySelector('.agent.ringing')?.innerText.includes('一号')")
        home.feed.publish({"type": "callbacks", "open": 3})
        await browser.shows("待回拨 3")


async def test_a_silent_call_is_made_quiet_and_its_answers_are_read(
    home, serve: Callable, browse: Callable
) -> None:
    call = home.talking()
    record = home.records.get(call)
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("转为静默")
        record.silent = True
        home.feed.publish({"type": "call", "call": call_view(record)})
        await browser.shows("无声来电")
        await browser.run("document.querySelector('[data-focus=\"hush\"]').click()")
        await browser.shows("静默中")
        assert home.switchboard.call(call).quiet
        home.feed.publish({
            "type": "utterance", "call": call, "speaker": "caller", "leg": "in", "start": 3, "end": 3,
            "text": "（按键 1：是）", "final": True,
        })  # fmt: skip
        await browser.shows("（按键 1：是）")

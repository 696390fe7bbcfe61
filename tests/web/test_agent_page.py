"""The agent's page over the interface in this process: it shows the call, presses the key by keyboard, says
what follows; what people say stays text; the line may break."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.api.app import create_api
from bridge.calls.actions import JoinQueue
from bridge.calls.events import Leaves
from bridge.services.screening import Policy, Screening
from bridge.services.views import call_view
from tests.api.access_house import PASSWORD, users
from tests.api.conftest import KEYS, House
from tests.services.test_screening import Store
from tests.web.conftest import Come
from tests.web.handed import PoliceHouse, papers

pytestmark = pytest.mark.asyncio(loop_scope="module")
At = Callable[..., Any]

KEY = "document.querySelector('[data-key=\"110\"]')"
CONTRAST = """(() => {
  document.documentElement.dataset.theme = "%s";
  const seen = getComputedStyle(document.querySelector(".evidence mark"));
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0.05);
  const [low, high] = [light(seen.color), light(seen.backgroundColor)].sort((a, b) => a - b);
  return high / low;
})()"""
"""How well a word of evidence reads in a theme (WCAG 2.2, 1.4.3)."""
NASTY = "<img src=x onerror=alert(1)><script>alert(2)</script>"
NEW = "换了一个谁也想不到的密码"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(home: House, at: At, come: Come) -> Any:
    """Somebody at the agent's page of `home`, who may do everything."""
    person = await come(await at(home), "/agent")
    await person.until("document.querySelector('.link.live')")
    return person


async def test_a_whole_call(home: House, desk: Any) -> None:
    """From the empty page to the end, the key pressed by one keystroke."""
    await desk.shows("还没有电话")
    call = home.rings()
    await desk.shows("13806351234", "正在接入", "听回铃音")
    assert await desk.run(f"{KEY}.disabled")
    home.switchboard.on(home.answered(call))
    await desk.shows("通话中", "12345 话务员")
    home.says(call, "attendant", "您好，这里是12345")
    home.says(call, "caller", "我叫张建国", final=False)
    await desk.until("document.querySelector('.said.interim')?.innerText.includes('我叫张建国')")
    home.says(call, "caller", "我叫张建国，刚才在东昌府区柳园街道看见有人打架还拿着刀")
    await desk.shows("柳园街道", "涉嫌违法犯罪", "紧急", "草稿", "采纳")
    await desk.until("!document.querySelector('.interim')")
    assert min([await desk.run(CONTRAST % theme) for theme in ("light", "dark")]) >= 4.5, "WCAG AA"
    await desk.until("document.querySelector('.danger-word')?.innerText === '拿着刀'")
    assert (await desk.run("document.querySelector('.captions [aria-live]').innerText")).startswith(
        "诉求人：我叫张建国"
    )
    await desk.page.click("[data-element=where] .origin-said")
    await desk.until("document.querySelector('.said.lit')?.innerText.includes('柳园街道')")
    assert "线路通" in await desk.run(f"{KEY}.getAttribute('aria-label')")
    await desk.page.keyboard.press("1")
    await desk.shows("正在呼叫110 接警台", "取消转接", "工单 第1版")
    assert len(home.world.dialled()) == 2
    home.far(call, "rings")
    await desk.shows("110 接警台振铃中", "诉求人与话务员照常通话", "即时")
    assert "0.0 ms" not in await desk.run("document.querySelector('.steps').innerText")
    home.far(call, "answers")
    await desk.shows("已转到110 接警台", "按键 → 对方接听")
    assert await desk.run("document.querySelector('.progress').getAttribute('role')") == "status"
    home.says(call, "attendant", "您好聊城110")
    await desk.shows("聊城110。")
    home.hangs_up(call)
    await desk.shows("已结束", "诉求人挂断")


async def test_what_people_say_is_text_and_fits(home: House, desk: Any) -> None:
    """Markup in a name and in words; ten thousand characters without a blank; one call beside a usual one."""
    call = home.talking(caller=NASTY)
    home.says(call, "caller", NASTY)
    leg = home.switchboard.call(call).attendant.leg
    long = {"speaker": "12345", "leg": leg, "id": f"{leg}-1", "start": 2.0, "end": 3.0, "final": True}
    home.feed.publish({"type": "utterance", "call": call, "text": "长" * 10_000, **long})
    await desk.until(f"document.querySelector('.said-text')?.textContent === {NASTY + '。'!r}")
    await desk.until("document.querySelectorAll('.said-text')[1]?.textContent.length >= 10000")
    assert await desk.run("document.querySelectorAll('img, main script').length") == 0
    await desk.page.click("[data-correct=what]")
    await desk.page.fill("textarea", "w" * 2000)
    await desk.page.keyboard.press("Enter")
    await desk.shows("话务员填写")
    named = home.rings(caller="长名字" * 3000, leg="in2")
    await desk.page.click(f"[data-call='{named}']")
    await desk.until("document.querySelector('.caller-number').textContent.length === 9000")
    for zoomed in ({"width": 1366, "height": 768}, {"width": 683, "height": 384}):
        await desk.page.set_viewport_size(zoomed)
        await desk.fits()


@pytest.mark.parametrize(
    ("status", "words"),
    [(486, "对方占线"), (480, "对方无人接听"), (503, "对方线路不通"), (603, "对方拒接")],
)
async def test_back_to_the_agent_with_time_and_reason(
    home: House, desk: Any, status: int, words: str
) -> None:
    call = home.talking()
    await desk.until(f"{KEY} && !{KEY}.disabled")
    await desk.page.keyboard.press("F2")
    await desk.shows("正在呼叫110")
    home.far(call, "rings")
    home.far(call, "refuses", status)
    await desk.shows(f"没有转成：{words}", "诉求人仍在与话务员通话")
    assert await desk.run("/\\d\\d:\\d\\d/.test(document.querySelector('.progress-time').innerText)")
    await desk.until(f"!{KEY}.disabled")


async def test_the_key_is_coloured_before_the_press(home: House, desk: Any) -> None:
    """Lines down, interface down, all busy there: said in words too; it can still be pressed."""
    home.talking()
    await desk.until(f"{KEY}?.classList.contains('good') && !{KEY}.disabled")
    trunks = [{"name": "police", "label": "市公安局", "state": "down"}]
    for key, level, words, status in (
        ({"state": "down"}, "bad", "不通", {"trunks": trunks}),
        ({"partner": {"platform": "110", "state": "down", "waiting": 2}}, "busy", "工单接口不通", {}),
    ):
        keys = [{**each, **key} if each["number"] == "110" else each for each in KEYS]
        home.feed.publish({"type": "keys", "keys": keys, "status": status})
        await desk.until(f"{KEY}.classList.contains({level!r}) && {KEY}.innerText.includes({words!r})")
        assert words in await desk.run(f"{KEY}.getAttribute('aria-label')")
        assert not await desk.run(f"{KEY}.disabled")
    await desk.hides("中继不通")
    home.feed.publish({"type": "keys", "keys": KEYS, "status": {"trunks": []}})
    await desk.until(f"{KEY}.classList.contains('good')")


async def test_cancel_is_one_press_and_english(home: House, desk: Any) -> None:
    call = home.talking()
    await desk.until(f"{KEY} && !{KEY}.disabled")
    await desk.page.click("[data-key='110']")
    await desk.shows("取消转接")
    await desk.page.click("#language")
    await desk.shows("Calling 110 desk", "Cancel transfer")
    await desk.page.keyboard.press("Escape")
    await desk.shows("Transfer cancelled", "Transfer to 110")
    assert home.switchboard.call(call).transfer.state == "cancelled"


async def test_a_consult_by_the_keys_menu_and_keyboard_alone(home: House, desk: Any) -> None:
    call = home.talking()
    await desk.until(f"{KEY} && !{KEY}.disabled")
    await desk.run(f"{KEY}.focus()")
    await desk.page.keyboard.press("Tab")
    await desk.page.keyboard.press("Enter")
    await desk.until("document.activeElement?.dataset.mode === 'conference'")
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    await desk.shows("正在呼叫110 接警台", "咨询转接")
    home.far(call, "answers")
    await desk.shows("正在咨询110 接警台", "听音乐", "完成转接", "切换", "三方通话")
    await desk.page.click("[data-steer=swap]")
    await desk.shows("与诉求人说话，110 接警台等候")
    await desk.page.click("[data-steer=complete]")
    await desk.shows("已转到110 接警台", "一键转接 12345", "咨询转接")


async def test_three_party_by_a_long_press_until_the_platforms_are_alone(home: House, desk: Any) -> None:
    call = home.talking()
    await desk.until(f"{KEY} && !{KEY}.disabled")
    await desk.page.hover("[data-key='110']")
    await desk.page.mouse.down()
    await desk.page.wait_for_selector("[data-mode=conference]")
    await desk.page.mouse.up()
    assert home.switchboard.call(call).transfer is None, "the long press itself is no press"
    await desk.page.click("[data-mode=conference]")
    await desk.shows("正在呼叫110 接警台")
    home.far(call, "answers")
    await desk.shows("三方通话中：110 接警台已加入", "我退出，留给对方", "请对方退出")
    home.says(call, "recipient", "您好聊城110")
    await desk.shows("聊城110。")
    home.hangs_up(call)
    await desk.shows("诉求人已挂机，两家协商中", "已退出")
    assert await desk.run("document.querySelectorAll('.key').length") == 0
    home.switchboard.on(Leaves(home.switchboard.call(call).attendant.leg, "bye"))
    await desk.shows("已结束")


async def test_danger_is_on_the_page_while_it_is_said_and_taken_back(home: House, desk: Any) -> None:
    call = home.talking()
    await desk.shows("通话中")
    home.says(call, "caller", "我烫了个爆炸", final=False)
    await desk.until("document.querySelector('.danger.raised mark')?.innerText === '爆炸'")
    home.says(call, "caller", "我烫了个爆炸头理发店不退钱")
    await desk.until("document.querySelector('.danger.withdrawn')?.innerText.includes('报警撤回')")
    await desk.until("!document.querySelector('.danger.raised') && document.querySelector('.way.stay')")
    home.says(call, "caller", "他拿着刀", final=False)
    await desk.until("document.querySelector('.danger.raised')?.innerText.includes('正在说')")
    home.says(call, "caller", "他拿着刀要砍人就在古楼东边，我们害怕")
    await desk.until("document.querySelector('.danger.confirmed')?.innerText.includes('拿着刀')")
    await desk.until(
        "document.querySelector('.way.to')?.innerText.includes('110') && document.querySelector('.say q')"
    )
    await desk.until("document.querySelector('.call .flag')?.innerText.includes('危险')")
    await desk.page.reload()
    await desk.until("document.querySelector('.danger.confirmed')?.innerText.includes('拿着刀')")


async def test_an_element_is_corrected_while_others_fill_themselves(home: House, desk: Any) -> None:
    """What is heard builds nothing anew under the hands of who types."""
    call = home.talking()
    home.says(call, "caller", "我叫王建国在柳园路八号有人打架")
    await desk.shows("柳园路八号")
    await desk.page.click("[data-correct=where]")
    await desk.page.fill("[data-element=where] textarea", "新华路一号")
    home.says(call, "caller", "快来我是花园路的李明")
    await desk.shows("快来我是花园路的李明")
    assert await desk.run("document.querySelector('[data-element=where] textarea').value") == "新华路一号"
    await desk.page.keyboard.press("Enter")
    await desk.shows("新华路一号", "话务员填写")
    assert home.records.get(call).by_hand["where"].value == "新华路一号"


async def test_a_category_is_accepted_by_one_key_and_corrected_by_typing(home: House, desk: Any) -> None:
    call = home.talking()
    home.says(call, "caller", "有人拿着刀打架")
    await desk.shows("涉嫌违法犯罪", "依据", "附件2《12345转110事项清单》")
    assert (await desk.run("document.querySelector('.official p').innerText")).strip()
    await desk.page.keyboard.press("y")
    await desk.shows("话务员选定")
    assert home.records.get(call).chosen.by_hand
    await desk.page.click("[data-do=choose]")
    await desk.page.fill(".choose input", "报警")
    await desk.page.wait_for_selector("[data-category=a1-110-alarm]")
    await desk.page.keyboard.press("Enter")
    await desk.until("document.querySelector('.category')?.innerText.startsWith('报警')")
    assert home.records.get(call).chosen.id == "a1-110-alarm"


async def test_the_page_comes_back_where_it_was(home: House, at: At, come: Come) -> None:
    """The socket drops: what was missed is told. The bridge goes and comes: what is now is shown."""
    person = await come(await at(home), "/agent")
    call = home.talking()
    home.says(call, "caller", "断线以前说的")
    await person.shows("断线以前说的")
    await person.run("import('/web/shared/live.js').then((live) => live.drop())")
    await person.shows("已断开，正在重连")
    home.says(call, "caller", "断线的时候说的")
    await person.shows("实时", "断线的时候说的", "断线以前说的")
    await person.page.reload()
    await person.shows("实时", "断线的时候说的", "断线以前说的")


async def test_a_token_is_asked_for(closed: House, at: At, come: Come) -> None:
    closed.talking()
    person = await come(await at(closed), "/agent")
    await person.page.wait_for_selector("#login[open]")
    assert "13806351234" not in await person.run("document.body.textContent")
    await person.enter("wrong")
    await person.shows("令牌不对")
    await person.enter("reader-token")
    await person.shows("138****1234", "实时")
    assert await person.run(f"{KEY}.disabled"), "this token may only look"
    assert "13806351234" not in await person.run("document.body.textContent"), "nor at numbers"


async def test_log_in_to_log_out_and_a_session_that_ends_in_mid_call(
    closed: House, at: At, come: Come, tmp_path: Path
) -> None:
    call = closed.talking()
    async with users(closed, f"sqlite+aiosqlite:///{tmp_path}/u.db") as known:
        await known.add("wang", "agent", must_change=True)
        person = await come(await at(closed), "/agent")
        await person.shows("登录名", "密码", "用令牌进入")
        await person.page.fill("#enter-name", "wang")
        await person.page.fill("#enter-password", PASSWORD)
        await person.page.keyboard.press("Enter")
        await person.shows("先换成自己的密码")
        for name, text in (("old", PASSWORD), ("new", NEW), ("again", "another")):
            await person.page.fill(f"#change-{name}", text)
        await person.page.keyboard.press("Enter")
        await person.shows("两次输入的不一样")
        await person.page.fill("#change-again", NEW)
        await person.page.keyboard.press("Enter")
        await person.shows("13806351234", "退出 wang")
        assert await person.run("document.cookie") == "", "no script reads the session"
        await known.book.close_all("wang")
        closed.says(call, "caller", "还在说话")
        await person.shows("登录到期了，请重新登录。", "通话不受影响")
        assert closed.switchboard.call(call).phase.value == "talking"
        await person.page.fill("#enter-name", "wang")
        await person.page.fill("#enter-password", NEW)
        await person.page.keyboard.press("Enter")
        await person.until("!document.getElementById('login').open")
        await person.shows("还在说话")
        ended = asyncio.Event()
        close = known.book.close

        async def watched(digest: str) -> None:
            await close(digest)
            ended.set()

        known.book.close = watched  # type: ignore[method-assign]
        await person.page.click("#you")
        await asyncio.wait_for(ended.wait(), 30)
        assert known.book._of("wang") == []
        await person.page.wait_for_selector("#enter-form")


async def test_the_queue_and_its_agents(
    home: House, queue_of: Callable[..., Any], at: At, come: Come
) -> None:
    """Who waits, what the agents do, who is to be called back; and a pause by the page."""
    queues = queue_of(home)
    call = home.switchboard.call(home.talking())
    person = await come(await at(home), "/agent")
    await person.shows("hotline", "等待 0", "一号", "就绪", "话机不在", "接通率 —")
    await person.page.click("[data-agent='8001']")
    await person.until("document.querySelector('.agent.paused')?.innerText.includes('一号')")
    assert queues.hall.agents["8001"].paused == "supervisor"
    queues.act(call, JoinQueue("hotline", False, 30, 4))
    await person.shows("等待 1")
    await person.page.click("[data-agent='8001']")
    await person.until("document.querySelector('.agent.ringing')?.innerText.includes('一号')")
    home.feed.publish({"type": "callbacks", "open": 3})
    await person.shows("待回拨 3")


async def test_a_silent_call_is_made_quiet_and_its_answers_are_read(home: House, desk: Any) -> None:
    call = home.talking()
    record = home.records.get(call)
    await desk.shows("转为静默")
    record.silent = True
    home.feed.publish({"type": "call", "call": call_view(record)})
    await desk.shows("无声来电")
    await desk.page.click("[data-do=hush]")
    await desk.shows("静默中")
    assert home.switchboard.call(call).quiet
    said = {"speaker": "caller", "leg": "in", "start": 3, "end": 3, "text": "（按键 1：是）", "final": True}
    home.feed.publish({"type": "utterance", "call": call, **said})
    await desk.shows("（按键 1：是）")


async def test_a_caller_marked_on_the_page_is_shown_in_red_next_time(
    home: House, at: At, come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    screening = Screening(Policy(), Store(), home.clock)
    await screening.start()
    parts = replace(home.parts(), screening=screening)
    monkeypatch.setattr(home, "app", lambda: create_api(parts))
    home.switchboard.look = screening.look
    call = home.talking()
    person = await come(await at(home), "/agent")
    await person.page.click("[data-do=mark]")
    await person.shows("已标记 13806351234")
    home.hangs_up(call)
    await person.shows("诉求人挂断")
    again = home.rings(leg="again")
    await person.page.click(f"[data-call='{again}']")
    await person.shows("骚扰警告：loopback标记：话务员在页面上标记")
    assert await person.run("document.querySelector('[data-do=mark]') === null")
    (mark,) = screening.marks()
    assert (mark.number, mark.measure) == ("13806351234", "warn")
    assert call in mark.why
    await screening.stop()


BROUGHT = "document.querySelector('.brought')"


@pytest.mark.parametrize("extension", ["8001", ""])
async def test_a_call_that_another_bridge_hands_over_comes_with_its_ticket(
    at: At, come: Come, tmp_path: Path, blank_database: Path, extension: str
) -> None:
    """The 110's desk with its own bridge: the ringing call opens by itself; the
    12345's ticket and transcript are there before the answer, grow with each version, and stay text."""
    async with (
        PoliceHouse(tmp_path, blank_database) as police,
        users(police, f"sqlite+aiosqlite:///{tmp_path}/u.db") as known,
    ):
        await known.add("desk", "agent", "110", extension=extension)
        person = await come(await at(police), "/agent")
        await person.page.fill("#enter-name", "desk")
        await person.page.fill("#enter-password", PASSWORD)
        await person.page.keyboard.press("Enter")
        await person.shows("还没有电话")
        call = police.handed()
        await police.letter(papers())
        await person.until(f"document.querySelector('[data-call=\"{call}\"][aria-current=true]')")
        await person.shows("对方正在转来：先看工单，再接", "来自 12345 的工单", "涉嫌违法犯罪", "工单 第1版")
        await person.until(f"{BROUGHT}.querySelector('[data-element=where]').innerText.includes('柳园南路')")
        assert await person.run(f"{BROUGHT}.querySelector('[data-correct]') === null"), "to be read only"
        await person.until("document.querySelector('.captions .danger-word')?.innerText === '拿着刀'")
        await police.letter(
            papers(2, ("caller", NASTY), ("caller", "长" * 5000), who=NASTY, what="打" * 3900)
        )
        await person.shows("工单 第2版")
        await person.until(
            f"{BROUGHT}.querySelector('[data-element=who] .element-value').innerText === {NASTY!r}"
        )
        assert await person.run("document.querySelectorAll('img, main script').length") == 0
        for width in (1366, 683):
            await person.page.set_viewport_size({"width": width, "height": 768})
            await person.fits()
        await person.page.set_viewport_size({"width": 1366, "height": 768})
        await person.page.click(".brought [data-element=where] .origin-said")
        await person.until("document.querySelector('.said.lit')?.innerText.includes('柳园南路')")
        await person.until("document.querySelector('[data-deed=return]')")
        await person.page.keyboard.press("s")
        await person.shows("已签收", "开始办理")
        assert (await police.handled.handling("T-1")).state == "accepted"
        police.switchboard.on(police.answered(call))
        police.says(call, "caller", "他往东跑了")
        await person.shows("转来之前（12345 的转写）", "转到这里以后", "他往东跑了")
        order = await person.run(
            "[...document.querySelectorAll('.said-text')].map((one) => one.innerText[0])"
        )
        assert order == ["您", "柳", "<", "长", "他"]
        await person.page.reload()
        await person.shows("来自 12345 的工单", "第2版", "他往东跑了")
        await person.until("document.querySelector('[data-deed=start]')")
        await person.page.goto("about:blank")  # nothing is asked any more when the databases close

"""Conference and consult on the live page, pressed and led to their end in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.calls.events import Leaves


def key(name: str) -> str:
    return f"document.querySelector('[data-focus=\"{name}\"]')"


async def press(browser: Any, name: str) -> None:
    """As a person: a key is pressed once it can be, and not while an earlier press is on its way."""
    await browser.until(f"{key(name)} && !{key(name)}.disabled")
    await browser.run(f"{key(name)}.click()")


async def test_a_consult_from_press_to_completion(home, serve: Callable, browse: Callable) -> None:
    call = home.talking()
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("一键转接 110", "咨询", "三方")
        await press(browser, "key-110-consult")
        await browser.shows("正在呼叫110 接警台", "咨询转接", "取消转接")
        assert await browser.run(f"{key('complete')} === null"), "nobody has answered yet"
        home.far(call, "answers")
        await browser.shows("正在咨询110 接警台", "听音乐", "完成转接", "切换", "三方通话")
        await press(browser, "swap")
        await browser.shows("与诉求人说话，110 接警台等候")
        assert home.switchboard.call(call).transfer.state == "swapped"
        await press(browser, "complete")
        await browser.shows("已转到110 接警台")
        assert home.switchboard.call(call).transfer.state == "connected"


async def test_a_conference_until_the_two_platforms_are_alone(
    home, serve: Callable, browse: Callable
) -> None:
    call = home.talking()
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("一键转接 110", "三方")
        await press(browser, "key-110-conference")
        await browser.shows("正在呼叫110 接警台")
        home.far(call, "answers")
        await browser.shows("三方通话中：110 接警台已加入", "我退出，留给对方", "请对方退出")
        home.says(call, "recipient", "您好聊城110")
        await browser.shows("您好聊城110", "110 接警台")
        home.hangs_up(call)
        await browser.shows("诉求人已挂机，两家协商中", "已退出")
        assert await browser.run("document.querySelectorAll('.key:not([type=submit])').length") == 0
        leg = home.switchboard.call(call).attendant.leg
        home.switchboard.on(Leaves(leg, "bye"))
        await browser.shows("已结束")


async def test_the_keys_of_the_page_say_their_mode(home, serve: Callable, browse: Callable) -> None:
    call = home.talking()
    home.switchboard.press_call(call, "110", home.clock.now)
    home.far(call, "answers")  # now the desk is with the caller, and its key leads back
    async with serve(home) as port, browse() as browser:
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("一键转接 12345", "咨询转接", "直转", "三方")

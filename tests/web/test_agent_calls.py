"""The agent's page at the real bridge, with real telephones: an agent with a desk phone at one page, the 110
desk at another (a second context), both logged in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import Come
from tests.web.house import WebHouse
from tests.wire.phones import Phones
from tests.wire.script import CALLER

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def words(person: Any, deed: str, text: str) -> None:
    """A deed that needs words, by its keystroke."""
    await person.page.keyboard.press(deed)
    await person.page.fill("#deed-reason", text)
    await person.page.click("dialog[open] button[type=submit]")


async def test_from_the_ring_to_the_closed_ticket(house: WebHouse, phones: Phones, come: Come) -> None:
    """The call rings with who is calling; the key by keyboard; the other desk has the ticket before it
    answers; it accepts and feeds back, the first desk closes."""
    agent = phones.answering("agent", phones.agent().rings().cue().picks_up().released())
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    wang = await come(house.url, "/agent", login="wang")
    police = await come(house.url, "/agent", login="desk110")
    await wang.shows("我的分机 8001")
    caller = phones.calling(phones.caller().connects().cue().bye())
    await wang.shows("来电，正在振您的话机", CALLER)
    await police.hides(CALLER)
    agent.cue()
    await wang.shows("我的通话", "通话中", "12345 话务员")
    await wang.page.keyboard.press("e")
    await wang.page.fill("[data-element=who] textarea", "<b>张建国</b>")
    await wang.page.keyboard.press("Enter")
    await wang.shows("<b>张建国</b>", "话务员填写")
    await wang.page.wait_for_selector("[data-key='110']:enabled")
    await wang.page.keyboard.press("1")
    await wang.shows("110 接警台振铃中", "取消转接", "工单 第1版")
    await police.shows("对方正在转来：先看工单，再接", CALLER, "<b>张建国</b>", "振铃中")
    assert not desk.messages("sent")[-1].startswith("SIP/2.0 200"), "it has not answered yet"
    desk.cue()
    await wang.shows("已转到110 接警台", "话务员已释放")
    await police.shows("已转到110 接警台")
    await police.page.wait_for_selector("[data-deed=accept]")
    await police.page.keyboard.press("s")
    await police.shows("已签收")
    await wang.shows("已签收")
    await words(police, "f", "到场处理完毕")
    await police.shows("已反馈")
    await wang.shows("已反馈", "到场处理完毕")
    caller.cue()
    await wang.shows("诉求人挂断")
    await wang.page.click("[data-deed=close]")
    await wang.page.click("dialog[open] button[type=submit]")
    await wang.shows("已办结")
    await police.shows("已办结")
    phones.done()


async def test_a_ticket_is_returned_with_its_reason(house: WebHouse, phones: Phones, come: Come) -> None:
    """The desk is busy: the call is back with the agent, by name and time; the ticket goes back, too."""
    phones.answering("desk", phones.desk().rings().refuses(486, "Busy"))
    wang = await come(house.url, "/agent", login="wang")
    police = await come(house.url, "/agent", login="desk110")
    caller, agent = phones.talking(caller=lambda part: part.released(), agent=lambda part: part.cue().bye())
    await wang.page.wait_for_selector("[data-key='110']:enabled")  # "通话中" stands in the page's head, too
    await wang.page.keyboard.press("F2")
    await wang.shows("没有转成：对方占线", "诉求人仍在与话务员通话")
    await police.shows("没有转成：对方占线")
    await police.page.wait_for_selector("[data-deed=return]")
    await words(police, "r", "属于 12345 受理范围")
    await police.shows("已退回")
    await wang.shows("已退回", "属于 12345 受理范围")
    await wang.page.wait_for_selector("[data-deed=resend]")
    caller.voice.hears(agent.voice)
    agent.cue()
    phones.done()


async def test_a_dead_trunk_and_a_page_that_is_loaded_anew_leave_the_call_alone(
    house: WebHouse, phones: Phones, come: Come
) -> None:
    wang = await come(house.url, "/agent", login="wang")
    caller, agent = phones.talking(caller=lambda part: part.released(), agent=lambda part: part.cue().bye())
    await wang.shows("通话中")
    await wang.page.click("[data-key='1102']")
    await wang.shows("没有转成：对方线路不通")
    await wang.page.reload()
    await wang.shows("通话中", "没有转成：对方线路不通", CALLER)
    caller.voice.hears(agent.voice)
    await wang.fits()
    agent.cue()
    phones.done()

"""Tickets, figures and the monthly report as a supervisor has them: lists, one ticket's path, a dead letter
sent again, urging, charts with tables and files, and the report on paper."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Download

from tests.api.conftest import House
from tests.web.conftest import Come
from tests.web.supervising import BAN, SCRIPT, ZONE, SupervisedHouse, supervised

pytestmark = pytest.mark.asyncio(loop_scope="module")
At = Callable[..., Awaitable[str]]
ROWS = "document.querySelectorAll('.tk-list tbody tr').length"


@pytest_asyncio.fixture(loop_scope="module")
async def hall(
    tmp_path: Path, blank_database: Path, queue_of: Callable[[House], Any]
) -> AsyncIterator[SupervisedHouse]:
    async with supervised(tmp_path, blank_database, queue_of) as house:
        yield house


async def content(download: Download) -> bytes:
    """What was downloaded."""
    return await asyncio.to_thread((await download.path()).read_bytes)


async def test_nothing_is_late_and_the_bridge_does_not_answer(
    hall: SupervisedHouse, at: At, come: Come
) -> None:
    ban = await come(await at(hall), "/supervisor#tickets")
    await ban.enter(BAN)
    await ban.shows("没有超时的工单")
    await ban.page.click("a[href='#tickets/dead']")
    await ban.shows("没有送不到的信")
    await ban.page.route("**/api/v1/tickets**", lambda route: route.fulfill(status=503, body="{}"))
    await ban.page.click("a[href='#tickets/disputed']")
    await ban.shows("再试一次")
    await ban.page.unroute("**/api/v1/tickets**")
    await ban.page.click(".state.bad .button")
    await ban.shows("没有争议的工单")
    ban.complaints = [each for each in ban.complaints if "503" not in each]


async def test_what_is_the_matter_and_the_path(hall: SupervisedHouse, at: At, come: Come) -> None:
    await hall.ticket("T-late")
    await hall.ticket("T-county", to="110-dcf", who=SCRIPT, what=SCRIPT)
    await hall.do("T-county", "accept", "110-dcf", "收到", number="D-7")
    await hall.do("T-county", "negotiate", "12345", "应归 110", owner="110-dcf")
    await hall.do("T-county", "dispute", "", "谈不拢")
    await hall.handled.link("T-county", "duplicate", "T-late")
    await hall.late("T-late", "110", timedelta(hours=5))
    ban = await come(await at(hall), "/supervisor#tickets")
    await ban.enter(BAN)
    await ban.shows("T-late", "签收超时 5 小时", "超时 1", "争议 1")
    await ban.page.click("a[href='#tickets/disputed']")
    await ban.page.click(".tk-open")
    await ban.until("document.querySelectorAll('.tk-way li').length === 3")
    way = await ban.page.locator(".tk-way li").all_inner_texts()
    assert [re.search(r"（(.+?)）", hop)[1] for hop in way] == ["12345", "110", "110-dcf"]  # type: ignore[index]
    assert "受理" in way[0]
    assert "排队待送" in way[1]
    assert "已签收" in way[2]
    await ban.shows("提请会商", "协商不成", "谈不拢", "同一诉求", "待送达", "<img src=x")
    assert "hacked" not in await ban.page.title()
    await ban.page.click(".tk-rows a")
    await ban.until("location.hash.endsWith('T-late')")
    await ban.shows("现在由它办", "签收超时 5 小时")
    await ban.page.keyboard.press("Escape")
    await ban.until("!document.querySelector('.tk-dossier')")
    await ban.fits()


async def test_a_dead_letter_is_sent_again(hall: SupervisedHouse, at: At, come: Come) -> None:
    await hall.ticket("T-dead")
    letter = await hall.letter("T-dead", "parked")
    ban = await come(await at(hall), "/supervisor#tickets/dead")
    await ban.enter(BAN)
    await ban.page.click(".tk-open")
    await ban.shows("对方拒收（HTTP 422）", "试过 3 次")
    hall.woken.clear()
    await ban.page.click(".tk-rows .button")
    await ban.shows("已放回", "没有送不到的信")
    assert hall.woken == ["110"]
    await ban.hides("没送到的信")
    assert letter


async def test_urging_where_the_table_allows(hall: SupervisedHouse, at: At, come: Come) -> None:
    await hall.ticket("T-1")
    await hall.do("T-1", "accept", "110", "收到")
    ban = await come(await at(hall), "/supervisor#tickets/open/T-1")
    await ban.enter(BAN)
    await ban.page.click(".tk-line .button")
    await ban.page.fill("#tk-why", "三天没有反馈")
    await ban.page.click("dialog[open] .primary")
    await ban.shows("已督办", "督办 1 次", "三天没有反馈")
    assert (await hall.handled.handling("T-1")).urged == 1
    await hall.do("T-1", "feedback", "110", "办好了")
    await ban.shows("已反馈")  # it comes by itself
    await ban.until("!document.querySelector('.tk-line .button')")


async def test_charts_with_tables_and_files(hall: SupervisedHouse, at: At, come: Come) -> None:
    for number in range(4):
        await hall.ticket(f"T-{number}", timedelta(days=number), what="路灯不亮没人修")
    await hall.do("T-0", "return", "110", "地址不详")
    ban = await come(await at(hall), "/supervisor#figures", timezone_id=str(ZONE))
    await ban.enter(BAN)
    await ban.shows("工单", "上期 0", "退回率", "25.0%")
    await ban.page.click("a[href='#figures/trend']")
    await ban.until("document.querySelectorAll('.fg-chart canvas').length >= 2")
    assert await ban.run("document.querySelector('.fg-chart').getAttribute('aria-label')")
    assert await ban.run("document.querySelectorAll('.fg-table tbody tr').length") >= 4
    async with ban.page.expect_download() as coming:
        await ban.page.click(".fg-files .button >> nth=0")
    saved = await content(await coming.value)
    assert saved.startswith(b"\xef\xbb\xbf")
    assert "工单数" in saved.decode("utf-8-sig")
    async with ban.page.expect_download() as coming:
        await ban.page.click(".fg-files .button >> nth=1")
    assert (await content(await coming.value)).startswith(b"PK")
    await ban.page.click("a[href='#figures/hot']")
    await ban.shows("路灯不亮没人修", "冠县红旗路")
    await ban.page.click(".fg-presets .button >> nth=4")  # last month: nothing was
    await ban.shows("这个时段没有数据")
    await ban.page.click("#language")
    await ban.shows("Frequent requests", "Nothing in this period")
    await ban.fits()


async def test_the_report_on_paper(hall: SupervisedHouse, at: At, come: Come, tmp_path: Path) -> None:
    await hall.ticket("T-1", timedelta(hours=1), what=SCRIPT)
    await hall.do("T-1", "negotiate", "12345", "应归 110")
    await hall.do("T-1", "dispute", "", "谈不拢")
    for number in range(60):
        await hall.ticket(f"T-x{number}", timedelta(hours=1))
        await hall.late(f"T-x{number}", "110", timedelta(hours=5))
    month = f"{hall.clock.wall().astimezone(ZONE):%Y-%m}"
    ban = await come(
        await at(hall), f"/supervisor#report/{month}", color_scheme="dark", timezone_id=str(ZONE)
    )
    await ban.enter(BAN)
    await ban.shows("对接联动工作月报", "本月还没有过完", "谈不拢", "T-x59", "审核：")
    pdf = await ban.page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45]\.?\d* 84[12]\.?\d*\s*\]", pdf), "A4"
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    # Figures, trends, lists, 60 late tickets over more than a page, the table by day.
    assert 5 <= pages <= 8, pages
    await ban.page.emulate_media(media="print")
    assert await ban.run("getComputedStyle(document.querySelector('.top')).display") == "none"
    assert await ban.run("getComputedStyle(document.querySelector('.rp-paper')).color") == "rgb(0, 0, 0)"
    await ban.page.emulate_media(media="screen")
    async with ban.page.expect_download() as coming:
        await ban.page.click(".rp-bar .button >> nth=1")
    assert (await content(await coming.value)).startswith(b"PK")
    await ban.page.fill("#rp-month", "2099-01")
    await ban.shows("2099-01 还没有到", "再试一次")
    ban.complaints = [each for each in ban.complaints if "400" not in each]

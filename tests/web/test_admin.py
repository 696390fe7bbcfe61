"""The administrator's console: trunks tested, a number tried out, a log-in ended, a file refused, one loaded.

Readable in both languages, by night, at 1366×768 and at 200 %.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.peers.browser import Person
from tests.web.conftest import Come
from tests.web.house import WebHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABS = ("trunks", "routes", "targets", "users", "health", "config")


class Answering:
    """An exchange that answers every OPTIONS with 200 and says nothing else."""

    def __init__(self, at: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(at)
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                data, source = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            head = data.decode().split("\r\n\r\n")[0].split("\r\n")
            kept = [line for line in head if line.split(":")[0] in {"Via", "From", "To", "Call-ID", "CSeq"}]
            if head[0].startswith("OPTIONS "):
                answer = ["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]
                self._socket.sendto("\r\n".join(answer).encode(), source)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def exchange(house: WebHouse) -> Iterator[Answering]:
    made = Answering(house.pbx)
    yield made
    made.close()


async def tab(person: Person, name: str) -> None:
    await person.page.click(f'.tab-list a[href="#{name}"]')
    await person.until(
        f"document.querySelector('[role=tab][aria-selected=true]').getAttribute('href') === '#{name}'"
    )
    await person.page.wait_for_selector(".adm-head")


async def test_trunks_say_how_they_stand_and_can_be_tested(
    house: WebHouse, come: Come, exchange: Answering
) -> None:
    person = await come(house.url, "/admin", login="guan")
    await person.shows("中继", "pbx", "没有写 probe_seconds：不探测，一律当作通", "只打进来")
    await person.page.click("article:has(> header code:text-is('pbx')) button")
    await person.shows("应答 200")
    await person.page.click("article:has(> header code:text-is('dead')) button")
    await person.shows("那个端口没有程序在听")


async def test_a_number_is_tried_out_with_a_picture_and_its_reasons(house: WebHouse, come: Come) -> None:
    person = await come(house.url, "/admin#routes", login="guan")
    await person.page.fill("[name=number]", "1105")
    await person.page.select_option("[name=from]", "agent 8003")
    await person.page.press("[name=number]", "Enter")
    await person.shows("咨询", "报警服务台", "中继 dead 上的 1105", "中继 police 上的 1105", "第 30 秒起")
    assert await person.page.locator(".adm-cascade .c-ring").count() == 2
    said = await person.page.locator(".adm-cascade svg").get_attribute("aria-label")
    assert said is not None
    assert "1 中继 dead 上的 1105" in said
    await person.page.fill("[name=number]", "110")
    await person.page.select_option("[name=from]", "trunk carrier")
    await person.page.click(".adm-try button")
    await person.shows("没有路由：这样的呼叫会被拒绝", "没有中继 carrier；要让它用，在 from 里加上 carrier")


async def test_a_log_in_is_ended_and_that_page_asks_again(house: WebHouse, come: Come) -> None:
    agent = await come(house.url, "/agent", login="liu")
    await agent.until("document.querySelector('.link.live')")
    person = await come(house.url, "/admin#users", login="guan")
    await person.shows("刘话务", "王话务", "测试", "配置文件", "一直有效")
    row = person.page.locator("tr", has=person.page.locator("th", has_text="liu"))
    await row.locator(".adm-session button").first.click()
    await person.shows("结束 liu 的这个登录？")
    await row.locator(".adm-session button").first.click()
    await person.shows("已结束 liu 的登录")
    await agent.page.wait_for_selector("#login[open]")


async def test_a_wrong_file_is_refused_by_line_and_a_right_one_is_loaded(house: WebHouse, come: Come) -> None:
    path = house.folder / "bridge.yaml"
    text = path.read_text()
    person = await come(house.url, "/admin#config", login="guan")
    await person.shows("文件和运行的一样", "secret_file")
    assert house.password not in await person.run("document.body.innerText")
    try:
        path.write_text(text.replace("mode: conference", "mode: conferense"))
        await person.page.click(".adm-file .button.primary")
        await person.shows("没有载入，什么也没有变", "bridge.yaml:", "mode", "文件里有 1 处错误")
        path.write_text(text.replace("log: {level: warning}", "log: {level: error}\nsilence_seconds: 25"))
        await person.page.click(".adm > .adm-head .button")
        await person.shows("文件和运行的不一样", "silence_seconds", "log.level", "要重启才换上")
        assert await person.page.locator(".adm-diff .added").count() == 2
        await person.page.click(".adm-file .button.primary")
        await person.shows("载入了：换上 1 处，等重启 1 处")
    finally:
        path.write_text(text)
        assert house.api.post("/api/v1/admin/reload").status_code == 200


async def test_what_went_wrong_is_told_with_what_to_do(house: WebHouse, come: Come) -> None:
    answer = house.api.post(
        "/api/v1/session",
        json={"login": "guan", "password": "not hers at all"},
        headers={"Authorization": "", "Origin": house.url},
    )
    assert answer.status_code == 401
    person = await come(house.url, "/admin#health", login="guan")
    await person.shows("最近的错误", "登录失败", "怎么办")


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [((1366, 768), "light", "zh"), ((683, 384), "dark", "en")],
    ids=["1366x768", "200-percent-by-night-in-English"],
)
async def test_every_tab_fits(
    house: WebHouse, come: Come, size: tuple[int, int], scheme: str, language: str
) -> None:
    width, height = size
    person = await come(
        house.url, "/admin", login="guan", viewport={"width": width, "height": height}, color_scheme=scheme
    )
    if language == "en":
        await person.page.click("#language")
    for name in TABS:
        await tab(person, name)
        await person.until("!document.querySelector('.tab-body > .state, .adm > .state[role=status]')")
        await person.fits()


async def test_others_are_not_let_in(house: WebHouse, come: Come) -> None:
    person = await come(house.url, "/admin", login="ban")
    await person.shows("没有权限")

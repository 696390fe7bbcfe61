"""Log-in on the page, in a real browser: name and password, one's first own password, log-out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.api.access_house import PASSWORD, users
from tests.api.conftest import House

NEW = "换了一个谁也想不到的密码"


def fill(**fields: str) -> str:
    """Script that types into fields."""
    found = {name.replace("_", "-"): text for name, text in fields.items()}
    return "".join(f"document.getElementById({id!r}).value = {text!r};" for id, text in found.items())


def submit(form: str) -> str:
    return f"document.querySelector('#{form} button[type=submit]').click()"


async def test_from_the_first_password_to_log_out(
    house: House, serve: Callable, browse: Callable, tmp_path: Path
) -> None:
    house.talking()
    url = f"sqlite+aiosqlite:///{tmp_path}/u.db"
    async with users(house, url) as known, serve(house) as port, browse() as browser:
        await known.add("wang", must_change=True)
        await browser.open(f"http://127.0.0.1:{port}/")
        await browser.shows("登录名", "密码", "用令牌进入")
        assert not await browser.run("document.body.innerText.includes('13806351234')")
        await browser.run(fill(enter_name="wang", enter_password=PASSWORD) + submit("enter-form"))
        await browser.shows("先换成自己的密码")
        typed = fill(change_old=PASSWORD, change_new=NEW, change_again="another")
        await browser.run(typed + submit("change-form"))
        await browser.shows("两次输入的不一样")
        await browser.run(fill(change_again=NEW) + submit("change-form"))
        await browser.until("!document.getElementById('login').open")
        await browser.shows("13806351234", "退出 wang")
        assert await browser.run("document.cookie") == "", "no script reads the session"
        await known.book.close_all("wang")
        house.rings(leg="in2")
        await browser.shows("登录到期了，请重新登录。")
        await browser.run(fill(enter_name="wang", enter_password=NEW) + submit("enter-form"))
        await browser.until("!document.getElementById('login').open")
        closed = asyncio.Event()
        close = known.book.close

        async def watched(digest: str) -> None:
            await close(digest)
            closed.set()

        known.book.close = watched  # type: ignore[method-assign]
        await browser.run("document.getElementById('you').click()")
        await asyncio.wait_for(closed.wait(), 30)
        assert known.book._of("wang") == []

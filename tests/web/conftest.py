"""Pages in Debian's Chromium. One browser a module, a context a person; what a console complains of fails the
test. Write `pytestmark = pytest.mark.asyncio(loop_scope="module")` in every module: the browser lives in the
module's loop.

Two bridges to look at: `house`, the real one with its processes, users and telephones; and `home`, the same
interface in this process with a hand-played call (tests/api/conftest.py), for what a page makes of events.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.settings.house import Api
from tests.api.conftest import TOKENS, House, queue_of, serve
from tests.conftest import Need
from tests.peers.browser import Chromium, Person
from tests.web.house import PASSWORD, WebHouse
from tests.wire.phones import Phones, phones_of

__all__ = ["queue_of", "serve"]

Come = Callable[..., Awaitable[Person]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(need: Need) -> AsyncIterator[Chromium]:
    """The module's browser."""
    browser = await Chromium(need("chromium", debian="chromium")).start()
    yield browser
    await browser.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def come(chromium: Chromium) -> AsyncIterator[Come]:
    """`await come(url, "/agent", login="wang")`: somebody at a page, logged in or not; options are those of
    Playwright's new_context. At the test's end no console may have complained."""

    async def make(url: str, path: str = "/", *, login: str = "", **options: Any) -> Person:
        person = await chromium.person(url, **options)
        await person.open(path)
        if login:
            await person.page.wait_for_selector("#enter-form")
            await person.log_in(login, PASSWORD)
        return person

    yield make
    await chromium.part()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> AsyncIterator[WebHouse]:
    """The real bridge of this module, with its users."""
    house = WebHouse(tmp_path_factory.mktemp("house"), blank_database)
    await house.move_in()
    try:
        house.start()
        yield house
    finally:
        house.stop()


@pytest.fixture
def phones(house: WebHouse, need: Need, tmp_path: Path) -> Iterator[Phones]:
    """This test's telephones at the real bridge."""
    yield from phones_of(house, need, tmp_path)


@pytest.fixture
def home() -> House:
    """The interface in this process; this machine is trusted."""
    return House(Api(trust_loopback=True, tokens=TOKENS))


@pytest.fixture
def closed() -> House:
    """The same, and nobody is trusted for where they are."""
    return House()


@pytest_asyncio.fixture(loop_scope="module")
async def at(serve: Callable[..., Any]) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """`await at(home)`: that interface on a port of this machine; its address."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(house: House, port: int = 0) -> str:
            return f"http://127.0.0.1:{await stack.enter_async_context(serve(house, port))}"

        yield start

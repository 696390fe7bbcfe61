"""Debian's Chromium by Playwright: a person at a page. Whatever the console complains of (a broken script, a
refused style, an uncaught error) is kept, and fails the test at its end.

One browser for a test module, a context (cookies, storage) for each person. Nothing is downloaded: the
program is the system's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Self

from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright

ARGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
PATIENCE: Final = 30_000
"""Milliseconds for anything on a page; a slow machine needs some for the start."""
SCREEN: Final = {"width": 1366, "height": 768}
EXPECTED: Final = (
    "status of 401",
    "status of 403",
    "status of 404",
    "status of 409",
    "status of 422",
    "status of 429",
)
"""Chromium writes every refused request into the console; a refusal the page answers is no fault."""


class Person:
    """Somebody at a page of the bridge."""

    def __init__(self, context: BrowserContext, page: Page, base: str) -> None:
        self.context, self.page, self._base = context, page, base
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("response", self._answered)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str = "/") -> Self:
        """Go there."""
        await self.page.goto(self._base + path)
        return self

    async def log_in(self, login: str, password: str) -> Self:
        """With name and password, in the gate."""
        await self.page.fill("#enter-name", login)
        await self.page.fill("#enter-password", password)
        await self.page.click("#enter-form button[type=submit]")
        await self.page.wait_for_selector("#login:not([open])", state="attached")
        return self

    async def enter(self, token: str) -> Self:
        """With a token, in the gate."""
        await self.page.wait_for_selector("#login[open]")
        if not await self.page.is_visible("#token"):
            await self.page.click("#login-other")
        await self.page.fill("#token", token)
        await self.page.click("#login-go")
        return self

    async def shows(self, *words: str) -> None:
        """Wait until the page shows all these words."""
        await self.until(f"{json.dumps(words)}.every((word) => document.body.innerText.includes(word))")

    async def hides(self, *words: str) -> None:
        """Wait until the page shows none of them."""
        await self.until(f"!{json.dumps(words)}.some((word) => document.body.innerText.includes(word))")

    async def until(self, condition: str) -> None:
        """Wait until a JavaScript condition holds. Raises AssertionError with what the page shows."""
        try:
            await self.page.wait_for_function(f"() => Boolean({condition})", timeout=PATIENCE, polling=20)
        except Exception as error:
            text = await self.page.evaluate("document.body.innerText")
            raise AssertionError(f"never: {condition}\n{text}\n{self.complaints}\n{error}") from None

    async def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        return await self.page.evaluate(script)

    async def fits(self) -> None:
        """Nothing is wider than the page, and no text is cut off at its edge."""
        width = await self.run("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, f"the page is {width} px too wide"

    def _answered(self, response: Any) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.request.method} {response.url}")

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in EXPECTED):
            self.complaints.append(f"{message.type}: {message.text}")


class Chromium:
    """The browser; `person(base)` gives somebody with a context of their own."""

    def __init__(self, program: str, *args: str) -> None:
        self._program, self._args = program, (*ARGS, *args)
        self._people: list[Person] = []

    async def start(self) -> Self:
        """Up."""
        self._playwright: Playwright = await async_playwright().start()
        self.browser: Browser = await self._playwright.chromium.launch(
            executable_path=self._program, headless=True, args=list(self._args)
        )
        return self

    async def stop(self) -> None:
        """Gone."""
        await self.browser.close()
        await self._playwright.stop()

    async def person(self, base: str, **options: Any) -> Person:
        """base: the bridge's address; options: as Playwright's new_context takes them (color_scheme …)."""
        context = await self.browser.new_context(**{"viewport": SCREEN, "locale": "zh-CN", **options})
        context.set_default_timeout(PATIENCE)
        person = Person(context, await context.new_page(), base)
        self._people.append(person)
        return person

    async def part(self) -> None:
        """Everybody leaves. Raises AssertionError with what their consoles complained of."""
        people, self._people = self._people, []
        for person in people:
            await person.context.close()
        complaints = [each for person in people for each in person.complaints]
        if complaints:
            raise AssertionError(f"consoles complained: {complaints}")


async def photograph(person: Person, folder: Path, name: str) -> None:
    """What the screen shows, for people to look at; the folder is there."""
    await person.page.screenshot(path=folder / f"{name}.png")

"""A real browser for tests, by its own debugging protocol: open a page, wait until something is so, press,
look.

No test sleeps: the page itself says when a condition holds. Whatever the
console complains of (a broken script, a refused style) is kept for the test to see.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any, Final, Self

from websockets.asyncio.client import ClientConnection, connect

FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--remote-debugging-port=0", "--window-size=1280,800", "about:blank",
)  # fmt: skip
PATIENCE: Final = 30.0
"""Seconds for anything of the browser's; a slow machine needs some for the start."""

_UNTIL: Final = """new Promise((done) => {
  const look = () => { if (%s) { clearInterval(timer); done(true); } };
  const timer = setInterval(look, 20);
  look();
})"""


class Chromium:
    """`async with Chromium(program, folder) as browser`."""

    def __init__(self, program: str, home: Path) -> None:
        self._program, self._home = program, home
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            self._program, *FLAGS, f"--user-data-dir={self._home}",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE):
                await self._attach(await self._address())
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._reader
        await self._end()

    async def open(self, url: str) -> None:
        """Go there; back when the page and its scripts are loaded."""
        self._loaded = asyncio.Event()
        await self._ask("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def until(self, condition: str) -> None:
        """Wait until a JavaScript condition on the page holds. Raises TimeoutError with what the page
        shows."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.run(_UNTIL % condition)
        except TimeoutError:
            page = await self.run("document.body.innerText")
            raise TimeoutError(f"never: {condition}\n{page}\n{self.complaints}") from None

    async def shows(self, *words: str) -> None:
        """Wait until the page shows these words."""
        await self.until(f"{json.dumps(words)}.every((word) => document.body.innerText.includes(word))")

    async def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = await self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def _address(self) -> str:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            if line.startswith(b"DevTools listening on "):
                self._drain = asyncio.create_task(self._process.stderr.read())
                return line.split()[-1].decode()
        raise AssertionError("the browser did not start")

    async def _attach(self, address: str) -> None:
        self._socket: ClientConnection = await connect(address, proxy=None, max_size=None)
        self._session: str | None = None
        self._reader = asyncio.create_task(self._read())
        targets = (await self._ask("Target.getTargets"))["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = (await self._ask("Target.attachToTarget", targetId=page, flatten=True))["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            await self._ask(f"{domain}.enable")

    async def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params}
        await self._socket.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        return await self._waiting[number]

    async def _read(self) -> None:
        async for raw in self._socket:
            message = json.loads(raw)
            future = self._waiting.pop(message.get("id", 0), None)
            if future is not None and not future.done():
                future.set_result(message.get("result", {}))
            elif message.get("method") == "Page.loadEventFired":
                self._loaded.set()
            elif message.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}:
                self.complaints.append(json.dumps(message["params"], ensure_ascii=False))

    async def _end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        if hasattr(self, "_drain"):
            await self._drain

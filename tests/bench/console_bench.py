"""The agent's page: how soon a caption is seen, how soon the page is of use, and what eight hours of captions
leave behind in the browser.

Strategy: the product's own interface in this process, fed with events as its services make them; Debian's
Chromium at the page. Painted is what comes after the frame in which the words stand in the document. Eight
hours are an agent's calls of three minutes, one after the other, two events a second, as fast as the page
takes them; the heap is read after a collection.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[2]))

from bridge.api.app import SERVER
from bridge.settings.house import Api
from tests.api.conftest import House, ReadyServer
from tests.peers.browser import Chromium, Person

LIVE, SECONDS, EVERY = 30, 20, 0.5
"""Calls at once; how long; seconds between two events of each call."""
LOADS: Final = 7
CALLS, EVENTS, PER_FINAL = 160, 360, 4
"""Eight hours: calls of three minutes, events of each, of which every fourth is final."""
AN_HOUR: Final = CALLS // 8
AT_ONCE: Final = 120
WATCH: Final = """() => {
  window.painted = {};
  const box = document.querySelector('.captions-box'), now = () => performance.timeOrigin + performance.now();
  const seen = new MutationObserver(() => {
    const last = box.querySelector('.said:last-of-type .said-text');
    const found = /#(\\d+)#/.exec(last?.textContent || '');
    if (!found || window.painted[found[1]]) return;
    window.painted[found[1]] = -1;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { window.painted[found[1]] = now(); };
    requestAnimationFrame(() => channel.port2.postMessage(0));
  });
  seen.observe(box, { childList: true, subtree: true, characterData: true });
}"""
FIRST: Final = """() => {
  const look = () => {
    if (['.caller-number', '.key', '.said'].every((part) => document.querySelector(part))) {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { window.useful = performance.now(); };
      requestAnimationFrame(() => channel.port2.postMessage(0));
    } else requestAnimationFrame(look);
  };
  look();
}"""


def run() -> dict[str, Any]:
    """Milliseconds, per cent and megabytes."""
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("needs the Debian package chromium")
    house = House(Api(trust_loopback=True))
    async with _up(house) as url:
        browser = await Chromium(program).start()
        try:
            painted = await _painted(house, await browser.person(url))
            first = [await _first(await browser.person(url)) for _ in range(LOADS)]
            growth, heap = await _eight_hours(house, await browser.person(url))
        finally:
            await browser.stop()
    return {
        "console_painted_ms": painted, "console_first_ms": first,
        "console_heap_growth": growth, "console_heap_mb": heap,
    }  # fmt: skip


@contextlib.asynccontextmanager
async def _up(house: House) -> AsyncIterator[str]:
    server = ReadyServer(uvicorn.Config(house.app(), "127.0.0.1", 0, log_config=None, **SERVER))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    await asyncio.wait_for(server.up.wait(), 30)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def _open(person: Person) -> None:
    await person.open("/agent")
    await person.until("document.querySelector('.link.live')")


async def _painted(house: House, person: Person) -> list[float]:
    """The chosen call's captions, while all the others go on too."""
    calls = [house.talking(caller=f"1380000{n:04}", leg=f"in{n}") for n in range(LIVE)]
    for call in calls:
        house.says(call, "caller", "我叫张建国，刚才在东昌府区柳园街道看见有人打架")
    await _open(person)
    await person.page.click(f"[data-call='{calls[0]}']")
    await person.page.evaluate(WATCH)
    sent: dict[str, float] = {}
    for n in range(int(SECONDS / EVERY)):
        began = time.monotonic()
        for at, call in enumerate(calls):
            text = f"有人在柳园路打架快来人啊第{n}句" + (f"#{n}#" if at == 0 else "")
            sent.setdefault(str(n), time.time() * 1000)
            _say(house, call, f"in{at}", n, text)
            await asyncio.sleep(EVERY / LIVE / 2)
        await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    await person.until(f"window.painted['{n}'] > 0")
    seen: dict[str, float] = await person.run("window.painted")
    await person.context.close()
    return [seen[name] - at for name, at in sent.items() if seen.get(name, -1) > 0]


def _say(house: House, call: str, leg: str, n: int, text: str) -> None:
    final = n % PER_FINAL == PER_FINAL - 1
    start = 100.0 + n - n % PER_FINAL
    said = {"speaker": "caller", "leg": leg, "id": f"{leg}-{int(start)}", "start": start, "end": start + 1}
    house.feed.publish({"type": "utterance", "call": call, "text": text, "final": final, **said})


async def _first(person: Person) -> float:
    """From asking for the page, nothing kept from before, until call, key and captions are painted."""
    await person.page.add_init_script(f"({FIRST})()")
    await person.open("/agent")
    await person.until("window.useful")
    took: float = await person.run("window.useful")
    await person.context.close()
    return took


async def _eight_hours(house: House, person: Person) -> tuple[float, float]:
    for call in house.switchboard.calls():
        house.hangs_up(call.id)
    await _open(person)
    heaps = []
    for number in range(CALLS):
        leg = f"h{number}"
        call = house.talking(caller=f"1390000{number:04}", leg=leg)
        await person.page.click(f"[data-call='{call}']")
        for n in range(EVENTS):
            _say(house, call, leg, n, f"诉求人说的第{n}句话在电话{number}里，路上有人打架请快来处理#{n}#")
            if n % AT_ONCE == AT_ONCE - 1:
                await person.until(f"document.querySelector('.captions-box').textContent.includes('#{n}#')")
        house.hangs_up(call)
        if number + 1 in (AN_HOUR, CALLS):
            heaps.append(await _heap(person))
    await person.context.close()
    return (heaps[1] / heaps[0] - 1) * 100, heaps[1]


async def _heap(person: Person) -> float:
    """MB in use after a collection."""
    tools = await person.context.new_cdp_session(person.page)
    await tools.send("HeapProfiler.enable")
    await tools.send("HeapProfiler.collectGarbage")
    await tools.send("Performance.enable")
    metrics = (await tools.send("Performance.getMetrics"))["metrics"]
    await tools.detach()
    return next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize") / 1e6

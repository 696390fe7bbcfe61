"""The telephone in the page, in a real browser with a real microphone file, against a real SIP telephone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import Need
from tests.peers.browser import Chromium, Person
from tests.web.conftest import Come
from tests.web.phone_house import FLAGS, HOOK, PhoneHouse, alaw, from_alaw, heard, likeness, noise, wav
from tests.wire.phones import Phones, speak
from tests.wire.sipp import until
from tests.wire.test_digits import events
from tests.wire.voice import FRAME, Voice

pytestmark = pytest.mark.asyncio(loop_scope="module")
SAID, ANSWERED = noise(1), noise(2)
ALIKE = 0.98
STATE = "document.querySelector('.phone-call')?.className"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(need: Need, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    """A browser whose microphone says SAID."""
    file = tmp_path_factory.mktemp("voice") / "said.wav"
    file.write_bytes(wav(SAID))
    flags = (*FLAGS, f"--use-file-for-fake-audio-capture={file}")
    browser = await Chromium(need("chromium", debian="chromium"), *flags).start()
    yield browser
    await browser.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> AsyncIterator[PhoneHouse]:
    """The bridge, with telephones in pages."""
    house = PhoneHouse(tmp_path_factory.mktemp("house"), blank_database)
    await house.move_in()
    try:
        await asyncio.to_thread(house.start)
        yield house
    finally:
        await asyncio.to_thread(house.stop)


@pytest_asyncio.fixture(loop_scope="module")
async def agent(house: PhoneHouse, come: Come) -> Callable[..., Awaitable[Person]]:
    """`await agent()`: somebody in the agent's page, ready for calls, with plain sound."""

    async def make(login: str = "mei") -> Person:
        person = await come(house.url, "/", permissions=["microphone"])
        await person.context.add_init_script(HOOK)
        await person.run("localStorage.setItem('bridge-phone', JSON.stringify({ plain: true }))")
        await person.open("/agent")
        await person.page.wait_for_selector("#enter-form")
        await person.log_in(login, "东边日出西边雨道是无晴")
        await person.page.click("#phone-ready:not([disabled])")
        await person.until("document.querySelector('#phone-ready.on')")
        return person

    return make


async def calls(phones: Phones, person: Person, number: str = "12320", then: Any = None) -> Any:
    """A caller rings in the page, and is answered there."""
    script = (then or (lambda script: script.released()))(phones.caller().connects())
    caller = await asyncio.to_thread(phones.calling, script, number)
    await person.until(f"{STATE}?.includes('ringing')")
    await person.shows("13906350001")
    await person.page.keyboard.press("Alt+KeyA")
    await person.until(f"{STATE}?.includes('talking')")
    await asyncio.to_thread(speak, caller)
    return caller


def until_away(house: PhoneHouse) -> None:
    """Until the bridge misses a page's voice, and its caller hears music."""
    until(lambda: house.metric("bridge_phone_gone") > 0, "a voice is gone")


async def hears(voice: Voice, said: Any = SAID, seconds: float = 1.5, tries: int = 12) -> float:
    """How like `said` is what the telephone hears, at its best half second, within some time."""
    best = 0.0
    for _ in range(tries):
        voice.heard()
        got = b""
        while len(got) < seconds * 8000:
            await asyncio.sleep(0.1)
            got += b"".join(body for body in voice.heard() if len(body) == FRAME)
        best = max([best, *likeness(said, from_alaw(got))])
        if best >= ALIKE:
            break
    return best


async def test_a_call_from_ring_to_hang_up(
    house: PhoneHouse, phones: Phones, agent: Callable[..., Awaitable[Person]]
) -> None:
    person = await agent()
    caller = await calls(phones, person)
    assert await hears(caller.voice) >= ALIKE, "the caller hears the microphone"
    caller.voice.say(alaw(ANSWERED) * 8)
    best = 0.0
    for _ in range(6):
        best = max([best, *likeness(ANSWERED, await heard(person, 1.5))])
        if best >= ALIKE:
            break
    assert best >= ALIKE, "the page hears the caller"

    await person.page.click("#phone-hold")
    await person.shows("保持中")
    await asyncio.to_thread(caller.voice.hears_sound)
    await person.page.click("#phone-hold")
    await person.hides("保持中")
    assert await hears(caller.voice) >= ALIKE

    await person.page.click("#phone-mute")
    await person.shows("静音：")
    await asyncio.to_thread(caller.voice._wait, lambda body: len(set(body)) == 1, "silence")
    await person.page.click("#phone-mute")
    assert await hears(caller.voice) >= ALIKE
    await person.fits()

    await person.page.click("#phone-hangup")
    await person.until("!document.querySelector('.phone-call')")
    await asyncio.to_thread(phones.done)


async def test_a_lost_socket_keeps_the_voice_and_a_page_loaded_anew_finds_its_call(
    house: PhoneHouse, phones: Phones, agent: Callable[..., Awaitable[Person]]
) -> None:
    person = await agent()
    caller = await calls(phones, person)
    call = house.the_call()["id"]
    await person.run("import('/web/agent/phone_line.js').then((phone) => phone.drop())")
    assert await hears(caller.voice) >= ALIKE
    await person.until("document.querySelector('#phone-ready:not([disabled])')")
    assert await person.run("window.connections.length") == 1, "the voice was not touched"

    await person.page.goto("about:blank")
    await asyncio.to_thread(until_away, house)
    await asyncio.to_thread(caller.voice.hears_sound)
    assert await hears(caller.voice, tries=1) < 0.9, "music, and no microphone"
    await person.open("/agent")
    await person.until(f"{STATE}?.includes('talking')")
    assert await hears(caller.voice) >= ALIKE
    assert house.the_call()["id"] == call
    assert house.metric('bridge_phone_away_total{outcome="back"}') >= 1
    await person.page.keyboard.press("Alt+KeyX")
    await asyncio.to_thread(phones.done)


async def test_one_page_has_the_telephone_and_another_may_take_it(
    house: PhoneHouse, phones: Phones, agent: Callable[..., Awaitable[Person]]
) -> None:
    person = await agent()
    caller = await calls(phones, person)
    other = Person(person.context, await person.context.new_page(), house.url)
    await other.open("/agent")
    await other.shows("电话在另一个网页里")
    await other.page.click("#phone-take")
    await other.until(f"{STATE}?.includes('talking')")
    await person.shows("电话在另一个网页里")
    assert await hears(caller.voice) >= ALIKE
    await other.page.click("#phone-hangup")
    await asyncio.to_thread(phones.done)
    assert other.complaints == []


async def test_a_browser_that_gives_no_microphone_is_explained(house: PhoneHouse, come: Come) -> None:
    person = await come(house.url, "/")
    await person.context.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));"
    )
    await person.open("/agent")
    await person.page.wait_for_selector("#enter-form")
    await person.log_in("mei", "东边日出西边雨道是无晴")
    await person.page.click("#phone-ready:not([disabled])")
    await person.shows("浏览器没有给话筒", "允许")
    assert await person.run("document.querySelector('#phone-ready').getAttribute('aria-pressed')") == "false"
    await person.fits()


async def test_the_webrtc_process_dies_and_no_call_ends(
    house: PhoneHouse, phones: Phones, agent: Callable[..., Awaitable[Person]]
) -> None:
    person = await agent()
    front, behind = await asyncio.to_thread(
        phones.talking, lambda caller: caller.cue().bye(), lambda agent: agent.released()
    )
    caller = await calls(phones, person)
    house.kill("webrtc")
    await person.until(f"{STATE}?.includes('away')")
    await asyncio.to_thread(behind.voice.hears, front.voice)
    await person.until(f"{STATE}?.includes('talking')")
    assert await hears(caller.voice) >= ALIKE
    await person.page.click("#phone-hangup")
    front.cue()
    await asyncio.to_thread(phones.done)


async def test_a_session_that_ends_in_mid_call_keeps_the_voice(
    house: PhoneHouse, phones: Phones, come: Come, agent: Callable[..., Awaitable[Person]]
) -> None:
    person = await agent()
    caller = await calls(phones, person)
    elsewhere = await come(house.url, "/supervisor", login="mei")
    await elsewhere.run("fetch('/api/v1/session?everywhere=true', { method: 'DELETE' }).then(() => true)")
    await person.page.wait_for_selector("#enter-form")
    await person.until("!document.querySelector('#phone-ready:not([disabled])')")
    assert await hears(caller.voice) >= ALIKE
    await person.log_in("mei", "东边日出西边雨道是无晴")
    await person.until("document.querySelector('#phone-ready:not([disabled])')")
    assert await person.run("window.connections.length") == 1
    await person.page.click("#phone-hangup")
    await asyncio.to_thread(phones.done)


async def test_the_pad_dials_and_its_keys_arrive_as_telephone_events(
    house: PhoneHouse, phones: Phones, agent: Callable[..., Awaitable[Person]]
) -> None:
    person = await agent()
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    await person.page.click("#phone-pad")
    for key in "110":
        await person.page.click(f"[data-key='{key}']")
    await person.page.click("#phone-dial")
    await person.until(f"{STATE}?.includes('talking')")
    await asyncio.to_thread(speak, desk)
    assert await hears(desk.voice) >= ALIKE
    await person.page.click("#phone-pad")
    desk.voice.heard()
    await person.page.click("[data-key='4']")
    await person.page.click("[data-key='#']")
    assert await asyncio.to_thread(events, desk.voice) == [4, 11]
    await person.page.keyboard.press("Escape")
    await person.page.click("#phone-hangup")
    await asyncio.to_thread(phones.done)

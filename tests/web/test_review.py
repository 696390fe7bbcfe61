"""Review 质检 in the browser: a real call between real telephones, recorded, is found by search, replayed
with its words in step, corrected, marked, commented, scored and taken home; who may not, can't."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.adapters.db import Database
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.clock import SystemClock
from bridge.ports_transcripts import Change
from bridge.tickets.evidence import Chain, Entry, Kind, final_body
from bridge.tickets.stored import Heading
from bridge.tickets.transcript import SpokenWord, Utterance
from tests.conftest import Need
from tests.peers.browser import Person
from tests.web.conftest import Come
from tests.web.house import WebHouse
from tests.wire.phones import Phones, phones_of
from tests.wire.sipp import until
from tests.wire.test_transcription import SPEECH, recording, say

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORD = 0.3
"""Seconds of two characters."""
SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@dataclass
class Talked:
    """The house, and what its one call left behind."""

    house: WebHouse
    call: str
    transcript: dict[str, Any]
    tape: dict[str, Any]

    def line(self, speaker: str) -> dict[str, Any]:
        """The first utterance of a speaker."""
        return next(each for each in self.transcript["utterances"] if each["speaker"] == speaker)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talked(
    tmp_path_factory: pytest.TempPathFactory, blank_database: Path, need: Need
) -> AsyncIterator[Talked]:
    """A caller and an agent have spoken, each once, and hung up; one phrase is corrected to a script."""
    house = WebHouse(tmp_path_factory.mktemp("reviewed"), blank_database)
    config = house.folder / "bridge.yaml"
    text = config.read_text().replace("recording: {", "recording: {policy: always, ")
    config.write_text(f"{text}quality: {{agents_see: true}}\n")
    await house.move_in()
    calling = phones_of(house, need, tmp_path_factory.mktemp("phones"))
    try:
        house.start()
        until(lambda: house.metric("bridge_overload_level") == 0, "a machine with some breath", 60)
        call, spoken = _talk(house, next(calling))
        tape = recording(house, call)
        await _write_down(house, call, spoken, tape)
        yield _looked_up(house, call, tape)
    finally:
        calling.close()
        house.stop()


def _talk(house: WebHouse, phones: Phones) -> tuple[str, dict[str, tuple[str, float]]]:
    """The call's id; by leg, what was said there and when its first packet went out."""
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    call = house.the_call()
    spoken = {}
    for phone, role, name in ((agent, "attendant", "a_agent_1"), (caller, "caller", "a_caller_2")):
        leg = next(party["leg"] for party in call["parties"] if party["role"] == role)
        say(phone.voice, name)
        assert phone.voice.said.wait(60)
        spoken[leg] = ((SPEECH / f"{name}.txt").read_text().strip(), phone.voice.began)
    caller.cue()
    phones.done()
    return str(call["id"]), spoken


async def _write_down(
    house: WebHouse, call: str, spoken: dict[str, tuple[str, float]], tape: dict[str, Any]
) -> None:
    """What a recogniser would have made of it, two characters a word, on the recording's clock."""
    database = Database(f"sqlite+aiosqlite:///{house.folder}/bridge.db")
    await database.start()
    try:
        (row,) = await RecordingTable(database, SystemClock()).find(call, None, None, 9)
        assert row.zero is not None
        began = row.started_at - timedelta(seconds=row.offset or 0)
        chain, entries = Chain(), list[Entry]()

        def add(kind: Kind, body: dict[str, Any]) -> None:
            nonlocal chain
            chain, entry = chain.add(kind, began.isoformat(), body)
            entries.append(entry)

        add("opened", {"call": call, "number": "12345", "caller": "13906350001", "software": {}})
        for side, (leg, (text, at)) in zip(("12345", "caller"), spoken.items(), strict=True):
            number = "8001" if side == "12345" else "13906350001"
            add("recogniser", {"leg": leg, "speaker": side, "number": number, "model": "-"})
            pairs = [text[n : n + 2] for n in range(0, len(text), 2)]
            words = [
                SpokenWord(pair, at - row.zero + n * WORD, at - row.zero + (n + 1) * WORD, 1.0)
                for n, pair in enumerate(pairs)
            ]
            said = Utterance(
                side, leg, words[0].start, words[-1].end, text, id=f"{leg}-1", words=tuple(words)
            )
            add("final", final_body(said))
        add("recording", {"file": tape["id"], "sha256": tape["sha256"], "sealed": False})
        add("closed", {"category": {"id": "a2-crime", "name": "刑事治安"}, "where": "", "outcome": "ended"})
        ended = began + timedelta(seconds=row.seconds)
        heading = Heading(call, began, "12345", "final", ended, count=chain.count, head=chain.head)
        await TranscriptTable(database, None).write([Change(heading, tuple(entries))])
    finally:
        await database.stop()


def _looked_up(house: WebHouse, call: str, tape: dict[str, Any]) -> Talked:
    stored = house.api.get(f"/api/v1/calls/{call}/transcript").json()
    assert stored["chain"]["holds"]
    wrong = {"seq": stored["utterances"][-1]["seq"], "text": SCRIPT}
    answer = house.api.post(
        f"/api/v1/calls/{call}/transcript/corrections",
        json=wrong,
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201
    return Talked(house, call, stored, tape)


async def opened(talked: Talked, come: Come) -> Person:
    """The supervisor at the call."""
    ban = await come(talked.house.url, f"/supervisor#review/call/{talked.call}", login="ban")
    await ban.page.wait_for_selector(".rv-lines-said")
    return ban


async def test_found_and_replayed(talked: Talked, come: Come) -> None:
    ban = await come(talked.house.url, "/supervisor#review", login="ban")
    page, agent = ban.page, talked.line("12345")
    # found
    await page.wait_for_selector(".rv-calls")
    await page.select_option("select[name=review]", "corrected")
    await page.fill("input[name=q]", "没有人说过这个")
    await page.click(".rv-filters button[type=submit]")
    await ban.shows("没有查到通话")
    await page.fill("input[name=q]", talked.line("caller")["text"][:4])
    await page.fill("input[name=agent]", "8001")
    await page.fill("input[name=number]", "0001")
    await page.click(".rv-filters button[type=submit]")
    await ban.shows("一号（8001）", "有录音", "更正 1")
    await ban.fits()
    await page.click(".rv-calls tbody a")
    await ban.until(
        "document.querySelector('.rv-lines')?.shadowRoot || document.querySelector('.rv-lines div')"
    )
    # a script in a transcript is text
    await ban.shows(SCRIPT)
    assert await ban.run("document.querySelectorAll('.rv-text img, .rv-text script').length") == 0
    # replayed: a word is clicked, the sound is there and moves on, and the word that is said is lit
    await page.click(f"#rv-{agent['seq']} .rv-word:nth-child(2)")
    await ban.until("document.querySelector('.rv-play').textContent.includes('❚❚')")
    await ban.until(f"document.querySelector('#rv-{agent['seq']} .rv-word.now')")
    lit = await ban.run("Number(document.querySelector('.rv-word.now').dataset.at)")
    assert agent["start"] <= lit <= agent["end"]
    first = await ban.run("document.querySelector('.rv-word.now').textContent")
    await ban.until(f"document.querySelector('.rv-word.now')?.textContent !== {first!r}")
    await page.keyboard.press("Space")
    await ban.until("document.querySelector('.rv-play').textContent.includes('▶')")
    before = await ban.run("document.getElementById('rv-where').textContent")
    await page.keyboard.press("ArrowRight")
    await ban.until(f"document.getElementById('rv-where').textContent !== {before!r}")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("]")
    await ban.until("document.querySelector('.rv-speed select').value === '1.25'")


async def test_corrected_marked_commented(talked: Talked, come: Come) -> None:
    ban, agent = await opened(talked, come), talked.line("12345")
    page = ban.page
    # corrected: the original stays to be seen, with who changed it
    await page.click(f"#rv-{agent['seq']} .rv-edit")
    await page.fill(f"#rv-{agent['seq']} textarea", "您好，聊城市12345热线")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(f"#rv-{agent['seq']} .rv-heard")
    await ban.shows("您好，聊城市12345热线", "这里是12345热线", "更正 1 次")
    # marked with a key, commented; ten thousand characters are refused clearly
    await page.keyboard.press("m")
    await page.wait_for_selector(".rv-pin.mark")
    await page.click("[data-side=notes]")
    await page.fill("#rv-comment", "长" * 10_000)
    await ban.shows("最长 2000 字，现在 10000 字")
    assert await page.is_disabled(".rv-write button[type=submit]")
    await page.fill("#rv-comment", f"问得好 {SCRIPT}")
    await page.click(".rv-write button[type=submit]")
    await page.wait_for_selector(".rv-note-text")
    assert await page.inner_text(".rv-note-text") == f"问得好 {SCRIPT}"
    await page.wait_for_selector(".rv-pin.comment")


async def test_scored_and_taken_home(talked: Talked, come: Come, tmp_path: Path) -> None:
    ban, agent = await opened(talked, come), talked.line("12345")
    page = ban.page
    # scored: pre-checks propose with evidence, the reviewer decides
    greeting = page.locator("[data-question=greeting]")
    assert "预检：通过" in await greeting.locator(".rv-finding").inner_text()
    await greeting.locator(".rv-finding .rv-time").click()
    await page.wait_for_selector(f"#rv-{agent['seq']}.lit")
    await page.click(".rv-sheet > .rv-row .button")
    left = page.locator(".rv-question:not(:has(input:checked)) input")
    for _ in range(await left.count()):
        if await left.count():
            await left.first.check()
    await page.locator("[data-question=forbidden] input").nth(1).check()
    await ban.until("document.querySelector('.rv-total').innerText.includes('一票否决')")
    await page.locator("[data-question=forbidden] input").nth(0).check()
    await page.click(".rv-sheet button[type=submit]")
    await ban.shows("第 1 版", "ban，")
    # taken home
    for kind, name in (("字幕（SRT）", ".srt"), ("质检（文字）", ".review.txt"), ("录音（WAV）", ".wav")):
        async with page.expect_download() as found:
            await page.select_option(".rv-export", label=kind)
        file = await found.value
        assert file.suggested_filename.endswith(name)
        await file.save_as(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 60
    await page.click(".rv-head button")
    await page.click(".rv-nav button:nth-child(2)")
    await ban.shows("话务员平均分", "一号（8001）", "评分列表")
    # the agent sees it, for the house wants that
    wang = await come(talked.house.url, "/agent", login="wang")
    await wang.page.click("#own-scores .rv-link")
    await wang.shows("我的通话评分", "没有服务禁语：做到")
    async with page.expect_download() as found:
        await page.locator(".rv-scroll:has-text('评分列表') button:has-text('CSV')").click()
    await (await found.value).save_as(tmp_path / "scores.csv")
    assert "一号" in (tmp_path / "scores.csv").read_text()
    await ban.fits()


async def test_who_may_not_and_what_cannot_be_heard(talked: Talked, come: Come) -> None:
    wang = await come(talked.house.url, "/supervisor#review", login="wang")
    await wang.shows("没有权限")
    status = f"fetch('/api/v1/reviews/{talked.call}').then((answer) => answer.status)"
    assert await wang.run(status) == 403
    (file,) = (talked.house.folder / "recordings").glob(f"2*/*/*/{talked.tape['id']}.wav")
    moved = file.rename(file.with_suffix(".gone"))
    try:
        ban = await come(
            talked.house.url, f"/supervisor#review/call/{talked.call}", login="ban", color_scheme="dark"
        )
        await ban.shows("录音文件不在了", talked.line("12345")["readable"][:4])
        assert await ban.page.locator(".rv-play").count() == 0
        await ban.page.click("#language")
        await ban.shows("The recording's file is gone", "Marks and comments")
        await ban.page.goto(f"{talked.house.url}/supervisor#review/call/nobody")
        await ban.page.reload()
        await ban.shows("Try again")
    finally:
        moved.rename(file)

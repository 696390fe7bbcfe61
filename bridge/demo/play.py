"""The play itself, act by act; each step is waited for where it must show, and noted in the report."""

from __future__ import annotations

import asyncio
import time
import uuid
from functools import partial
from typing import Final

import httpx

from bridge.demo.cast import HANDED, OPENING, STAYED, TOGETHER, WAITING, Line, lines
from bridge.demo.report import Report, answer_to_audio, elements, fill_spoken, longest_gap
from bridge.demo.screen import LABELS
from bridge.demo.stage import DESK_RINGS, RING_SECONDS, Stage
from bridge.demo.state import Json, Picture
from bridge.demo.tickets import TicketPeople, story

HEARD: Final = 1.4
"""Seconds after the last word in which the recogniser says it is final (measured 0.88 s, 1.2 at most)."""
PATIENCE: Final = 25.0
SAME: Final = 0.8
"""Likeness (tests/peers/phone.py) from which a recording was heard: relayed it is 1, mixed above 0.95."""
OTHER: Final = 0.6
"""And up to which it was not: other words of the same voice come to 0.4."""
AUDIBLE: Final = 300.0
"""Root mean square of the loudest 20 ms of music; silence is some 8."""
COMPLETE_CODE: Final = "*#1"
WHY: Final = {"busy": "busy", "silent": "silent", "dead": "dead"}


class Play:
    """One performance on a stage that is set."""

    def __init__(self, stage: Stage, picture: Picture, press: str) -> None:
        self._stage, self._picture, self._press_by = stage, picture, press
        self._scene, self._far, self._mode = stage.scene, stage.far, stage.mode
        self._phones = stage.phones
        self._near_people = TicketPeople(stage.page)
        self._far_people = TicketPeople(stage.platform, stage.token)
        self._ticket = ""
        self._pressed = 0.0
        self.report = Report()

    async def perform(self) -> Report:
        """All acts; what did not happen in time is in the report."""
        try:
            await self._call()
            await self._press()
            if self._far == "answers":
                await self._handed()
            else:
                await self._stayed()
            await self._end()
        except TimeoutError as error:
            self.report.check(f"没有等到：{error or '电话的回应'}", happened=False)
        fill_spoken(self.report, self._picture, self._scene, lines(self._far, self._mode))
        self.report.mode = self._mode
        self.report.check("该听到的都听到、不该听到的没听到（电话里量的）", self.report.all_heard)
        self.report.check("转写与所说一致", self.report.cer is not None and self.report.cer <= 0.05)
        return self.report

    # --- acts -----------------------------------------------------------------------------------------------

    async def _call(self) -> None:
        registered = self._phones["agent"].saw("ready") or {}
        self.report.check("话务员话机已注册", "REGISTERED" in registered.get("status", ""))
        await self._phones["caller"].do("call", number=self._scene.home)
        await self._phones["agent"].wait("ringing")
        await self._phones["agent"].wait("answered")
        await self._phones["caller"].wait("answered")
        self.report.check(f"诉求人拨 {self._scene.home}，接通话务员", happened=True)
        await self._say(OPENING)
        for part in ("caller", "agent"):
            speaker = self._scene.speaker(part)
            heard = await self._picture.until(partial(_heard, speaker), PATIENCE)
            self.report.check(f"{LABELS[speaker]}的话已转写", heard)

    async def _press(self) -> None:
        self._pressed = time.monotonic()
        if self._press_by == "dtmf":
            await self._phones["agent"].do("dtmf", digits="*110")
        else:
            await self._press_api()
        opened = await self._picture.until(lambda p: "press_to_ticket_ms" in p.call.get("marks", {}), 5.0)
        self.report.check("按一个键：转接开始", self._picture.transfer.get("state"))
        self.report.check(
            "工单已到对方平台（对方还没接）", opened and not self._phone_said("desk", "answered")
        )
        marks = self._picture.call.get("marks", {})
        self.report.press_to_invite_ms = marks.get("press_to_invite_ms")
        self.report.press_to_ticket_ms = marks.get("press_to_ticket_ms")
        await asyncio.gather(self._say(WAITING), self._accept())

    async def _press_api(self) -> None:
        self._pressed = time.monotonic()
        answer = await self._ask("POST", "transfers", {"to": self._scene.away})
        self.report.check("转接请求被接受", answer.status_code == httpx.codes.ACCEPTED)

    async def _answered(self) -> float:
        """The far desk takes the call; when it did, CLOCK_MONOTONIC seconds."""
        desk = self._phones["desk"]
        named = (await desk.wait("ringing"))["headers"]
        incident = self._picture.transfer.get("incident", "-")
        self.report.check("INVITE 指明工单（Call-Info、User-to-User）", _names(named, incident))
        return float((await desk.wait("answering", seconds=DESK_RINGS + PATIENCE))["at"])

    async def _handed(self) -> None:
        """What the desk's answer means in this mode, until the agent has left; then caller and desk."""
        answered = await self._answered()
        together = {"direct": self._direct, "conference": self._conference, "consult": self._consult}
        await together[self._mode]()
        await self._phones["agent"].wait("ended", seconds=5.0)
        left = time.monotonic()
        moved = await self._picture.until(lambda p: p.transfer.get("state") == "connected", 5.0)
        self.report.check("话务员退出，诉求人和对方继续通话", moved)
        await asyncio.gather(self._say(HANDED[self._mode]), self._begin())
        heard = await self._picture.until(lambda p: bool(p.finals(self._scene.away)), PATIENCE)
        self.report.check(f"转接后的话标为 {self._scene.away}", heard)
        await self._measure(answered, left + 2.0)
        self.report.outcome = "transferred"

    async def _direct(self) -> None:
        """Caller and desk talk at once."""

    async def _conference(self) -> None:
        joined = await self._picture.until(lambda p: p.transfer.get("state") == "joined", 5.0)
        self.report.check("对方接听，三方通话开始，话务员还在", joined)
        self.report.check("工单随三方通话转到", await self._ticket_is("transferred"))
        await self._say(TOGETHER["conference"])
        await self._phones["agent"].do("hangup")

    async def _consult(self) -> None:
        consulting = await self._picture.until(lambda p: p.transfer.get("state") == "consulting", 5.0)
        self.report.check("对方接听，话务员先咨询，诉求人听音乐", consulting)
        await self._say(TOGETHER["consult"])
        self.report.check("咨询时工单还没有转过去", self._picture.ticket.get("state") == "ringing")
        if self._press_by == "dtmf":
            await self._phones["agent"].do("dtmf", digits=COMPLETE_CODE)
        else:
            answer = await self._ask("POST", "transfers/current/complete")
            self.report.check("“完成”被接受", answer.status_code == httpx.codes.OK)
        self.report.check("完成后工单转到", await self._ticket_is("transferred"))

    async def _measure(self, answered: float, end: float) -> None:
        """Gaps and delays, at the telephones. In a consult the desk's first words are for the agent."""
        heard_first = self._phones["agent" if self._mode == "consult" else "caller"]
        to_first = await heard_first.packets(self._pressed, time.monotonic())
        to_desk = await self._phones["desk"].packets(answered, answered + 5.0)
        to_caller = await self._phones["caller"].packets(self._pressed, time.monotonic())
        self.report.caller_gap_ms = longest_gap(to_caller, self._pressed, end)
        self.report.answer_to_audio_ms = answer_to_audio(answered, to_first, to_desk)

    async def _stayed(self) -> None:
        reason = WHY[self._far]
        failed = await self._picture.until(
            lambda p: p.transfer.get("state") == "failed", RING_SECONDS + PATIENCE
        )
        now = time.monotonic()
        self.report.check(
            f"转接未成功，话务员看到原因（{reason}）",
            failed and self._picture.transfer.get("reason") == reason,
        )
        self.report.check("话务员听到原因", f"prompt:far-{reason}" in self._picture.prompts)
        await self._say(STAYED)
        packets = await self._phones["caller"].packets(self._pressed, time.monotonic())
        self.report.caller_gap_ms = longest_gap(packets, self._pressed, now + 2.0)
        there = not self._phone_said("agent", "ended") and not self._phone_said("caller", "ended")
        self.report.check("诉求人仍与话务员通话", there)
        self.report.outcome = f"failed: {reason}"

    async def _end(self) -> None:
        await self._phones["caller"].do("hangup")
        over = await self._picture.until(lambda p: bool(p.call.get("outcome")), PATIENCE)
        self.report.check("诉求人挂机，通话结束", over)
        self.report.ticket = await self._far_people.until_final(self._ticket, PATIENCE)
        self.report.check("工单定稿已推送到对方平台", self.report.ticket)
        found = elements(self.report.ticket)
        self.report.check("五要素已填", all(found.values()) and len(found) == 5)
        said = self.report.ticket.get("transcript", {}).get("utterances", [])
        self.report.check("工单里有全部转写", {item["speaker"] for item in said} >= self._speakers())
        await (self._close() if self._far == "answers" else self._withdraw())
        await self._compare()

    # --- what is done with the ticket -----------------------------------------------------------------------

    async def _accept(self) -> None:
        """The far side's people, as their telephone rings; one that is engaged or dead takes nothing on."""
        away = self._scene.away
        incident = self._picture.transfer.get("incident", "-")
        self._ticket = await self._far_people.find(incident, PATIENCE)
        self.report.check(f"{away} 的转接桥收到工单，事件编号相同", self._ticket)
        if self._far not in {"answers", "silent"}:
            return
        await self._phones["desk"].wait("ringing")
        taken = await self._far_people.do(self._ticket, "accept", who="接警员甲", number="J-1")
        early = not self._phone_said("desk", "answered")
        told = await self._handling_is("accepted")
        self.report.check(
            f"签收：{away} 在电话接通之前签收，{self._scene.home} 看到", taken and early and told
        )

    async def _begin(self) -> None:
        taken = await self._far_people.do(self._ticket, "start", who="接警员甲")
        self.report.check(f"{self._scene.away} 开始办理", taken and await self._handling_is("handling"))

    async def _close(self) -> None:
        home, away = self._scene.home, self._scene.away
        fed = await self._far_people.do(self._ticket, "feedback", who="接警员甲", reason="已联系诉求人并处置")
        told = await self._handling_is("feedback")
        self.report.check(f"反馈：{away} 写明结果，{home} 看到", fed and told)
        closed = await self._near_people.do(self._ticket, "close", who="话务员甲")
        self.report.check(f"办结：{home} 办结", closed and await self._handling_is("closed"))

    async def _withdraw(self) -> None:
        """The caller stays with us, and so does what is to be done."""
        reason = "转接未成功，仍由我方办理"
        taken = await self._near_people.do(self._ticket, "withdraw", who="话务员甲", reason=reason)
        self.report.check("没转成：工单撤回，仍由我方办理", taken and await self._handling_is("withdrawn"))

    async def _compare(self) -> None:
        """Both bridges tell the same story, from beginning to end."""
        ended = "closed" if self._far == "answers" else "withdrawn"
        theirs = await self._far_people.until_state(self._ticket, ended, PATIENCE)
        ours = (await self._near_people.see(self._ticket)).get("handling", {})
        logs = [story(await each.log(self._ticket)) for each in (self._near_people, self._far_people)]
        same = all(ours.get(name) == theirs.get(name) for name in ("incident", "path", "numbers", "state"))
        self.report.check("两家的办理经过、事件编号和路径一致", same and logs[0] and logs[0] == logs[1])
        self.report.handling = theirs

    # --- props ----------------------------------------------------------------------------------------------

    async def _say(self, lines: tuple[Line, ...]) -> None:
        for line in lines:
            phone, file = self._phones[line.part], str(self._scene.wav(line))
            count, start = phone.count, time.monotonic()
            await phone.do("say", file=file)
            until = (await phone.wait("saying", after=count))["until"]
            await asyncio.sleep(max(0.0, until - time.monotonic()) + HEARD)
            await self._listen(line, file, start, until + 1.0)

    async def _listen(self, line: Line, file: str, start: float, end: float) -> None:
        """Who heard it, at the telephones: those it is for, nobody put aside, and not the speaker."""
        for part in (*line.to, *line.aside, line.part):
            match, loudest = await self._phones[part].heard(file, start, end)
            heard = match >= SAME if part in line.to else match <= OTHER
            if part in line.aside:
                heard = heard and loudest >= AUDIBLE
            self.report.hear(self._scene.speaker(line.part), self._scene.speaker(part), match, right=heard)

    async def _ask(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self._stage.page, trust_env=False) as client:
            url = f"/api/v1/calls/{self._picture.call['id']}/{path}"
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            return await client.request(method, url, json=body, headers=headers)

    async def _ticket_is(self, state: str) -> bool:
        return await self._picture.until(lambda p: p.ticket.get("state") == state, 5.0)

    async def _handling_is(self, state: str) -> bool:
        return await self._picture.until(lambda p: p.handling.get("state") == state, 5.0)

    def _phone_said(self, name: str, event: str) -> bool:
        phone = self._phones.get(name)
        return phone is not None and phone.saw(event) is not None

    def _speakers(self) -> set[str]:
        parts = {"caller", "agent", *(("desk",) if self._far == "answers" else ())}
        return {self._scene.speaker(part) for part in parts}


def _heard(speaker: str, picture: Picture) -> bool:
    return bool(picture.finals(speaker))


def _names(headers: dict[str, str], incident: str) -> bool:
    wanted = f"incident={incident}".encode().hex()
    return incident in headers.get("Call-Info", "") and wanted in headers.get("User-to-User", "")

"""The play itself, act by act; each step is waited for where it must show, and noted in the report."""

from __future__ import annotations

import asyncio
import time
import uuid
from functools import partial
from typing import Final

import httpx

from bridge.demo.cast import HANDED, OPENING, STAYED, WAITING, Line
from bridge.demo.report import Report, answer_to_audio, elements, fill_spoken, longest_gap
from bridge.demo.screen import LABELS
from bridge.demo.stage import DESK_RINGS, RING_SECONDS, Stage
from bridge.demo.state import Json, Picture

HEARD: Final = 1.4
"""Seconds after the last word in which the recogniser says it is final (measured 0.88 s, 1.2 at most)."""
PATIENCE: Final = 25.0
WHY: Final = {"busy": "busy", "silent": "silent", "dead": "dead"}


class Play:
    """One performance on a stage that is set."""

    def __init__(self, stage: Stage, picture: Picture, press: str) -> None:
        self._stage, self._picture, self._press_by = stage, picture, press
        self._scene, self._far = stage.scene, stage.far
        self._phones = stage.phones
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
        fill_spoken(self.report, self._picture, self._scene, self._far)
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
        await self._say(WAITING)

    async def _press_api(self) -> None:
        async with httpx.AsyncClient(base_url=self._stage.page, trust_env=False) as client:
            self._pressed = time.monotonic()
            answer = await client.post(
                f"/api/v1/calls/{self._picture.call['id']}/transfers",
                json={"to": self._scene.away},
                headers={"Idempotency-Key": str(uuid.uuid4())},
            )
        self.report.check("转接请求被接受", answer.status_code == httpx.codes.ACCEPTED)

    async def _handed(self) -> None:
        desk, caller = self._phones["desk"], self._phones["caller"]
        named = (await desk.wait("ringing"))["headers"]
        incident = self._picture.transfer.get("incident", "-")
        self.report.check("INVITE 指明工单（Call-Info、User-to-User）", _names(named, incident))
        answered = (await desk.wait("answering", seconds=DESK_RINGS + PATIENCE))["at"]
        await self._phones["agent"].wait("ended", seconds=5.0)
        self.report.check("对方接听，诉求人直接接通，话务员退出", happened=True)
        await self._say(HANDED)
        heard = await self._picture.until(lambda p: bool(p.finals(self._scene.away)), PATIENCE)
        self.report.check(f"转接后的话标为 {self._scene.away}", heard)
        to_caller = await caller.packets(self._pressed, time.monotonic())
        to_desk = await desk.packets(answered, answered + 5.0)
        self.report.caller_gap_ms = longest_gap(to_caller, self._pressed, answered + 2.0)
        self.report.answer_to_audio_ms = answer_to_audio(answered, to_caller, to_desk)
        self.report.outcome = "transferred"

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
        self.report.ticket = await self._received()
        final = self.report.ticket.get("state") == "final"
        self.report.check("工单定稿已推送到对方平台", final)
        found = elements(self.report.ticket)
        self.report.check("五要素已填", all(found.values()) and len(found) == 5)
        said = self.report.ticket.get("transcript", {}).get("utterances", [])
        self.report.check("工单里有全部转写", {item["speaker"] for item in said} >= self._speakers())

    # --- props ----------------------------------------------------------------------------------------------

    async def _say(self, lines: tuple[Line, ...]) -> None:
        for line in lines:
            phone = self._phones[line.part]
            count = phone.count
            await phone.do("say", file=str(self._scene.wav(line)))
            until = (await phone.wait("saying", after=count))["until"]
            await asyncio.sleep(max(0.0, until - time.monotonic()) + HEARD)

    async def _received(self) -> Json:
        """The final ticket as the other platform has it."""
        url = f"{self._stage.platform}/tickets/{self._picture.transfer.get('incident', '-')}"
        ticket: Json = {}
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(PATIENCE):
            while ticket.get("state") != "final":
                answer = await client.get(url)
                ticket = answer.json()["ticket"] if answer.status_code == httpx.codes.OK else {}
                await asyncio.sleep(0.1)
        return ticket

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

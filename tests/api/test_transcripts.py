"""Stored transcripts over HTTP: who sees what of them, in which form, and who may correct them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import srt
import structlog

from bridge.adapters.db import Database
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.api.app import create_api
from bridge.media.takes import Kept
from bridge.media.wav import header
from bridge.services.archive import Archive
from bridge.tickets.evidence import verify
from tests.api.conftest import ADMIN, PRESSER, READER, House

SOUND = bytes(range(256)) * 4
NUMBER = "一三八零六三五一二三四"


class Scene:
    """A bridge with an archive on a real database, and a call in which a number was said."""

    def __init__(self, house: House, database: Database, folder: Path) -> None:
        self.house, self.recordings = house, RecordingTable(database, house.clock)
        house.archive = self.archive = Archive(
            store=TranscriptTable(database, None),
            records=house.records,
            clock=house.clock,
            software={"bridge": "1"},
            recogniser=lambda leg: {"model": "small-cn"},
            on_lost=lambda lost: None,
        )
        shelf = RecordingShelf(self.recordings, folder, None, None, house.clock)
        self.app = create_api(replace(house.parts(), recordings=shelf))
        self.call = house.talking()

    def client(self, token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://bridge.example:8080", headers=headers)

    async def get(self, token: str, query: str = "") -> httpx.Response:
        async with self.client(token) as client:
            return await client.get(f"/api/v1/calls/{self.call}/transcript{query}")

    async def correct(self, token: str, key: str, seq: int, text: str) -> httpx.Response:
        async with self.client(token) as client:
            return await client.post(
                f"/api/v1/calls/{self.call}/transcript/corrections",
                json={"seq": seq, "text": text},
                headers={"Idempotency-Key": key},
            )


@pytest.fixture
async def scene(house: House, tmp_path: Path) -> AsyncIterator[Scene]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/b.db")
    await database.start()
    made = Scene(house, database, tmp_path)
    await made.archive.start()
    house.says(made.call, "attendant", "您好请讲")
    house.says(made.call, "caller", f"嗯我电话是{NUMBER}")
    yield made
    await made.archive.stop()
    await database.stop()


async def test_whole_for_those_who_may_and_covered_for_others(scene: Scene) -> None:
    whole = (await scene.get(PRESSER)).json()
    said = {each["speaker"]: each for each in whole["utterances"]}
    assert said["caller"]["text"] == f"嗯我电话是{NUMBER}"
    assert (whole["caller"], whole["covered"], whole["state"]) == ("13806351234", False, "live")
    assert verify(whole["chain"]["entries"], whole["chain"]["head"]).holds
    answer = await scene.get(READER)
    covered = answer.json()
    assert covered["utterances"][-1]["readable"] == "嗯，我电话是138 **** 1234。"
    assert covered["caller"] == "138****1234"
    assert covered["chain"]["entries"] is None
    assert "零六三五" not in answer.text
    assert "0635" not in answer.text


async def test_the_other_forms(scene: Scene) -> None:
    text = await scene.get(PRESSER, "?format=text&fillers=false")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert "] 诉求人：我电话是138 0635 1234。" in text.text
    titles = await scene.get(READER, "?format=srt")
    assert [each.content for each in srt.parse(titles.text)][-1] == "诉求人：嗯，我电话是138 **** 1234。"
    vcon = await scene.get(PRESSER, "?format=vcon")
    assert vcon.headers["content-type"] == "application/vcon+json"
    assert vcon.json()["parties"][0]["tel"] == "13806351234"
    redacted = (await scene.get(READER, "?format=vcon")).json()
    assert "tel" not in redacted["parties"][0]
    assert redacted["redacted"]["uuid"] == vcon.json()["uuid"]
    assert (await scene.get(PRESSER, "?format=docx")).status_code == 400


async def test_a_vcon_refers_to_the_sound_by_the_hash_of_what_is_fetched_there(
    scene: Scene, tmp_path: Path
) -> None:
    at = datetime(2026, 3, 5, tzinfo=UTC).isoformat()
    wav = header("PCMA", 2, len(SOUND)) + SOUND
    made = Kept("a-1", "a", scene.call, (), "a-1.wav", 5.0, at, "PCMA", False, 0.064, len(wav), "00" * 32)
    gone = replace(made, file="b-1", path="b-1.wav")
    (tmp_path / "a-1.wav").write_bytes(wav)
    for each in (made, gone):
        await scene.recordings.keep(each)
        await scene.archive.recorded(each)
    here, missing = (await scene.get(ADMIN, "?format=vcon")).json()["dialog"]
    assert here["url"] == "https://bridge.example:8080/api/v1/recordings/a-1/audio"
    async with scene.client(ADMIN) as client:
        fetched = (await client.get(here["url"].replace("https", "http"))).content
    digest = base64.urlsafe_b64encode(hashlib.sha512(fetched).digest()).decode().rstrip("=")
    assert here["content_hash"] == f"sha512-{digest}"
    assert "url" not in missing
    deaf = (await scene.get(PRESSER, "?format=vcon")).json()["dialog"]
    assert all("url" not in each for each in deaf), "no right to listen"


async def test_a_correction_lies_over_the_words_and_is_made_once(scene: Scene) -> None:
    before = (await scene.get(PRESSER)).json()
    seq = before["utterances"][0]["seq"]
    with structlog.testing.capture_logs() as logs:
        first = await scene.correct(PRESSER, "k1", seq, "您好，请您讲")
        again = await scene.correct(PRESSER, "k1", seq, "您好，请您讲")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    after = (await scene.get(PRESSER)).json()
    assert after["utterances"][0]["text"] == "您好请讲"
    assert after["utterances"][0]["corrected"]["text"] == "您好，请您讲"
    assert after["utterances"][0]["corrected"]["by"] == "坐席系统"
    assert after["chain"]["entries"] == before["chain"]["entries"]
    assert len(after["chain"]["corrections"]) == 1
    (line,) = [log for log in logs if log["event"] == "transcript corrected"]
    assert (line["by"], line["entry"], line["characters"]) == ("坐席系统", seq, 6)
    assert "请您讲" not in json.dumps(logs, ensure_ascii=False, default=str)


async def test_corrections_that_are_refused(scene: Scene) -> None:
    seq = (await scene.get(PRESSER)).json()["utterances"][0]["seq"]
    assert (await scene.correct(READER, "k", seq, "好")).status_code == 403
    assert (await scene.correct(PRESSER, "k0", 1, "好")).status_code == 404, "the opening is no final"
    assert (await scene.correct(PRESSER, "k1", seq, "电话138****1234")).status_code == 400
    assert (await scene.correct(PRESSER, "k2", seq, "")).status_code == 400
    assert (await scene.correct(PRESSER, "k3", seq, "好" * 2001)).status_code == 400
    async with scene.client(PRESSER) as client:
        no_key = await client.post(
            f"/api/v1/calls/{scene.call}/transcript/corrections", json={"seq": seq, "text": "好"}
        )
    assert no_key.json()["id"] == "no-idempotency-key"


async def test_a_corrected_number_is_covered_too(scene: Scene) -> None:
    seq = (await scene.get(PRESSER)).json()["utterances"][-1]["seq"]
    await scene.correct(PRESSER, "k", seq, "我电话是13806351239")
    covered = (await scene.get(READER)).json()
    assert covered["utterances"][-1]["corrected"]["text"] == "我电话是138****1239"


async def test_the_list_in_pages(scene: Scene) -> None:
    for number in range(4):
        scene.house.clock.now += 60
        call = scene.house.talking("13800000000", f"in{number}")
        scene.house.says(call, "caller", "有人打架")
    found: list[dict[str, Any]] = []
    after: str | None = ""
    async with scene.client(READER) as client:
        await client.get(f"/api/v1/calls/{call}/transcript")
        for _ in range(5):
            query = {"most": "2", **({"after": after} if after else {})}
            page = (await client.get("/api/v1/transcripts", params=query)).json()
            found, after = found + page["transcripts"], page["next"]
            if after is None:
                break
        wrong = await client.get("/api/v1/transcripts", params={"after": "gestern"})
        naive = await client.get("/api/v1/transcripts", params={"since": "2026-03-05T00:00:00"})
    assert len({each["call"] for each in found}) == 5
    assert [each["started_at"] for each in found] == sorted(
        (each["started_at"] for each in found), reverse=True
    )
    assert set(found[0]) == {
        "call", "started_at", "ended_at", "platform", "state", "entries", "corrections", "lost",
    }  # fmt: skip
    assert (wrong.status_code, naive.status_code) == (400, 400)


async def test_what_is_not_there(scene: Scene, house: House) -> None:
    async with scene.client(READER) as client:
        assert (await client.get("/api/v1/calls/none/transcript")).status_code == 404
    house.archive = None
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(house.app()), base_url="http://bridge"
    ) as client:
        answer = await client.get("/api/v1/transcripts", headers={"Authorization": f"Bearer {READER}"})
    assert answer.status_code == 404

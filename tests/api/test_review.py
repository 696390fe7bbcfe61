"""Review over HTTP: calls found, checked, marked, commented, scored and exported; who may, and of whose
platform."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_concerns import StoredConcerns
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.db_reviews import ReviewTable
from bridge.adapters.db_search import SearchTable
from bridge.adapters.db_transcripts import TranscriptTable
from bridge.adapters.place_files import load as places
from bridge.adapters.place_files import shipped
from bridge.adapters.quality_file import load
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.api.app import create_api
from bridge.media.g711 import encode
from bridge.media.takes import LEFT, Kept, TakeLeg
from bridge.media.wav import header
from bridge.review.form import Form, Question
from bridge.services.archive import Archive
from bridge.services.review_desk import ReviewDesk
from bridge.settings.house import Api
from tests.api.access_house import PASSWORD, Users, users
from tests.api.conftest import House, _token

FORM = load()
LISTENER, REVIEWER, COVERED, POLICE, BOSS, AGENT = (
    "listener", "reviewer", "covered", "police", "boss", "agent",
)  # fmt: skip
TOKENS = (
    _token("听的班长", LISTENER, "read", "review", "personal", "listen").model_copy(
        update={"platform": "12345"}
    ),
    _token("班长", REVIEWER, "read", "review", "personal").model_copy(update={"platform": "12345"}),
    _token("外包质检", COVERED, "read", "review").model_copy(update={"platform": "12345"}),
    _token("110 班长", POLICE, "read", "review", "personal").model_copy(update={"platform": "110"}),
    _token("管理员", BOSS, "admin"),
    _token("话务员", AGENT, "read", "transfer", "personal"),
)
TONE = np.full(8000, 9000, dtype=np.int16)
SCRIPT = "<script>alert(1)</script>"


class Scene:
    """A bridge whose archive holds one call that is over."""

    def __init__(self, house: House, database: Database, folder: Path, agents_see: bool = False) -> None:
        self.house, self.recordings = house, RecordingTable(database, house.clock)
        self.database, self.folder = database, folder
        house.archive = self.archive = Archive(
            store=TranscriptTable(database, None),
            records=house.records,
            clock=house.clock,
            software={"bridge": "1"},
            recogniser=lambda leg: {"model": "small-cn"},
            on_lost=lambda lost: None,
            draft=house.papers.draft,
        )
        self.shelf = RecordingShelf(self.recordings, folder, None, None, house.clock)
        self.desk = ReviewDesk(
            form=FORM, store=ReviewTable(database), search=SearchTable(database),
            transcript=self.archive.get, clock=house.clock, gazetteer=places(shipped()),
            names={"8001": "一号"}, agents_see=agents_see,
        )  # fmt: skip
        parts = replace(
            house.parts(), recordings=self.shelf, review=self.desk, concerns=StoredConcerns(database)
        )
        self.app = create_api(parts)
        self.call = house.talking()
        house.says(self.call, "attendant", "您好一二三四五热线请讲")
        house.says(self.call, "caller", "柳园南路一百零五号有人打架我电话一三八零六三五一二三四")
        house.says(self.call, "attendant", "柳园南路一百零五号对吧怎么称呼您")
        house.says(self.call, "caller", f"姓王 {SCRIPT}")
        house.hangs_up(self.call)

    async def ask(self, token: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bridge.example:8080", headers=headers
        ) as client:
            return await client.request(method, f"/api/v1/{path}", **more)

    async def get(self, path: str, token: str = REVIEWER, **query: Any) -> httpx.Response:
        return await self.ask(token, "GET", path, params=query)

    async def post(self, what: str, body: dict[str, Any], key: str, token: str = REVIEWER) -> httpx.Response:
        return await self.ask(
            token, "POST", f"calls/{self.call}/{what}", json=body, headers={"Idempotency-Key": key}
        )

    async def put(self, token: str = REVIEWER, **changes: Any) -> httpx.Response:
        return await self.ask(token, "PUT", f"reviews/{self.call}", json=scores(FORM) | changes)


def best(question: Question) -> str:
    return max(question.options, key=lambda each: each.points).id


def scores(form: Form) -> dict[str, Any]:
    answers = {each.id: {"option": best(each), "note": ""} for each in form.questions}
    return {"agent": "8001", "version": 0, "form": form.version, "answers": answers, "remark": "好"}


@pytest.fixture
async def scene(tmp_path: Path, blank_database: Path) -> AsyncIterator[Scene]:
    shutil.copy(blank_database, tmp_path / "b.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/b.db")
    await database.start()
    made = Scene(House(Api(tokens=TOKENS)), database, tmp_path)
    await made.archive.start()
    made.archive.settled(made.call)
    await made.archive.get(made.call)
    yield made
    await made.archive.stop()
    await database.stop()


async def test_a_call_is_found_by_what_is_known_of_it(scene: Scene) -> None:
    (row,) = (
        await scene.get("reviews", q="打架", agent="8001", number="13806351234", place="柳园南路")
    ).json()["calls"]
    assert (row["call"], row["platform"], row["state"], row["total"]) == (scene.call, "12345", "final", None)
    assert row["agents"] == [{"number": "8001", "name": "一号", "platform": "12345"}]
    assert (row["caller"], row["utterances"]) == ("13806351234", 4)
    category = row["category"]["id"]
    assert category
    year = {"since": "2026-01-01T00:00:00+08:00", "until": "2027-01-01T00:00:00+08:00"}
    for query, count in (
        ({}, 1), (year, 1), ({"category": category}, 1), ({"number": "1234"}, 1), ({"review": "unscored"}, 1),
        ({"place": "柳园南路105号"}, 1),
        ({"until": year["since"]}, 0), ({"since": year["until"]}, 0), ({"category": "none"}, 0),
        ({"agent": "8002"}, 0), ({"number": "9999"}, 0), ({"place": "人民路"}, 0), ({"review": "scored"}, 0),
        ({"platform": "110"}, 0),
    ):  # fmt: skip
        answer = await scene.get("reviews", **query)
        assert len(answer.json()["calls"]) == count, query
    page = (await scene.get("reviews", limit=1)).json()
    assert (await scene.get("reviews", limit=1, after=page["next"])).json() == {"calls": [], "next": None}
    assert (await scene.get("reviews", q="，。")).status_code == 400
    assert (await scene.get("reviews", token=POLICE)).json()["calls"] == []


async def test_numbers_are_covered_for_those_without_the_right(scene: Scene) -> None:
    (row,) = (await scene.get("reviews", token=COVERED, q="打架")).json()["calls"]
    assert (row["caller"], "零六三五" in row["snippet"]) == ("138****1234", False)
    for query in ({"number": "1234"}, {"q": "13806351234"}):
        assert (await scene.get("reviews", token=COVERED, **query)).status_code == 403
    await scene.post("comments", {"text": "回电 13806351234"}, "k")
    whole = (await scene.get(f"reviews/{scene.call}")).json()
    covered = (await scene.get(f"reviews/{scene.call}", token=COVERED)).text
    assert whole["notes"][0]["text"] == "回电 13806351234"
    assert "0635" not in covered


async def test_pre_checks_name_the_utterances_they_stand_on(scene: Scene) -> None:
    view = (await scene.get(f"reviews/{scene.call}")).json()
    said = (await scene.get(f"calls/{scene.call}/transcript")).json()["utterances"]
    seq = [each["seq"] for each in said]
    found = view["prechecks"]["8001"]
    assert (found["greeting"]["verdict"], found["greeting"]["proposed"]) == ("pass", "full")
    assert found["greeting"]["evidence"] == [seq[0]]
    assert (found["repeated"]["verdict"], found["repeated"]["evidence"]) == ("pass", [seq[1], seq[2]])
    assert (found["contact"]["verdict"], found["contact"]["proposed"]) == ("fail", "no")
    assert found["forbidden"]["verdict"] == "pass"
    assert view["form"]["version"] == FORM.version


async def test_a_score_is_given_again_and_kept_version_by_version(scene: Scene) -> None:
    first = await scene.put()
    assert (first.status_code, first.json()["total"], first.json()["passed"]) == (200, 100.0, True)
    assert (await scene.put()).json()["id"] == "version-moved"
    answers = scores(FORM)["answers"] | {"forbidden": {"option": "no", "note": "说了"}}
    second = (await scene.put(version=1, answers=answers, token=LISTENER)).json()
    assert (second["total"], second["passed"], second["fatal"], second["failed"]) == (
        0.0, False, True, ["forbidden"],
    )  # fmt: skip
    view = (await scene.get(f"reviews/{scene.call}")).json()
    assert [(each["version"], each["by"], each["total"]) for each in view["scores"]] == [
        (2, "听的班长", 0.0), (1, "班长", 100.0),
    ]  # fmt: skip
    assert view["scores"][0]["findings"]["greeting"]["verdict"] == "pass"
    (row,) = (await scene.get("reviews", review="scored")).json()["calls"]
    assert row["total"] == 0.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answers": {}}, "还没有评"),
        ({"form": "0" * 12}, "评分表改过了"),
        ({"agent": "8009"}, "没有这个话务员"),
        ({"remark": "长" * 2001}, "最长 2000 字，现在 2001 字"),
        ({"answers": {"greeting": {"option": "full", "note": "x", "more": 1}}}, "接口说明不符"),
    ],
)
async def test_a_wrong_score_is_refused_in_words(scene: Scene, changes: dict[str, Any], said: str) -> None:
    answer = await scene.put(**changes)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


async def test_marks_and_comments_are_made_once_and_taken_back_by_their_author(scene: Scene) -> None:
    made = await scene.post("marks", {"flag": "bad", "second": 3.5, "text": "这里"}, "k1")
    again = await scene.post("marks", {"flag": "bad", "second": 3.5, "text": "这里"}, "k1")
    assert (made.status_code, again.json()) == (201, made.json())
    assert again.headers["idempotent-replayed"] == "true"
    comment = (await scene.post("comments", {"text": SCRIPT}, "k2")).json()
    notes = (await scene.get(f"reviews/{scene.call}")).json()["notes"]
    assert [(each["kind"], each["second"], each["text"], each["by"]) for each in notes] == [
        ("comment", None, SCRIPT, "班长"), ("mark", 3.5, "这里", "班长"),
    ]  # fmt: skip
    gone = f"calls/{scene.call}/notes/{comment['number']}"
    assert (await scene.ask(LISTENER, "DELETE", gone)).status_code == 404
    assert (await scene.ask(REVIEWER, "DELETE", gone)).status_code == 204
    assert len((await scene.get(f"reviews/{scene.call}")).json()["notes"]) == 1


@pytest.mark.parametrize(
    ("what", "body", "status", "said"),
    [
        ("comments", {"text": "a" * 10_000}, 400, "最长 2000 字，现在 10000 字"),
        ("comments", {"text": "长" * 10_000}, 413, "约五千个汉字"),
        ("comments", {"text": "  "}, 400, "不能是空的"),
        ("comments", {"text": "好", "second": -1}, 400, "第几秒"),
        ("comments", {"text": "好", "second": 1e99}, 400, "第几秒"),
        ("marks", {"flag": "great", "second": 1}, 400, "good（好的例子）"),
        ("marks", {"flag": "good"}, 400, "接口说明不符"),
    ],
)
async def test_what_is_no_note(scene: Scene, what: str, body: dict[str, Any], status: int, said: str) -> None:
    answer = await scene.post(what, body, f"k-{what}-{status}-{said[:1]}".encode().hex())
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert (await scene.ask(REVIEWER, "POST", f"calls/{scene.call}/{what}", json=body)).status_code >= 400


async def test_who_has_no_right_and_who_is_of_another_platform(scene: Scene) -> None:
    for method, path, body in (
        ("GET", "reviews", None), ("GET", f"reviews/{scene.call}", None), ("GET", "quality/form", None),
        ("PUT", f"reviews/{scene.call}", scores(FORM)), ("GET", "scores", None),
        ("GET", f"reviews/{scene.call}/export", None), ("GET", "scores/averages", None),
        ("POST", f"calls/{scene.call}/comments", {"text": "好"}),
    ):  # fmt: skip
        key = {"Idempotency-Key": "k"}
        refused = await scene.ask(AGENT, method, path, json=body, headers=key)
        assert refused.status_code == 403, path
        if scene.call in path:
            assert (await scene.ask(POLICE, method, path, json=body, headers=key)).status_code == 404, path
    await scene.put()
    assert (await scene.get("scores", token=POLICE)).json() == {"scores": [], "next": None}
    assert (await scene.get("scores", token=REVIEWER, platform="110")).json() == {"scores": [], "next": None}
    assert len((await scene.get("scores", token=BOSS)).json()["scores"]) == 1


async def test_lists_of_scores_and_averages_as_tables(scene: Scene) -> None:
    await scene.put()
    (row,) = (await scene.get("scores", limit=1)).json()["scores"]
    assert (row["name"], row["total"], row["version"]) == ("一号", 100.0, 1)
    following = (await scene.get("scores", limit=1)).json()["next"]
    assert (await scene.get("scores", limit=1, after=following)).json()["scores"] == []
    assert (await scene.get("scores", after="x")).status_code == 400
    csv = await scene.get("scores", format="csv")
    assert csv.headers["content-disposition"] == 'attachment; filename="scores.csv"'
    assert "接通后问好、报单位" in csv.text
    assert (await scene.get("scores", format="xlsx")).content.startswith(b"PK")
    sheet = (await scene.get("scores/averages", by="month")).json()
    assert [(each["agent"], each["period"], each["average"]) for each in sheet["rows"]] == [
        ("8001", "2026-03", 100.0)
    ]
    assert "一号" in (await scene.get("scores/averages", format="csv", by="week")).text


async def test_a_call_goes_out_as_json_and_text(scene: Scene) -> None:
    await scene.post("marks", {"flag": "training", "second": 65, "text": "可以讲"}, "k")
    text = await scene.get(f"reviews/{scene.call}/export", format="text")
    assert "还没有评分" in text.text
    assert "[00:01:05] 培训用：可以讲（班长，" in text.text
    await scene.put()
    text = await scene.get(f"reviews/{scene.call}/export", format="text")
    assert "话务员 8001：100 分，合格（第 1 版，班长" in text.text
    assert "接通后问好、报单位：完整" in text.text
    whole = await scene.get(f"reviews/{scene.call}/export")
    assert json.loads(whole.text)["scores"][0]["total"] == 100.0


async def test_recordings_say_how_they_stand_and_show_their_sound(scene: Scene) -> None:
    at = datetime(2026, 3, 5, tzinfo=UTC).isoformat()
    sound = encode("PCMA", TONE.repeat(2))
    wav = header("PCMA", 2, len(sound)) + sound
    legs = (TakeLeg("in", LEFT, "12345"),)
    made = Kept(
        "a-1", "a", scene.call, legs, "a-1.wav", 5.0, at, "PCMA", False, 1.0, len(wav), "00" * 32, zero=4.5
    )
    (scene.folder / "a-1.wav").write_bytes(wav)
    (scene.folder / "c-1.sealed").write_bytes(b"not a recording")
    for each in (
        made, replace(made, file="b-1", path="b-1.wav"), replace(made, file="c-1", path="c-1.sealed"),
        replace(made, file="d-1", path="d-1.wav"),
    ):  # fmt: skip
        await scene.recordings.keep(each)
    await scene.recordings.deleted(["d-1"])
    heard = (await scene.get(f"reviews/{scene.call}", token=LISTENER)).json()["recordings"]
    assert {each["id"]: each["state"] for each in heard} == {
        "a-1": "there", "b-1": "missing", "c-1": "locked", "d-1": "deleted",
    }  # fmt: skip
    assert heard[0]["offset_seconds"] == 0.5
    deaf = (await scene.get(f"reviews/{scene.call}")).json()["recordings"]
    assert {each["state"] for each in deaf} == {"forbidden"}
    peaks = await scene.get("recordings/a-1/peaks", token=LISTENER, points=10)
    left, right = peaks.json()["channels"]
    assert (len(left), max(left) > 0.1, max(right) > 0.1) == (10, True, True)
    for file in ("b-1", "d-1"):
        assert (await scene.get(f"recordings/{file}/peaks", token=LISTENER)).status_code == 404
    assert (await scene.get("recordings/a-1/peaks")).status_code == 403


async def test_a_correction_has_its_history_and_the_checks_see_it(scene: Scene) -> None:
    said = (await scene.get(f"calls/{scene.call}/transcript")).json()["utterances"]
    for number, words in enumerate(("说吧", "您好，说吧")):
        body = {"seq": said[0]["seq"], "text": words}
        assert (await scene.post("transcript/corrections", body, f"k{number}")).status_code == 201
        greeting = (await scene.get(f"reviews/{scene.call}")).json()["prechecks"]["8001"]["greeting"]
        assert greeting["verdict"] == ("pass" if number else "fail")
    first = (await scene.get(f"calls/{scene.call}/transcript")).json()["utterances"][0]
    assert [(each["by"], each["from"], each["to"]) for each in first["history"]] == [
        ("班长", "您好一二三四五热线请讲", "说吧"), ("班长", "说吧", "您好，说吧"),
    ]  # fmt: skip
    covered = (await scene.get(f"calls/{scene.call}/transcript", token=COVERED)).json()["utterances"][0]
    assert [(each["from"], each["to"]) for each in covered["history"]] == [(None, None)] * 2
    assert first["text"] == "您好一二三四五热线请讲"
    (row,) = (await scene.get("reviews", review="corrected")).json()["calls"]
    assert row["corrections"] == 2


@pytest.mark.parametrize("see", [True, False])
async def test_an_agent_sees_how_their_own_calls_were_judged_where_that_is_wanted(
    tmp_path: Path, see: bool
) -> None:
    house = House(Api(tokens=TOKENS))
    url = f"sqlite+aiosqlite:///{tmp_path}/b.db"
    async with users(house, url) as people:
        scene = Scene(house, people.database, tmp_path, agents_see=see)
        await scene.archive.start()
        scene.archive.settled(scene.call)
        await scene.archive.get(scene.call)
        await scene.put()
        assert await mine(scene, people, "own", "8001") == (see, [100.0] if see else [])
        assert await mine(scene, people, "other", "8002") == (see, [])
        await scene.archive.stop()


async def mine(scene: Scene, people: Users, login: str, extension: str) -> tuple[bool, list[float]]:
    """What a logged-in agent gets."""
    await people.add(login, "agent", extension=extension)
    transport = httpx.ASGITransport(scene.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        headers = {"Origin": "http://127.0.0.1:8080"}
        entered = await client.post(
            "/api/v1/session", json={"login": login, "password": PASSWORD}, headers=headers
        )
        assert entered.status_code == 200, entered.text
        assert (await client.get("/api/v1/scores")).status_code == 403
        answer = (await client.get("/api/v1/scores/mine")).json()
    return answer["shown"], [each["total"] for each in answer["scores"]]

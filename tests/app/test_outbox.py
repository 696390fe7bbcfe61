"""`bridge outbox`: all pages of the dead letters, sending them again, and what an administrator is told when
it does not work."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.app.outbox import PAGE

RUN = CliRunner()


def letter(number: int, state: str) -> dict[str, Any]:
    return {
        "id": f"msg_{number}", "number": number, "incident": f"I{number}", "ticket": "T", "platform": "110",
        "kind": "deed", "version": 2, "state": state, "attempts": 3, "trouble": "对方拒收（HTTP 422）",
        "created_at": "2026-11-25T12:00:00+00:00", "due": "2026-11-25T12:00:00+00:00",
    }  # fmt: skip


class Bridge:
    """What a running bridge would answer."""

    def __init__(self) -> None:
        self.letters = [letter(n, "parked" if n % 2 else "expired") for n in range(1, 2 * PAGE + 12)]
        self.replayed: list[str] = []
        self.status = 200

    def __call__(self, method: str, url: str, **asked: Any) -> httpx.Response:
        request = httpx.Request(method, url)
        if self.status != 200:
            body = {"detail": "这封信已经送达"}
            return httpx.Response(self.status, json=body, request=request)
        if method == "POST":
            self.replayed.append(url.split("/")[-2])
            return httpx.Response(200, json={}, request=request)
        params = asked["params"]
        fit = [each for each in self.letters if each["state"] == params["state"]]
        page = [each for each in fit if each["number"] > int(params.get("after", 0))][: int(params["most"])]
        return httpx.Response(200, json={"letters": page}, request=request)


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Bridge:
    made = Bridge()
    monkeypatch.setattr("bridge.app.asking.httpx.request", made)
    return made


def test_every_page_is_listed_in_order(bridge: Bridge) -> None:
    done = RUN.invoke(app, ["outbox", "list"])
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert [line.split()[0] for line in lines] == [each["id"] for each in bridge.letters]
    assert "太久没送到" in lines[1]
    assert "对方拒收" in lines[0]
    bridge.letters = []
    assert "没有" in RUN.invoke(app, ["outbox", "list", "--state", "waiting"]).stderr


def test_one_letter_or_all_are_sent_again(bridge: Bridge) -> None:
    assert RUN.invoke(app, ["outbox", "replay", "msg_7", "msg_5"]).exit_code == 0
    assert bridge.replayed == ["msg_7", "msg_5"]
    assert RUN.invoke(app, ["outbox", "replay", "all"]).exit_code == 0
    assert bridge.replayed[2:] == [each["id"] for each in bridge.letters]


@pytest.mark.parametrize(("status", "said"), [(409, "已经送达"), (403, "review"), (404, "没有编号为 msg_1")])
def test_why_it_did_not_work(bridge: Bridge, status: int, said: str) -> None:
    bridge.status = status
    done = RUN.invoke(app, ["outbox", "replay", "msg_1"])
    assert done.exit_code == 1
    assert said in done.stderr


def test_nobody_answers() -> None:
    done = RUN.invoke(app, ["outbox", "list", "--url", "http://127.0.0.1:1"])
    assert done.exit_code == 1
    assert "连不上" in done.stderr

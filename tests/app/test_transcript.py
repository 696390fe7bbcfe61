"""`bridge transcript`: what it asks, writes and says; and what it finds wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.tickets.document import document
from bridge.tickets.evidence import digest
from bridge.tickets.export_text import as_text
from bridge.tickets.export_vcon import as_vcon
from tests.tickets.test_exports import transcript

Answer = tuple[int, str]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[httpx.Request]]:
    """The interface answers so; what it was asked."""

    def set_up(answer: Answer) -> list[httpx.Request]:
        asked: list[httpx.Request] = []

        def send(method: str, url: str, **given: Any) -> httpx.Response:
            request = httpx.Request(method, url, params=given["params"], headers=given["headers"])
            asked.append(request)
            return httpx.Response(answer[0], text=answer[1], request=request)

        monkeypatch.setattr(httpx, "request", send)
        return asked

    return set_up


def bridge(*argv: str) -> Any:
    return CliRunner().invoke(app, ["transcript", *argv], env={"BRIDGE_TOKEN": "t" * 8})


def made(*, covered: bool = False) -> dict[str, Any]:
    return document(transcript(), covered=covered, fillers=True)


def test_it_prints_or_writes_the_form_that_was_asked_for(
    served: Callable[[Answer], list[httpx.Request]], tmp_path: Path
) -> None:
    asked = served((200, as_text(made())))
    shown = bridge("c1")
    assert (shown.exit_code, shown.output) == (0, as_text(made()))
    assert asked[0].url.params["format"] == "text"
    assert asked[0].headers["authorization"] == "Bearer tttttttt"
    written = bridge("c1", "--format", "srt", "--out", str(tmp_path / "t.srt"))
    assert (written.exit_code, written.output) == (0, "")
    assert (tmp_path / "t.srt").read_text() == as_text(made())


@pytest.mark.parametrize(("status", "says"), [(401, "没有权限"), (404, "没有通话 c1 的转写"), (500, "500")])
def test_what_the_interface_refuses_is_said(
    served: Callable[[Answer], list[httpx.Request]], status: int, says: str
) -> None:
    served((status, "{}"))
    shown = bridge("c1")
    assert shown.exit_code == 1
    assert says in shown.output


def test_nobody_there() -> None:
    shown = bridge("c1", "--url", "http://127.0.0.1:1")
    assert (shown.exit_code, "连不上" in shown.output) == (1, True)


def test_verify_over_the_interface_and_from_files(
    served: Callable[[Answer], list[httpx.Request]], tmp_path: Path
) -> None:
    served((200, json.dumps(made())))
    shown = bridge("verify", "c1")
    assert (shown.exit_code, "校验链完整：7 条" in shown.output) == (0, True)
    for name, content in (("t.json", made()), ("t.vcon", as_vcon(made(), {}, "bridge.example"))):
        (tmp_path / name).write_text(json.dumps(content, ensure_ascii=False))
        shown = bridge("verify", str(tmp_path / name))
        assert (shown.exit_code, "校验链完整：7 条" in shown.output) == (0, True)


def test_verify_says_where_it_was_changed(tmp_path: Path) -> None:
    changed = json.loads(json.dumps(made()))
    changed["chain"]["entries"][2]["body"]["text"] = "别的话"
    (tmp_path / "t.json").write_text(json.dumps(changed))
    shown = bridge("verify", str(tmp_path / "t.json"))
    assert (shown.exit_code, "校验链第 3 条被改动过" in shown.output) == (1, True)
    changed = json.loads(json.dumps(made()))
    changed["chain"]["corrections"][0]["previous"] = "1" * 64
    (tmp_path / "t.json").write_text(json.dumps(changed))
    shown = bridge("verify", str(tmp_path / "t.json"))
    assert (shown.exit_code, "更正第 1 条" in shown.output) == (1, True)


@pytest.mark.parametrize("content", ["{}", "[]", "不是", '{"chain": {"head": 1}}', '{"attachments": [1]}'])
def test_verify_refuses_what_is_no_transcript(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.json").write_text(content)
    shown = bridge("verify", str(tmp_path / "t.json"))
    assert (shown.exit_code, "不是本系统导出的转写" in shown.output) == (1, True)


def test_a_covered_transcript_cannot_be_verified(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(made(covered=True)))
    shown = bridge("verify", str(tmp_path / "t.json"))
    assert (shown.exit_code, "personal" in shown.output) == (1, True)


def test_the_recording_is_the_one_in_the_chain_or_not(tmp_path: Path) -> None:
    content = made()
    chain = content["chain"]["entries"]
    (tmp_path / "t.json").write_text(json.dumps(content))
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    wrong = bridge("verify", str(tmp_path / "t.json"), "--recording", str(tmp_path / "a.wav"))
    assert (wrong.exit_code, "不在链里" in wrong.output) == (1, True)
    chain[-1]["body"]["sha256"] = hashlib.sha256(b"RIFF").hexdigest()
    content["chain"]["head"] = digest(chain[-1])
    (tmp_path / "t.json").write_text(json.dumps(content))
    right = bridge("verify", str(tmp_path / "t.json"), "--recording", str(tmp_path / "a.wav"))
    assert (right.exit_code, "没有改动" in right.output) == (0, True)

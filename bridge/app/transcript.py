"""`bridge transcript`: a call's transcript from a running bridge, in a form; and whether its chain holds,
from there or from a file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from bridge.app.asking import ask
from bridge.errors import UnusableTranscript
from bridge.tickets.evidence import SCHEMA, verify

PATIENCE: Final = 60.0
"""Seconds; for a vCon the recordings are hashed first."""
_WHY: Final = {
    "gap": "缺了记录",
    "broken": "被改动过，或前面插进了别的",
    "head": "被改动过，或后面的记录缺了",
}


def fetch(url: str, call_id: str, token: str, form: str) -> str:
    """One call's transcript. Raises AdministratorError saying what to do."""
    return ask(
        url,
        f"/api/v1/calls/{call_id}/transcript",
        token,
        {"format": form},
        patience=PATIENCE,
        right="",
        missing=f"没有通话 {call_id} 的转写：编号不对，没有说过话，或没有配置转写存档",
    ).text


def check(text: str, recording: Path | None = None) -> str:
    """What there is to say about a transcript's chain that holds, from its JSON. recording: a file that must
    be one the chain names. Raises UnusableTranscript for one that does not hold, OSError."""
    made = _read(text)
    chain = made["chain"]
    if chain.get("entries") is None:
        raise UnusableTranscript(
            "号码遮住了的转写没有校验链的条目，验不了：用有 personal（或 admin）权限的令牌取"
        )
    for name, entries, head in (
        ("校验链", chain["entries"], chain["head"]),
        ("更正", chain.get("corrections") or [], None),
    ):
        verdict = verify(entries, head)
        if not verdict.holds:
            raise UnusableTranscript(f"{name}第 {verdict.at} 条{_WHY[verdict.why]}")
    found = [f"校验链完整：{len(chain['entries'])} 条，最后一条的 SHA-256 是 {chain['head']}"]
    if recording is not None:
        found.append(_named(recording, chain["entries"]))
    return "\n".join(found)


def _read(text: str) -> dict[str, Any]:
    """The document, or the one in a vCon's attachment."""
    try:
        made = json.loads(text)
        for each in made.get("attachments", ()):
            if str(each["body"].get("schema", "")).startswith(SCHEMA):
                made = {"chain": each["body"]}
        whole = isinstance(made["chain"]["head"], str)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole, made = False, {}
    if not whole:
        raise UnusableTranscript("不是本系统导出的转写（JSON 或 vCon）")
    found: dict[str, Any] = made
    return found


def _named(recording: Path, entries: list[dict[str, Any]]) -> str:
    with recording.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    for entry in entries:
        if entry["kind"] == "recording" and entry["body"]["sha256"] == digest:
            return f"录音文件 {recording} 就是链里的 {entry['body']['file']}，没有改动"
    raise UnusableTranscript(f"录音文件 {recording} 不在链里，或被改动过（SHA-256 {digest}）")

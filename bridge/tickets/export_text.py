"""A transcript for people: as plain text, and as subtitles (SubRip). Pure; made from its document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from bridge.tickets.document import Document
from bridge.tickets.moments import BEIJING
from bridge.tickets.transcript import CALLER, SUPERVISOR

_NAMES: Final = {CALLER: "诉求人", SUPERVISOR: "班长"}
SHORTEST: Final = 0.5
"""Seconds a subtitle stays at least."""
_STATE: Final = {"live": "通话还在进行", "final": "完整", "cut": "系统中断，不完整"}
_BROKEN: Final = {
    "gap": "缺了记录",
    "broken": "被改动过",
    "head": "结尾缺失或被改动过",
    "corrections": "更正记录被改动过",
}


def speaker_name(speaker: str) -> str:
    """诉求人, 班长, or the platform's number."""
    return _NAMES.get(speaker, speaker)


def as_text(document: Document) -> str:
    """Who, when, what, corrections in place; at the end what vouches for it."""
    lines = [*_head(document), ""]
    for said in document["utterances"]:
        lines.append(f"[{_clock(said['start'])}] {speaker_name(said['speaker'])}：{said['readable']}")
        if said["corrected"] is not None:
            right = said["corrected"]
            lines.append(f"        更正：{right['readable']}（{right['by']}，{_local(right['at'])}）")
    return "\n".join([*lines, "", *_foot(document)]) + "\n"


def as_srt(document: Document) -> str:
    """Subtitles on the clock of the call, corrected where somebody has corrected."""
    blocks = []
    for number, said in enumerate(document["utterances"], 1):
        end = max(said["end"], said["start"] + SHORTEST)
        right = said["corrected"] or said
        text = f"{speaker_name(said['speaker'])}：{right['readable'] or '…'}"
        blocks.append(f"{number}\n{_stamp(said['start'])} --> {_stamp(end)}\n{text}\n")
    return "\n".join(blocks)


def _head(document: Document) -> list[str]:
    shown = "（号码已遮住）" if document["covered"] else ""
    models = dict.fromkeys(str(each.get("model", "")) for each in document["recognisers"])
    lines = [
        f"通话 {document['call']}  {_local(document['started_at'])}  {document['platform']}{shown}",
        f"诉求人 {document['caller'] or '未显示'}  状态：{_STATE.get(document['state'], document['state'])}",
        f"识别模型：{'、'.join(models) or '没有'}",
    ]
    if document["lost"]:
        lines.append(f"注意：有 {document['lost']} 句没有存下来（数据库当时不可用）")
    if document["truncated"] or document["pending"]:
        lines.append("注意：转写不完整")
    return lines


def _foot(document: Document) -> list[str]:
    chain = document["chain"]
    if chain["holds"]:
        state = "完整"
    else:
        where = f"第 {chain['broken_at']} 条：" if chain["broken_at"] is not None else ""
        state = where + _BROKEN.get(chain["why"], chain["why"])
    lines = [f"校验链 {chain['algorithm']} {chain['head']}（{chain['count']} 条，{state}）"]
    for recording in document["recordings"]:
        sealed = "，加密后的文件" if recording["sealed"] else ""
        lines.append(f"录音 {recording['file']}  SHA-256 {recording['sha256']}{sealed}")
    return lines


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    return f"{hours}{whole // 60 % 60:02d}:{whole % 60:02d}"


def _stamp(seconds: float) -> str:
    millis = round(seconds * 1000)
    return f"{millis // 3600000:02d}:{millis // 60000 % 60:02d}:{millis // 1000 % 60:02d},{millis % 1000:03d}"


def _local(at: Any) -> str:
    return f"{datetime.fromisoformat(at).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"

"""What reviewers leave at a call: marks 标记 (a flag at a second), comments 评论, scores 评分. Frozen values;
pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from bridge.errors import BadRequest

Flag = Literal["good", "bad", "unclear", "training", "other"]
FLAGS: Final[dict[str, str]] = {
    "good": "好的例子",
    "bad": "有问题",
    "unclear": "听不清",
    "training": "培训用",
    "other": "其他",
}
"""Kinds of marks, and how people read them."""

MAX_TEXT: Final = 2000
"""Characters of one comment, or of the words beside a mark."""
MAX_NOTES: Final = 500
"""Notes at one call: more nobody reads, and a program that runs wild ends here."""
LONGEST_CALL: Final = 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Note:
    """kind: mark (with a flag) or comment (flag ""); second: of the call, None: of all of it; platform: of
    who wrote it. number: 0 until it is stored."""

    call: str
    kind: Literal["mark", "comment"]
    text: str
    by: str
    platform: str
    at: datetime
    flag: str = ""
    second: float | None = None
    number: int = 0

    def json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "number": self.number,
            "kind": self.kind,
            "flag": self.flag,
            "second": self.second,
            "text": self.text,
            "by": self.by,
            "at": self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Scored:
    """One version of a score. platform: the agent's; started_at: the call's; body: answers (id -> option,
    note), findings (id -> verdict, why, evidence), remark, form (as it was), fatal (ids); {}: erased."""

    call: str
    agent: str
    version: int
    platform: str
    started_at: datetime
    form: str
    tenths: int
    passed: bool
    fatal: bool
    by: str
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """Plain JSON values; total: 0 to 100."""
        return {
            "call": self.call,
            "agent": self.agent,
            "version": self.version,
            "platform": self.platform,
            "started_at": self.started_at.isoformat(),
            "form_version": self.form,
            "total": self.tenths / 10,
            "passed": self.passed,
            "fatal": self.fatal,
            "by": self.by,
            "at": self.at.isoformat(),
            **self.body,
        }


def tidy(text: str) -> str:
    """What somebody wrote, without what no database keeps. Raises BadRequest, in their words."""
    kept = text.replace("\x00", "").encode("utf-8", "replace").decode().strip()
    if len(kept) > MAX_TEXT:
        raise BadRequest(f"最长 {MAX_TEXT} 字，现在 {len(kept)} 字：写短一些，或分成几条")
    return kept


def without_words(body: dict[str, Any]) -> dict[str, Any]:
    """A score's body of which what reviewers wrote is gone; answers and points stay."""
    answers = {id: {**answer, "note": ""} for id, answer in body.get("answers", {}).items()}
    return {**body, "answers": answers, "remark": ""} if body else {}

"""What a page says to its telephone: JSON messages, each one kind with few fields of bounded length.

Pure. Whatever else comes is one error that says what is wrong with it. (What the telephone says to the page
is in docs/phone.md.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from bridge.errors import BadRequest
from bridge.media.browser import MAX_CANDIDATE, MAX_SDP

MAX_MESSAGE: Final = 16 * 1024
"""Octets of a message: an offer, as JSON."""


class _Field(NamedTuple):
    """right: what it must be; need: it must be there."""

    right: Callable[[Any], bool]
    need: bool = True


def _text(pattern: str) -> Callable[[Any], bool]:
    wanted = re.compile(pattern)
    return lambda value: isinstance(value, str) and wanted.fullmatch(value) is not None


def _long(most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= most


_CALL: Final = _Field(_text(r"[A-Za-z0-9.-]{1,64}"))
_SDP: Final = _Field(_long(MAX_SDP))
KINDS: Final[dict[str, dict[str, _Field]]] = {
    "hello": {
        "tab": _Field(_text(r"[A-Za-z0-9-]{1,64}")),
        "extension": _Field(_text(r"[0-9]{2,16}"), need=False),
    },
    "take": {},
    "ready": {},
    "pause": {},
    "call": {"number": _Field(_text(r"[0-9*#+]{1,32}")), "sdp": _SDP},
    "answer": {"call": _CALL, "sdp": _SDP},
    "offer": {"call": _CALL, "sdp": _SDP},
    "candidate": {
        "call": _CALL,
        "candidate": _Field(_long(MAX_CANDIDATE)),
        "mid": _Field(_text(r"[A-Za-z0-9]{0,16}"), need=False),
    },
    "hold": {"call": _CALL},
    "resume": {"call": _CALL},
    "digits": {"call": _CALL, "digits": _Field(_text(r"[0-9*#A-D]{1,32}"))},
    "hangup": {"call": _CALL},
}
"""kind -> its fields."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    kind: str
    fields: dict[str, str] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


def read(text: str) -> Said:
    """The message. Raises BadRequest saying what is wrong, in Chinese."""
    if len(text) > MAX_MESSAGE:
        raise BadRequest(f"消息太长：最多 {MAX_MESSAGE} 字节")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest("消息不是 JSON") from None
    kind = body.pop("type", None) if isinstance(body, dict) else None
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise BadRequest(f"不认识的消息；type 应是 {'、'.join(KINDS)} 之一")
    for name in body.keys() - known.keys():
        raise BadRequest(f"{kind} 没有 {str(name)[:32]} 这一项")
    for name, wanted in known.items():
        if name not in body and wanted.need:
            raise BadRequest(f"{kind} 缺 {name}")
        if name in body and not wanted.right(body[name]):
            raise BadRequest(f"{kind} 的 {name} 不对")
    return Said(str(kind), body)

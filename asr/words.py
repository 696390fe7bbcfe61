"""The vosk-server protocol in values: what goes over the WebSocket, and what it means.

Pure. Knows the JSON shapes of the stock vosk-server and nothing of sockets, threads or Vosk itself. It is the
only module of `asr` that `bridge` may import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Final, Literal

from asr.errors import ProtocolError

EOF_MESSAGE: Final = '{"eof" : 1}'
"""Ends a stream; the server answers with the last final result and closes."""

_CJK: Final = "\u3400-\u9fff"
_BLANK_BETWEEN_CJK: Final = re.compile(rf"(?<=[{_CJK}]) +(?=[{_CJK}])")


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; start and end in seconds from the stream's first sample, conf in 0..1."""

    text: str
    start: float
    end: float
    conf: float


@dataclass(frozen=True, slots=True)
class Speech:
    """One answer of the recogniser: `partial` may still change, `final` will not. Text is as Chinese is
    written."""

    kind: Literal["partial", "final"]
    text: str
    words: tuple[Word, ...] = ()


def join_chinese(text: str) -> str:
    """Vosk's blank-separated words as Chinese is written: no blank between two ideographs; others kept."""
    return _BLANK_BETWEEN_CJK.sub("", " ".join(text.split()))


def config_message(sample_rate: int, *, words: bool = True, phrases: Sequence[str] = ()) -> str:
    """The first message a client sends; sample_rate in Hz of the 16-bit mono PCM that follows; phrases: all
    that can be said, blanks between words, () for everything."""
    hints = {"phrase_list": list(phrases)} if phrases else {}
    config = {"sample_rate": sample_rate, "words": int(words), **hints}
    return json.dumps({"config": config}, ensure_ascii=False)


def parse_speech(message: str) -> Speech:
    """A server's JSON answer as `Speech`. Raises ProtocolError on anything that is not one."""
    try:
        body = json.loads(message)
        if "partial" in body:
            return Speech("partial", join_chinese(_text(body["partial"])))
        words = tuple(_word(item) for item in body.get("result", ()))
        return Speech("final", join_chinese(_text(body["text"])), words)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProtocolError(f"not a vosk-server result: {message[:80]!r}") from error


def _text(value: object) -> str:
    """Written as it is, `null` would be shown to an agent as a word."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _word(item: dict[str, object]) -> Word:
    start, end, conf = (float(str(item.get(name, 1.0))) for name in ("start", "end", "conf"))
    if "start" not in item or "end" not in item or not (0 <= start <= end < float("inf")):
        raise ValueError("a word without its time")
    # Vosk writes `inf` or `nan` for the confidence of some words; it is a figure for people.
    return Word(_text(item["word"]), start, end, 0.0 if isnan(conf) else min(1.0, max(0.0, conf)))

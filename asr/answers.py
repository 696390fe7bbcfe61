"""Vosk's JSON answers, put right: moved on the time line, several of them made one, nothing new said as such.

Pure: texts in, texts out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

SAME: Final = ""
"""No answer of the recogniser's own: what was shown last still stands."""

_NO_NUMBER: Final = re.compile(r":\s*[+-]?(?:inf|nan)\b")
"""Vosk writes an infinite confidence as `inf`, which is not JSON; it is the surest there is."""


def moved(message: str, seconds: float) -> str:
    """A result with all its times `seconds` later; a partial, or one that cannot be read, as it is."""
    if not seconds or '"start"' not in message:
        return message
    try:
        body = read(message)
    except ValueError:
        return message
    for words in [body.get("result", ()), *(each.get("result", ()) for each in body.get("alternatives", ()))]:
        for word in words:
            word["start"], word["end"] = round(word["start"] + seconds, 3), round(word["end"] + seconds, 3)
    return json.dumps(body, ensure_ascii=False)


def joined(results: Sequence[str]) -> str:
    """The results of utterances that ended within one message, as one: the client gets one answer to it."""
    said = [result for result in results if _text(result)]
    if len(said) < 2:
        return said[0] if said else results[-1]
    bodies = [read(result) for result in said]
    words = [word for body in bodies for word in body.get("result", ())]
    text = " ".join(str(body["text"]) for body in bodies)
    return json.dumps({**({"result": words} if words else {}), "text": text}, ensure_ascii=False)


def read(message: str) -> dict[str, Any]:
    """An answer as a value. Raises ValueError when it is not a JSON object."""
    body = json.loads(_NO_NUMBER.sub(": 1.0", message))
    if not isinstance(body, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # what every caller catches
    return body


def _text(message: str) -> str:
    try:
        return str(read(message).get("text", ""))
    except ValueError:
        return ""

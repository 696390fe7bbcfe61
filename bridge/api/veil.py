"""Who listens to a call, kept from whoever shall not see it (`supervision.visible: false`).

Who has barged in is heard, and so always seen; whoever may listen themselves sees everything.
"""

from __future__ import annotations

from typing import Any

from bridge.calls.supervisors import TABLE, is_supervisors

Json = dict[str, Any]


def veiled(view: Json) -> Json:
    """A call's view without those who listen or whisper."""
    seen = [each for each in view["parties"] if each["role"] != "supervisor" or _heard(each["mode"])]
    legs = {each["leg"] for each in seen}
    quality = {leg: each for leg, each in view["quality"].items() if leg in legs or not is_supervisors(leg)}
    return {**view, "parties": seen, "quality": quality}


def told(event: Json) -> bool:
    """Whether an event is for those who shall not see who listens."""
    if event["type"] == "monitor":
        return _heard(event["mode"])
    return event["type"] != "voice" or not is_supervisors(event["leg"])


def _heard(mode: str) -> bool:
    return any(mode == name and part.company for name, part in TABLE.items())

"""A configuration as text an administrator reads: YAML as they would write it, secrets left out. Pure.

Only what differs from the defaults is shown unless everything is asked for, so that the text stays as short
as the file, and two ways of writing the same thing are no difference.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic_core import PydanticUndefined

from bridge.settings.base import HasSecret, Section
from bridge.settings.sections import Settings

HIDDEN: Final = "•••"
_NEVER: Final = frozenset({"sha256"})
"""Keys whose value is as good as a secret."""
_IN_URL: Final = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*@")
_PLAIN: Final = re.compile(r"[A-Za-z_/\u4e00-\u9fff][\w./\u4e00-\u9fff-]*")
"""Words that YAML reads as themselves, and people too."""
_TAKEN: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def shown(settings: Settings, *, everything: bool = False) -> list[str]:
    """The lines."""
    return list(_section(settings, 0, everything))


def difference(before: list[str], after: list[str], names: tuple[str, str]) -> list[str]:
    """Two such texts as a unified diff, without line ends; empty when they say the same."""
    return list(difflib.unified_diff(before, after, *names, lineterm="", n=3))


def _section(part: Section, depth: int, everything: bool) -> Iterator[str]:
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        default = field.get_default(call_default_factory=True)
        if not everything and default is not PydanticUndefined and value == default:
            continue
        yield from _pair(field.alias or name, value, depth, everything, note=_note(part, name, value))


def _note(part: Section, name: str, value: Any) -> str:
    """Beside where a secret comes from: that it is there, and not shown."""
    if isinstance(part, HasSecret) and name in ("secret_file", "secret_env") and value is not None:
        return f"  # 密码 {HIDDEN}"
    return ""


def _pair(key: str, value: Any, depth: int, everything: bool, note: str = "") -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, Section):
        inner = list(_section(value, depth + 1, everything))
        yield f"{pad}{_word(key)}:" + ("" if inner else " {}")
        yield from inner
    elif isinstance(value, dict) and value:
        yield f"{pad}{_word(key)}:"
        for name, item in value.items():
            yield from _pair(str(name), item, depth + 1, everything)
    elif isinstance(value, tuple) and any(isinstance(item, Section) for item in value):
        yield f"{pad}{_word(key)}:"
        for item in value:
            yield from _item(item, depth + 1, everything)
    else:
        text = HIDDEN if key in _NEVER else _scalar(value)
        yield f"{pad}{_word(key)}: {text}{note}"


def _item(item: Any, depth: int, everything: bool) -> Iterator[str]:
    """An element of a list: its first line carries the dash."""
    pad = "  " * depth
    if not isinstance(item, Section):
        yield f"{pad}- {_scalar(item)}"
        return
    for at, line in enumerate(_section(item, depth + 1, everything)):
        yield f"{pad}- {line.lstrip()}" if at == 0 else line


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float() if type(value) in (int, float):
            return str(value)
        case dict():
            return (
                "{" + ", ".join(f"{_word(str(name))}: {_scalar(item)}" for name, item in value.items()) + "}"
            )
        case tuple() if type(value) is tuple:
            return "[" + ", ".join(map(_scalar, value)) + "]"
    return _word(_IN_URL.sub(rf"\1:{HIDDEN}@", str(value)))


def _word(text: str) -> str:
    """Quoted where YAML would read something else than this text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN:
        return text
    return json.dumps(text, ensure_ascii=False)

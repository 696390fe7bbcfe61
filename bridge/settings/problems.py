"""A problem with the configuration: where in the document, and what to write instead, in Chinese.

Turns pydantic's findings into such problems. Knows the shape of the sections (to say which key was meant),
not the file: a path is keys and list indices, the adapter knows on which line they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import NoneType
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bridge.settings.sections import Settings

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """Something an administrator must (or, as a warning, should) set right."""

    path: Path
    text: str


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """`，是不是想写 "routes"？`, or the list of what can be written."""
    names = sorted(known)
    close = get_close_matches(wrong, names, n=1, cutoff=0.6)
    if close:
        return f'，是不是想写 "{close[0]}"？'
    return f"，这里可以写：{'、'.join(names)}" if names else ""


def findings(
    error: ValidationError, source: Mapping[Path, str], shape: type[BaseModel] = Settings
) -> list[Problem]:
    """pydantic's findings as problems. `source`: each scalar's text as it stands in the file; shape: what the
    whole document should be."""
    details = error.errors(include_url=False)
    broken = [item["loc"] for item in details]
    return [
        Problem(item["loc"], _say(item, source.get(item["loc"]), shape))
        for item in details
        if not (item["type"] == "too_short" and _has_broken_part(item["loc"], broken))
    ]


def _has_broken_part(loc: Path, broken: list[Path]) -> bool:
    """A list is called too short when its elements are wrong; those are told already."""
    return any(other != loc and other[: len(loc)] == loc for other in broken)


def _say(item: ErrorDetails, source: str | None, shape: type[BaseModel]) -> str:
    key, kind = item["loc"][-1] if item["loc"] else "", item["type"]
    if kind == "extra_forbidden":
        return f'未知的键 "{key}"{did_you_mean(str(key), _keys_at(item["loc"][:-1], shape))}'
    if kind == "missing":
        return f'缺少必填的键 "{key}"'
    if kind == "value_error":
        return str(item["ctx"]["error"])
    if kind == "string_type" and isinstance(item["input"], int | float | bool):
        return f'"{key}" 应是文字，要加引号：写成 "{source or item["input"]}"'
    return f'"{key}" {_expected(kind, item.get("ctx", {}), source)}'


def _expected(kind: str, ctx: dict[str, Any], source: str | None) -> str:
    now = f"，现在是 {source}" if source else ""
    plain = {
        "string_type": "应是文字",
        "int_type": "应是不带引号的整数，如 30",
        "bool_type": "应是不带引号的 true 或 false",
        "path_type": "应是文件路径",
        "model_type": "下面应是缩进的“键: 值”",
        "dict_type": "下面应是缩进的“键: 值”",
        "tuple_type": "应是列表，如 [a, b]，或每行以“- ”开头",
        "too_short": "不能为空",
        "string_too_short": "不能为空",
        "literal_error": f"只能是 {_listed(str(ctx.get('expected', '')))}",
        "greater_than_equal": f"太小，至少 {ctx.get('ge')}",
        "less_than_equal": f"太大，最多 {ctx.get('le')}",
        "string_too_long": f"太长，最多 {ctx.get('max_length')} 个字",
        "string_pattern_mismatch": f"写法不对，应符合 {ctx.get('pattern')}",
    }
    return f"{plain.get(kind, f'写法不对（{kind}）')}{now}"


def _listed(expected: str) -> str:
    """pydantic's "'a', 'b' or 'c'" as Chinese lists it."""
    return expected.replace("'", "").replace(" or ", "、").replace(", ", "、")


def _keys_at(path: Path, shape: Any) -> list[str]:
    """The keys the section at `path` of that shape may have; none if it is no section."""
    for step in path:
        shape = _inside(shape, step)
    if not _is_section(shape):
        return []
    return [field.alias or name for name, field in shape.model_fields.items()]


def _inside(shape: Any, step: str | int) -> Any:
    """The type found one step into `shape`, bare of None and of wrappings."""
    if _is_section(shape):
        fields = {field.alias or name: field.annotation for name, field in shape.model_fields.items()}
        return _bare(fields.get(str(step)))
    choices = [item for item in get_args(shape) if item is not Ellipsis]
    return _bare(choices[-1]) if choices else None


def _bare(shape: Any) -> Any:
    """`Tickets` for `Tickets | None`; `dict[str, Trunk]` and `tuple[TargetRule, ...]` as they are."""
    parts = get_args(shape)
    if NoneType in parts:
        return next(item for item in parts if item is not NoneType)
    return shape


def _is_section(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)

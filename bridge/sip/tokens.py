"""The smallest words of SIP headers (RFC 3261 §25.1): tokens, quoted strings, parameters, lists.

Text and tuples only; what they stand for is said in `uri` and `grammar`, which are made of these.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bridge.errors import MalformedSip

Params = tuple[tuple[str, str | None], ...]
"""Parameters in order: lower-case name, value as written (quotes included) or None when there is no `=`."""

CACHE: Final = 512
"""Values remembered per reader: the calls just being set up. A stranger's longest make some 10 MiB."""

TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]+"  # noqa: S105 - the RFC's word
QUOTED: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
NO_CONTROLS: Final = dict.fromkeys([*range(9), *range(10, 32), 127], " ")
"""For str.translate: control characters, which no header, screen or database wants, become spaces."""

_IS_TOKEN: Final = re.compile(TOKEN)
_PARAM: Final = re.compile(
    rf"[ \t]*;[ \t]*({TOKEN})(?:[ \t]*=[ \t]*({QUOTED}|[^\s;,\"<>\\\x00-\x1f\x7f]+))?", re.S
)
_PIECE: Final = re.compile(rf'{QUOTED}|<[^<>]*>|[^",<]+|[",<]', re.S)
_PAIR: Final = re.compile(r"\\(.)", re.S)


@lru_cache(CACHE)
def is_token(text: str) -> bool:
    """Whether text is a `token` (methods, header names)."""
    return _IS_TOKEN.fullmatch(text) is not None


@lru_cache(CACHE)
def option_tags(value: str) -> frozenset[str]:
    """The option tags in one value of Supported, Require or Unsupported (RFC 3261 §20.37), in lower case."""
    return frozenset(split_commas(value.lower()))


def quote(text: str) -> str:
    """A quoted-string. Line breaks can't be quoted : they and other controls become spaces."""
    return '"' + text.translate(NO_CONTROLS).replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """The text of a quoted-string; text that isn't quoted stays as it is."""
    if not text.startswith('"'):
        return text
    inner = text[1:-1]
    return _PAIR.sub(r"\1", inner) if "\\" in inner else inner


def split_commas(value: str) -> list[str]:
    """The elements of a comma-separated value; commas in quotes or angle brackets don't count. "" has none.

    An element may be "": whether that is an error is for its reader to say.
    """
    if "," not in value:
        value = value.strip(" \t")
        return [value] if value else []
    elements = [""]
    for piece in _PIECE.findall(value):
        if piece == ",":
            elements.append("")
        else:
            elements[-1] += piece
    return [element.strip(" \t") for element in elements]


def read_params(text: str, part: str) -> Params:
    """`;name=value;name` … of a header. Raises MalformedSip(…, part)."""
    found, at, end = [], 0, len(text)
    while at < end:
        match = _PARAM.match(text, at)
        if match is None:
            raise MalformedSip(f"bad parameters in {part}: {text[at : at + 60]!r}", part)
        name, value = match.groups()
        found.append((name.lower(), value))
        at = match.end()
    if len(found) > 1 and len(dict(found)) != len(found):  # §7.3.1: a parameter appears once at most
        raise MalformedSip(f"a parameter of {part} appears twice", part)
    return tuple(found)


def find_param(params: Params, name: str) -> str | None:
    """A parameter's value, "" for one without a value, None for none. `name` in lower case."""
    for key, value in params:
        if key == name:
            return value or ""
    return None


def write_params(params: Params) -> str:
    """`;name=value;name` …"""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params])

"""A small file beside bridge.yaml (calendar, quality form), read from disk with its errors in words."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bridge.adapters.config_yaml import Document, read
from bridge.errors import ConfigError

LARGEST_FILE: Final = 1 << 18
"""Octets: both are a few pages."""


def listed(path: Path, what: str) -> Document:
    """The document at this path; what: how its readers call it. Raises ConfigError: not to be read, too big,
    not UTF-8."""
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ConfigError((f"{path} 超过 {LARGEST_FILE // 1024} KB，这不像是{what}",))
        return read(content.decode("utf-8-sig"), str(path))
    except OSError as wrong:
        raise ConfigError((f"读不了{what} {path}（{wrong.strerror}）；检查路径和权限",)) from None
    except UnicodeDecodeError:
        raise ConfigError((f"{path} 不是 UTF-8 编码；用 UTF-8 另存一次",)) from None

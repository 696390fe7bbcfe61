"""The configuration file: YAML, environment overrides and secrets in, checked Settings out, every problem at
once.

Relative paths count from the folder the file is in, so it means the same wherever the bridge is started from.
`BRIDGE__API__LISTEN=…` overrides `api: {listen: …}`; the value is read as YAML. What sections mean is
`bridge.settings`' knowledge, YAML `config_yaml`'s, the machine `config_world`'s; here they come together.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

from bridge.adapters import config_world
from bridge.adapters.config_calendar import with_holidays
from bridge.adapters.config_sieve import sieve
from bridge.adapters.config_yaml import Document, Path, read
from bridge.adapters.quality_file import with_form
from bridge.errors import ConfigError
from bridge.settings import Settings
from bridge.settings.checks import Declared, problems, warnings
from bridge.settings.problems import Problem

PREFIX: Final = "BRIDGE__"
LARGEST_FILE: Final = 1 << 20
"""Bytes. A thousand agents and routes take a quarter of it."""


@dataclass(frozen=True, slots=True)
class Report:
    """All there is to say about a file. `settings` only without problems; each line reads `file:line:
    text`.
    """

    settings: Settings | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def check(path: FilePath | str, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings, paths absolute, secrets loaded. Raises ConfigError with every problem, a line each."""
    report = inspect(path, environ)
    if report.settings is None:
        raise ConfigError(report.problems)
    return report.settings


def inspect(
    path: FilePath | str, environ: Mapping[str, str] | None = None, *, machine: bool = True
) -> Report:
    """The report on the file at `path`. `environ`: os.environ unless given. Never raises for what is in a
    file.
    """
    variables = os.environ if environ is None else environ
    try:
        document = read(_text(path), str(path))
        overrides = _overrides(document, variables)
    except ConfigError as wrong:
        return Report(None, wrong.problems)
    return _examine(document, overrides, FilePath(path).absolute().parent, variables, machine)


def _examine(
    document: Document,
    overrides: Mapping[Path, str],
    folder: FilePath,
    variables: Mapping[str, str],
    machine: bool,
) -> Report:
    sieved = sieve(document.data, document.texts)
    faults, cautions, settings = list(sieved.findings), list[Problem](), sieved.settings
    if settings is not None:
        dates: list[Problem] = []
        settings = with_holidays(settings, folder, lambda path, text: dates.append(Problem(path, text)))
        settings = with_form(settings, folder, lambda path, text: dates.append(Problem(path, text)))
        world = config_world.look(settings, folder, variables) if machine else config_world.Look(settings, {})
        later = [*problems(settings, _declared(document.data)), *dates, *world.problems]
        faults += [Problem(sieved.original(item.path), item.text) for item in later]
        found = [*warnings(settings), *world.warnings]
        cautions = [Problem(sieved.original(item.path), item.text) for item in found]
        settings = world.settings
    lines = _lines(document, overrides, faults, document.problems)
    return Report(None if lines else settings, lines, _lines(document, overrides, cautions))


def _text(path: FilePath | str) -> str:
    try:
        with FilePath(path).open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ConfigError((f"{path}:1: 文件超过 {LARGEST_FILE // 1024} KB，这不像是配置文件",))
        return content.decode("utf-8-sig")
    except OSError as wrong:
        raise ConfigError(
            (f"{path}:1: 读不了配置文件（{wrong.strerror}）；检查 -c 后面的路径和权限",)
        ) from None
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        raise ConfigError((f"{path}:{line}: 不是 UTF-8 编码；用 UTF-8 另存一次",)) from None


def _overrides(document: Document, variables: Mapping[str, str]) -> dict[Path, str]:
    """Put environment values into the document; which variable set which path."""
    if document.data is None:
        document.data = {}
    if not isinstance(document.data, dict):
        raise ConfigError((f"{document.name}:1: 应是“键: 值”，如 sip:、routes:",))
    # An administrator comments out everything under `trunks:` and leaves the word: that means none.
    empty = [key for key, value in document.data.items() if value is None and key in Settings.model_fields]
    document.data = {key: value for key, value in document.data.items() if key not in empty}
    found: dict[Path, str] = {}
    for name in sorted(name for name in variables if name.startswith(PREFIX)):
        path: Path = tuple(name.removeprefix(PREFIX).lower().split("__"))
        value = read(variables[name], f"环境变量 {name}")
        found[_put(document.data, path, value.data)] = name
    return found


def _put(data: Any, path: Path, value: Any) -> Path:
    """Set `value` at `path`, making sections on the way; a step into a list is its index. Gives the path
    taken.
    """
    at, taken = data, list[str | int]()
    for place, word in enumerate(path):
        last = place == len(path) - 1
        step: str | int = int(word) if isinstance(at, list) and str(word).isdecimal() else word
        inside = isinstance(at, dict) or (isinstance(at, list) and isinstance(step, int) and step < len(at))
        if not inside:
            raise ConfigError((f"环境变量 {PREFIX}{'__'.join(map(str, path)).upper()}: 配置里没有这个位置",))
        taken.append(step)
        if last:
            at[step] = value
        else:
            at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
    return tuple(taken)


def _declared(data: dict[str, Any]) -> Declared:
    names = [data.get(key) for key in ("platforms", "trunks", "agents", "queues")]
    return Declared(*[item.keys() if isinstance(item, dict) else () for item in names])


def _lines(
    document: Document,
    overrides: Mapping[Path, str],
    found: Iterable[Problem],
    more: Iterable[tuple[int, str]] = (),
) -> tuple[str, ...]:
    """Each once, in the file's order; what came from the environment last, under the variable's name."""
    of_file, of_environ = set(more), set[str]()
    for path, text in found:
        origin = next((name for place, name in overrides.items() if path[: len(place)] == place), None)
        if origin is None:
            of_file.add((document.line(path), text))
        else:
            of_environ.add(f"环境变量 {origin}: {text}")
    return (*(f"{document.name}:{line}: {text}" for line, text in sorted(of_file)), *sorted(of_environ))

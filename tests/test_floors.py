"""The house stands: every module has a floor, imports nothing above it, and the lower floors do no I/O."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS: dict[str, int] = {
    "bridge.errors": 0, "bridge.frozen": 0, "asr.errors": 0,
    "bridge.sip": 1, "bridge.media": 1, "asr.words": 1, "asr.samples": 1, "asr.fst": 1,
    "bridge.calls": 2, "bridge.tickets": 2, "bridge.routing": 2, "bridge.scope": 2, "bridge.queues": 2,
    "bridge.handling": 2, "bridge.post": 2, "bridge.access": 2,
    "bridge.analysis": 2,
    "bridge.softphone": 2,
    "bridge.review": 2,
    "asr.session": 2, "asr.evaluate.numbers": 2, "asr.evaluate.cer": 2, "asr.evaluate.line": 2,
    "asr.options": 2, "asr.answers": 2, "asr.gate": 2, "asr.pace": 2, "asr.phrases": 2,
    "bridge.ports": 3, "bridge.clock": 3, "bridge.settings": 3, "asr.ports": 3,
    "bridge.services": 4, "bridge.adapters": 4, "bridge.media.relay": 4, "bridge.recorder": 4,
    "bridge.webrtc": 4,
    "asr.audio": 4, "asr.worker": 4, "asr.listener": 4,
    "asr.vosk_engine": 4, "asr.folder": 4, "asr.offline": 4, "asr.check": 4, "asr.whole": 4,
    "asr.trial": 4, "asr.view": 4, "asr.evaluate": 4,
    "bridge.api": 5, "asr.allocator": 4, "asr.chunk": 4, "asr.server": 5, "asr.health": 5, "asr.inbox": 5,
    "bridge.app": 6,
    "bridge.demo": 7, "bridge.__main__": 7, "asr.__main__": 7, "asr.training": 7,
    "asr.command": 7, "asr.evaluate.command": 7,
}  # fmt: skip
"""The longest name that a module's own name begins with is its floor."""

IMPURE = {
    "asyncio", "socket", "select", "threading", "multiprocessing", "time", "random", "logging", "structlog",
    "pathlib", "subprocess", "os", "secrets", "uuid", "httpx", "websockets", "sqlalchemy", "uvloop",
}  # fmt: skip
"""What floors 0 to 2 may not touch: I/O, clocks, chance."""


def _modules() -> list[Path]:
    return sorted(path for house in ("bridge", "asr") for path in (ROOT / house).rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _floor(name: str) -> int | None:
    fits = [room for room in FLOORS if name == room or name.startswith((f"{room}.", f"{room}_"))]
    return FLOORS[max(fits, key=len)] if fits else None


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in {"bridge", "asr"}


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_module_stands_on_its_floor(path: Path) -> None:
    name = _name(path)
    if name in {"bridge", "asr"}:
        return
    floor = _floor(name)
    assert floor is not None, f"{name} has no floor"
    for target in filter(_ours, _imports(path)):
        below = _floor(target)
        if below is None:
            continue
        assert below <= floor, f"{name} (floor {floor}) imports {target} (floor {below})"
        rooms = {name.split(".")[1], target.split(".")[1]}
        assert rooms != {"services", "adapters"}, f"{name} imports {target} across the work floor"
        if name.startswith("asr"):
            assert not target.startswith("bridge"), f"{name} knows the bridge"
        elif target.startswith("asr"):
            assert target.startswith(("asr.words", "asr.errors")), (
                f"{name} imports {target}: the bridge knows only asr.words"
            )


@pytest.mark.parametrize("path", [p for p in _modules() if (_floor(_name(p)) or 9) <= 2], ids=_name)
def test_low_floors_do_no_io(path: Path) -> None:
    foreign = {name.split(".")[0] for name in _imports(path) if not _ours(name)}
    assert not foreign & IMPURE, f"{_name(path)} touches {foreign & IMPURE}"

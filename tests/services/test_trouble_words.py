"""Every warning of the control process has words for the administrator, and no words are for nothing."""

from __future__ import annotations

import ast
from pathlib import Path

from bridge.services.trouble_words import OTHERWISE, WORDS, advice

BRIDGE = Path(__file__).parents[2] / "bridge"
LOUD = {"warning", "error", "exception", "critical"}
ELSEWHERE = ("media/relay", "recorder/", "demo/", "webrtc/", "app/watch.py", "app/recordings.py")
"""Other processes, which log for themselves."""


def warned(path: Path) -> set[str]:
    """The events a module logs as a warning or worse, as they are written."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        named = isinstance(node.func.value, ast.Name) and node.func.value.id.lower().strip("_") == "log"
        first = node.args[0]
        if named and node.func.attr in LOUD and isinstance(first, ast.Constant):
            found.add(str(first.value))
    return found


def test_every_warning_says_what_to_do() -> None:
    missing = {
        f"{path.relative_to(BRIDGE)}: {event}"
        for path in BRIDGE.rglob("*.py")
        if not str(path.relative_to(BRIDGE)).startswith(ELSEWHERE)
        for event in warned(path)
        if event not in WORDS
    }
    assert sorted(missing) == []


def test_a_kind_without_words_is_shown_by_its_name() -> None:
    assert advice("never heard of") == ("never heard of", OTHERWISE)


def test_a_counters_label_is_told_beside_its_words() -> None:
    assert advice("asr_trouble:OSError")[0] == "转写服务连不上：OSError"
    assert advice("sip_refused:bad-credentials") == WORDS["sip_refused:bad-credentials"]
    assert advice("sip_refused:too-many-hops")[0].endswith("too-many-hops")

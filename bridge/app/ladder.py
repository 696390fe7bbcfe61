"""`bridge ladder`: asks a running bridge for a call's messages, and prints them."""

from __future__ import annotations

import json
from typing import Any, Final

from bridge.app.asking import ask
from bridge.sip.ladder import Column, Row, draw

PATIENCE: Final = 10.0
"""Seconds; the answer is made from memory at once."""


def fetch(url: str, call_id: str, token: str, *, numbers: bool) -> dict[str, Any]:
    """The ladder of one call. Raises AdministratorError saying what to do."""
    found: dict[str, Any] = ask(
        url,
        f"/api/v1/calls/{call_id}/ladder",
        token,
        {"numbers": str(numbers).lower()},
        patience=PATIENCE,
        right="有 admin 权限的",
        missing=f"没有通话 {call_id} 的信令记录：编号不对，或者已经结束很久",
    ).json()
    return found


def as_text(found: dict[str, Any]) -> str:
    """What `fetch` gave, as a ladder."""
    columns = [Column(column["name"], column["address"]) for column in found["columns"]]
    ladder = [
        Row(row["at"], row["from"], row["to"], row["what"], tuple(row["notes"]), row["again"])
        for row in found["rows"]
    ]
    lost = f"（另有 {found['left_out']} 条太多，没有留下）\n" if found["left_out"] else ""
    head = f"通话 {found['call']}，{len(ladder)} 条信令，{found['ago']:.0f} 秒前开始"
    return f"{head}\n{draw(columns, ladder)}{lost}"


def as_json(found: dict[str, Any]) -> str:
    """The same for programs."""
    return json.dumps(found, ensure_ascii=False, indent=1)

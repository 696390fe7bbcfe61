"""`bridge ladder`: asks a running bridge for a call's messages, and prints them."""

from __future__ import annotations

import json
from typing import Any, Final

import httpx

from bridge.errors import AdministratorError
from bridge.sip.ladder import Column, Row, draw

PATIENCE: Final = 10.0
"""Seconds; the answer is made from memory at once."""


def fetch(url: str, call_id: str, token: str, *, numbers: bool) -> dict[str, Any]:
    """The ladder of one call. Raises AdministratorError saying what to do."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    where = f"{url.rstrip('/')}/api/v1/calls/{call_id}/ladder"
    try:
        answer = httpx.get(where, params={"numbers": str(numbers).lower()}, headers=headers, timeout=PATIENCE)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AdministratorError(
            f"{url} 连不上（{type(error).__name__}）：检查 --url，bridge serve 在运行吗"
        ) from error
    if answer.status_code in {401, 403}:
        raise AdministratorError("没有权限：把有 admin 权限的令牌放进环境变量 BRIDGE_TOKEN，或用 --token")
    if answer.status_code == 404:
        raise AdministratorError(f"没有通话 {call_id} 的信令记录：编号不对，或者已经结束很久")
    if answer.status_code != 200:
        raise AdministratorError(f"{url} 回答了 {answer.status_code}：这里是 bridge 的接口吗")
    found: dict[str, Any] = answer.json()
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

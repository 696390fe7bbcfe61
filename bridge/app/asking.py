"""A question of an administrator's command to a running bridge: the answer, or what to do about it."""

from __future__ import annotations

import httpx

from bridge.errors import AdministratorError

_STRANGER = "这里是 bridge 的接口吗"


def ask(
    url: str,
    path: str,
    token: str,
    params: dict[str, str],
    *,
    patience: float,
    right: str,
    missing: str,
    method: str = "GET",
    also: int = 200,
) -> httpx.Response:
    """The 200 (or `also`) to a GET (or `method`) of `path` below `url`. patience: seconds; right: what the
    token must be allowed to; missing: what a 404 means. Raises AdministratorError saying what to do."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.request(
            method, f"{url.rstrip('/')}{path}", params=params, headers=headers, timeout=patience
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AdministratorError(
            f"{url} 连不上（{type(error).__name__}）：检查 --url，bridge serve 在运行吗"
        ) from error
    if answer.status_code in {401, 403}:
        raise AdministratorError(f"没有权限：把{right}令牌放进环境变量 BRIDGE_TOKEN，或用 --token")
    if answer.status_code == 404:
        raise AdministratorError(missing)
    if answer.status_code not in {200, also}:
        raise AdministratorError(f"{url} 回答了 {answer.status_code}：{_said(answer)}")
    return answer


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("detail", ""))[:200] or _STRANGER
    except (ValueError, AttributeError):
        return _STRANGER

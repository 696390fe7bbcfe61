"""Every refusal as RFC 9457 says it: application/problem+json with our stable id, a Chinese title, and what
to do.

Knows the error tree and the words for it; knows no route. An id without words here falls back to its
nearest ancestor's, and never shows a message that was written for a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import JSONResponse

from bridge.errors import (
    AgentError,
    BadDeed,
    BadRequest,
    BadSignature,
    BridgeError,
    DeedNotNow,
    LoginRefused,
    NoSuchTicket,
    NotTheirDeed,
    TooManyTries,
    VersionMoved,
)

MEDIA_TYPE: Final = "application/problem+json"

WORDS: Final[dict[str, tuple[str, str]]] = {
    "bad-credentials": ("需要令牌", "请求头写 Authorization: Bearer 令牌；令牌向管理员领取"),
    "wrong-password": ("名字或密码不对", "核对名字和密码；忘了的，请管理员用 bridge user passwd 重设"),
    "too-many-tries": ("试得太多了", "等一会儿再试；忘了密码的，请管理员用 bridge user passwd 重设"),
    "must-change-password": (
        "要先改密码",
        "这是别人设的密码：登录后先换成自己的，PUT /api/v1/session/password",
    ),
    "weak-password": ("密码太容易猜", "至少 10 个字，不含登录名；几个不相干的词连起来最好记"),
    "login-refused": ("统一登录没有成功", "重新登录；还不行，请把时间告诉管理员"),
    "not-audited": ("现在不能看", "查看记录写不进数据库，所以没有给出内容；通话不受影响，请通知管理员"),
    "not-allowed": (
        "没有权限",
        "请管理员给用户换角色（bridge user role），或给令牌加上所需的权限（may）",
    ),
    "foreign-page": ("来源不符", "请直接打开本系统的网页；前面有反向代理时，让它原样转发 Host"),
    "bad-request": ("请求格式不对", "按接口说明 /openapi.json 改请求内容"),
    "too-many-notes": ("标记和评论太多了", "先撤回不要的"),
    "no-idempotency-key": (
        "缺少 Idempotency-Key",
        "每次按键生成一个新的随机值（如 UUID）放在请求头 Idempotency-Key，重试时用原来的值",
    ),
    "idempotency-key-reused": ("Idempotency-Key 已用于另一个请求", "新的请求要用新的 Idempotency-Key"),
    "idempotency-key-busy": ("同一请求正在处理", "稍等片刻，用原来的 Idempotency-Key 再试"),
    "body-too-big": ("请求内容太大", "写短一些再试：一次最多 16 KB，约五千个汉字（评分表 128 KB）"),
    "no-such-thing": ("没有这个地址", "核对地址和方法；接口说明在 /openapi.json"),
    "unknown-number": ("这个号码没有路由", "核对号码；可用的一键转接见 /api/v1/keys"),
    "no-such-call": ("没有这通电话", "电话可能已经结束；正在进行的见 /api/v1/calls"),
    "no-such-agent": ("没有这个话务员", "核对分机号；排队的话务员见 /api/v1/queues"),
    "no-phone": ("没有网页电话", "请管理员给用户写上分机号，并在配置里给这个分机写 browser: true"),
    "phone-elsewhere": ("电话在另一个网页里", "在那个网页里接打，或者按“移到这里”"),
    "too-many-messages": ("消息太多", "网页出了错：刷新页面；通话不受影响"),
    "no-such-trunk": ("没有这条中继", "核对名字；现在用的中继见 /api/v1/admin/trunks"),
    "no-such-session": ("没有这个登录", "可能已经退出；现在的见 /api/v1/admin/users"),
    "config-refused": (
        "配置没有载入",
        "按 errors 里每一行改好文件再载入；系统照原来的运行，通话不受影响",
    ),
    "no-such-letter": ("没有这封信", "核对编号；没送到的信见 /api/v1/outbox"),
    "letter-not-dead": ("这封信不用重发", "死信见 /api/v1/outbox?state=parked 和 state=expired"),
    "no-such-task": ("没有这个回拨任务", "可能别人已经办完；没办完的见 /api/v1/callbacks"),
    "no-such-ticket": ("没有这张工单", "核对编号；工单要与你的平台有关"),
    "deed-not-now": ("工单现在不能这样办", "看 allowed 里现在可以做的；先取最新的办理情况"),
    "not-their-deed": ("不该这个平台做", "看工单的 holder（该谁办）和 path（经过谁）"),
    "bad-deed": ("缺少必要的内容", "按 detail 补上再做"),
    "version-moved": ("工单已有更新的版本", "取最新的一版，看过再决定；ETag 就是版本"),
    "bad-signature": (
        "签名不能接受",
        "核对密钥、时钟（相差 5 分钟以内）和签名的原文；各算法见 docs/tickets.md",
    ),
    "wrong-moment": ("现在不能这样做", "看通话当前状态（/api/v1/calls/{id}），条件满足后再按"),
    "not-in-call": ("您不在这通电话里", "只能管自己的话路：用户要有分机（bridge user），并且正在这通电话里"),
    "no-extension": ("没有话机可以振铃", "请管理员给您的用户配上分机；用令牌的，在请求里写 extension"),
    "already-supervised": ("已经在监听", "先退出正在听的那一通（DELETE …/monitor/{leg}），或等别的班长退出"),
    "supervisor-unreachable": ("班长的话机没有接通", "通话不受影响；看看话机是不是注册着、空闲着，再试一次"),
    "no-such-supervisor": ("这路监听已经结束", "要再听就重新开始：POST /api/v1/calls/{id}/monitor"),
    "overload": ("系统已满", "进行中的通话不受影响；请稍后再试，并通知管理员"),
    "peer-error": ("请求不能接受", "按接口说明 /openapi.json 改请求"),
    "agent-error": ("操作没有成功", "通话保持原样；看通话状态后再试"),
    "bridge-error": ("系统内部出错", "通话不受影响；请把时间和操作告诉管理员"),
}
"""id -> (title, what to do). Read by people at the other platform and by agents."""

_SPOKEN: Final = (
    AgentError,
    BadRequest,
    BadDeed,
    DeedNotNow,
    LoginRefused,
    NoSuchTicket,
    NotTheirDeed,
    VersionMoved,
)
"""Errors whose own text is written for their reader."""


SIGNATURES: Final[dict[str, str]] = {
    "missing-header": "缺少 webhook-id、webhook-timestamp 或 webhook-signature 请求头",
    "bad-id": "webhook-id 最长 128 个字符，只能有字母、数字和 -_:@+/=~",
    "bad-timestamp": "webhook-timestamp 应是 Unix 秒（十位数字）",
    "stale": "webhook-timestamp 是 5 分钟以前的：每次发送用当时的时间重新签；核对时钟",
    "future": "webhook-timestamp 比我们的时钟晚 5 分钟以上：核对时钟",
    "bad-signature": "webhook-signature 太长",
    "not-base64": "webhook-signature 逗号后面不是 Base64",
    "unknown-version": "没有一个签名是约定的算法（v1 或 v1sm3）",
    "no-key": "约定的密钥现在都不在有效期内：请联系我们的管理员换密钥",
    "wrong-signature": "签名对不上：核对密钥（比指纹），被签的是 id.timestamp.原始正文，不要重新序列化",
}
"""BadSignature's `why` -> what the sender's developers are told."""


def problem(error: BridgeError, faults: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The body. faults: where a request is wrong and how, without what was written there."""
    title, advice = _words(type(error))
    spoken = isinstance(error, _SPOKEN) and str(error)
    body: dict[str, Any] = {
        "type": f"urn:bridge:problem:{error.id}",
        "title": title,
        "status": error.http_status,
        "detail": str(error) if spoken else advice,
        "id": error.id,
        "fault": error.fault,
        "advice": advice,
    }
    if isinstance(error, DeedNotNow):
        body |= {"state": error.state, "allowed": list(error.allowed)}
    if isinstance(error, BadSignature):
        body = {**body, "why": error.why, "detail": SIGNATURES.get(error.why, advice)}
    return {**body, "errors": list(faults)} if faults else body


def answer(error: BridgeError, faults: Sequence[dict[str, str]] = ()) -> JSONResponse:
    """The whole response, with the headers its status asks for (RFC 9110 §11.6.1, §10.2.3)."""
    headers = dict(_HEADERS.get(error.http_status, ()))
    if error.id == "idempotency-key-busy":
        headers["Retry-After"] = "1"
    if isinstance(error, TooManyTries):
        headers["Retry-After"] = str(error.retry_after)
    return JSONResponse(problem(error, faults), error.http_status, headers, MEDIA_TYPE)


_HEADERS: Final = {401: (("WWW-Authenticate", 'Bearer realm="bridge"'),), 503: (("Retry-After", "5"),)}


def _words(kind: type[BridgeError]) -> tuple[str, str]:
    ids = (ancestor.id for ancestor in kind.__mro__ if issubclass(ancestor, BridgeError))
    return next(WORDS[id] for id in ids if id in WORDS)

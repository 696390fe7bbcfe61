"""The record of who read and changed what: one entry a deed, each covering the one before by its hash. Pure.

There is nothing personal in it but the names of users: what was read is named by its id. The chain is that of
transcripts (tickets.evidence): nobody can change, leave out or put in an entry without every later one
telling.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bridge.tickets.evidence import NOTHING, digest

WHAT: Final[dict[str, str]] = {
    "live.opened": "打开实时字幕",
    "call.read": "看一通电话（含转写）",
    "transcript.read": "看、导出转写存档",
    "transcript.corrected": "更正转写",
    "ticket.read": "看工单（含转写）",
    "ticket.opened": "开工单（接口）",
    "ticket.handled": "办理工单（签收、退回、反馈……）",
    "analysis.disputes": "看联席会议清单",
    "analysis.report": "看联席会议月报",
    "letter.replayed": "重新投递",
    "searched": "检索工单和转写",
    "caller.read": "看来电人以前的电话和工单",
    "element.corrected": "更正五要素",
    "category.chosen": "选定事项类别",
    "recording.heard": "听录音",
    "review.read": "看一通电话的质检",
    "review.exported": "导出一通电话的质检",
    "review.scored": "质检评分",
    "review.noted": "质检标记、评论、撤回",
    "scores.read": "看、导出评分列表",
    "recording.steered": "管录音",
    "monitor.asked": "要监听一通电话（先记录，再振铃）",
    "monitor.began": "开始监听（班长的话机接起）",
    "monitor.turned": "换监听方式（旁听、耳语、强插）",
    "monitor.ended": "监听结束（方式、原因、听了多久）",
    "ladder.read": "看信令图",
    "harassment.marked": "标记骚扰号码",
    "harassment.unmarked": "取消骚扰标记",
    "audit.read": "看操作记录",
    "phone.opened": "网页电话登录",
    "phone.taken": "把网页电话移到另一个网页",
    "session.opened": "登录",
    "session.refused": "登录失败",
    "session.closed": "退出",
    "password.changed": "改自己的密码",
    "user.added": "加用户",
    "user.changed": "改用户",
    "users.read": "看用户名单",
    "session.ended": "结束别人的登录",
    "config.read": "看运行的配置",
    "config.reloaded": "重新载入配置",
    "trunk.probed": "测试中继",
    "token.made": "发令牌",
    "token.revoked": "收回令牌",
}
"""Every deed that is put on record, and how people read it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """who: login or token's name ("" for nobody known); role "" for a token; target: the id of what it was
    about; address: where from; detail: how (a format, a role), never what was said. at: aware."""

    at: datetime
    who: str
    role: str
    platform: str
    what: str
    target: str = ""
    address: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain has come: entries in it, and the hash of the last one."""

    seq: int = 0
    hash: str = NOTHING


def link(head: Head, deed: Deed) -> tuple[Head, dict[str, Any]]:
    """The chain with one entry more, and that entry."""
    entry = {"seq": head.seq + 1, "previous": head.hash, **plain(deed)}
    return Head(head.seq + 1, digest(entry)), entry


def plain(deed: Deed) -> dict[str, Any]:
    """As it is hashed and shown; its time in UTC to the microsecond, so that there is one way to write it."""
    return {**asdict(deed), "at": deed.at.astimezone(UTC).isoformat(timespec="microseconds")}

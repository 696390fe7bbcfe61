"""Why tickets come back: the words of a return (退回) sorted into few classes, so that they can be counted.

Pure. The first class one of whose words is said; what nobody foresaw is "other". A class's id is for good.
"""

from __future__ import annotations

from typing import Final

OTHER: Final = "other"
REASONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "duplicate": ("重复", ("重复", "已有工单", "已有警单", "已受理过", "同一诉求", "并案", "合并")),
    "done": ("已经办过", ("已办结", "已经办", "已处理", "已经处理", "已解决", "处置完毕")),
    "unreachable": (
        "联系不上",
        ("联系不上", "无法联系", "无人接听", "打不通", "空号", "停机", "关机", "号码有误", "号码错误"),
    ),
    "place": ("地点不清", ("地址不", "地点不", "位置不", "找不到地", "找不到位置", "地址有误", "地址错误")),
    "incomplete": (
        "要素不全",
        ("不全", "不完整", "缺少", "不明确", "不清楚", "不详", "描述不清", "补充", "核实后", "信息有误"),
    ),
    "area": ("不在辖区", ("辖区", "非本区", "非本县", "不属本地", "外地", "属地")),
    "scope": (
        "不在受理范围",
        ("范围", "职责", "职权", "管辖", "不属于", "不归", "非本单位", "非警务", "无权", "权限"),
    ),
    "withdrawn": ("诉求人撤销", ("撤销", "撤诉", "不再要求", "放弃", "诉求人要求取消", "本人取消")),
}  # fmt: skip
"""id -> its name, and the words it is known by; the order decides."""

NAMES: Final[dict[str, str]] = {**{id: name for id, (name, _) in REASONS.items()}, OTHER: "其他"}


def reason_class(words: str) -> str:
    """The class of what was written; `other` where no word is known."""
    return next((id for id, (_, known) in REASONS.items() if any(word in words for word in known)), OTHER)

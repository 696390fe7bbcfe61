"""事发地: the place a caller names, built from its parts: county, town, road, number, compound, building,
门口.

Pure rules. Speech has no punctuation, so where a road's name begins must be told from what can't be part of
it: words that no name contains are blotted out, the rest is read as chains of parts, the most definite
chain wins. Street names need no list; counties do, because they are said without 县 or 区 too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.tickets.spoken import PAUSE

COUNTIES: Final = (
    "东昌府区", "东昌府", "茌平区", "茌平", "临清市", "临清", "阳谷县", "阳谷", "莘县", "东阿县", "东阿",
    "冠县", "高唐县", "高唐", "江北水城旅游度假区", "旅游度假区", "度假区", "高新技术产业开发区", "高新区",
    "经济技术开发区", "经济开发区", "经开区", "开发区",
)  # fmt: skip
"""Liaocheng's counties, districts and development zones, longest first where one begins another."""

MAX_PLACE: Final = 60
"""Characters: a place that needs more is a story, and stands in 诉求内容."""

_NUMBER: Final = r"[零〇一二两三四五六七八九十百千幺0-9]{1,6}"
_NAME: Final = r"[\u4e00-\u9fffA-Za-z0-9]"
_GLUE: Final = f"[的{PAUSE}]?"

# No place is called that: single characters, and whole words that would be read into the name after them.
_NEVER: Final = "我你您他她它们的了着在有吗呢吧啊呀嘛这那哪请谁把被让给就也很没怎要是从说个去往到喂"
_CUT_WORDS: Final = (
    "举报|反映|投诉|咨询|报警|报案|位于|住址|地址|家住|居住|来到|走到|开到|路过|"
    "经过|赶到|发生|发现|看到|看见|听到|出现|今天|昨天|前天|刚才|刚刚|现在|今早|"
    "昨晚|凌晨|早上|上午|中午|下午|傍晚|晚上|半夜|快点|派人|派警|两个|几个|一个|"
    "一群|一帮|有人|因为|所以|但是|然后|可能|应该|已经|一直|正在|打架|着火|起火|"
    "漏水|停水|停电|停气|热线|电话|人员|你好|您好|老是|经常|每天|天天|靠近|掉进|"
    "跳进|跳下|掉下|落入|撞|希望|我家|我们|他们|还有|什么|不"
)
# Times of day and spans end before a place: 十一点多湖南路, 半小时前冠县.
_TIME: Final = (
    rf"{_NUMBER}点(?:多|半|钟|左右)*|(?:半|{_NUMBER})?个?半?(?:小时|钟头|分钟)前?|{_NUMBER}天前"
    "|住(?!宅|房|建)"
)
_CUT: Final = re.compile(f"{_TIME}|{_CUT_WORDS}|[{_NEVER}]")

_ROAD_END: Final = "(?:大街|大道|环路|路|街(?!道)|巷|胡同|国道|省道|高速)(?!口|灯|面|障|过|费|由)"
_ROAD: Final = rf"{_NAME}{{1,6}}?{_ROAD_END}(?:[东西南北中]段)?"
_PLACE_END: Final = (
    "(?:"
    "小区|花园|家园|花苑|嘉园|新村|新城|公寓|社区|广场|学校|小学|中学|一中|二中|"
    "三中|大学|学院|幼儿园|医院|诊所|卫生院|超市|市场|商场|商城|购物中心|大厦|"
    "写字楼|酒店|宾馆|饭店|饭馆|旅馆|网吧|歌厅|酒吧|银行|公园|景区|湖|"
    "(?<![银先])河|水库|桥|车站|火车站|高铁站|加油站|收费站|服务区|工地|厂|"
    "公司|大院|家属院|派出所|办事处|村委会|(?<![农全本同各某外])村|庄|屯|"
    "(?<![经阵运国私民公])营(?!业)|寨|"
    "(?<!号)楼(?=附近|门口|旁边|对面)"
    ")"
)
_SIDE: Final = (
    "(?:"
    "交叉口|交汇处|十字路口|丁字路口|路口|大门口|门口|院内|院里|楼下|楼上|楼顶|"
    "地下室|地下车库|停车场|出口|入口|里面|对面|对过|旁边|附近|东侧|西侧|南侧|北侧|"
    "东门|西门|南门|北门|路东|路西|路南|路北|东头|西头|南头|北头|岸边|边上|上|下(?!水)|"
    "边|里|内"
    ")"
)
_BUILDING: Final = rf"(?:[A-Za-z]|{_NUMBER})(?:号楼|栋|幢|座|单元|层|楼|室)"

_CHAIN: Final = re.compile(
    "(?P<city>聊城市|聊城)?"
    f"{_GLUE}(?P<county>{'|'.join(COUNTIES)})?"
    rf"{_GLUE}(?P<town>{_NAME}{{1,4}}?(?:街道办事处|街道办|街道|镇(?![镇路街])|乡(?![镇路街])))?"
    f"{_GLUE}(?P<road>{_ROAD}(?:[和与跟同]{_ROAD})?)?"
    rf"{_GLUE}(?P<number>{_NUMBER}号(?:院|大院)?(?![楼线码]))?"
    f"{_GLUE}(?P<place>{_NAME}{{0,9}}?{_PLACE_END}(?:{_NAME}{{0,2}}?{_PLACE_END})*)?"
    rf"(?P<building>(?:{_GLUE}{_BUILDING})+(?:{_NUMBER}室?)?)?"
    f"(?P<side>(?:{_GLUE}{_SIDE})+)?"
)
_WEIGHTS: Final = {
    "city": 1,
    "county": 3,
    "town": 3,
    "road": 4,
    "number": 3,
    "place": 4,
    "building": 2,
    "side": 1,
}
_AREA: Final = frozenset({"city", "county"})
# Alone, a number is a date and a side is anywhere.
_ANCHORS: Final = frozenset({"city", "county", "town", "road", "place"})
_ANCHOR: Final = re.compile(f"{_PLACE_END}|[路街巷镇乡]|胡同|大道|国道|省道|高速|聊城|{'|'.join(COUNTIES)}")

# 聊城 or 公司 by itself tells nobody where to go.
_MIN_WEIGHT: Final = 2
# A bare word (小区, 工地) tells little; these read like a road and are none.
_BARE: Final = re.compile(f"(?:{_PLACE_END})+")
_NO_ROAD: Final = re.compile(
    r".*(?:走|一|半|马|道|公|铁|出|大|逛|上|思|电|线|迷|问|带|引|拦|堵|顺|修|套|网|气|水|门|销|后|老|小|条|十字|丁字|三岔)(?:路|街|巷)"
)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Adjoining parts: their words, how much they tell, which kinds are among them."""

    words: str
    weight: int
    kinds: frozenset[str]


@lru_cache(maxsize=256)
def place_in(text: str) -> str:
    """The most definite place in a normal text, "" if none; a county said elsewhere is put before it."""
    chains = [chain for match in _CHAIN.finditer(_blotted(text)) if (chain := _chain(match))]
    if not chains:
        return ""
    best = max(chains, key=lambda chain: chain.weight)
    county = next((chain.words for chain in chains if chain.kinds <= _AREA), "")
    return (best.words if best.kinds & _AREA else county + best.words)[:MAX_PLACE]


def _blotted(text: str) -> str:
    """What can't be part of a place made unreadable, offsets kept; stretches without any place word too."""
    cut = _CUT.sub(lambda match: match.group() if _glues(match) else "|" * len(match.group()), text)
    return "|".join(stretch for stretch in cut.split("|") if _ANCHOR.search(stretch))


def _glues(match: re.Match[str]) -> bool:
    """The 的 of 柳园路的路口 or 新村的三号楼 joins, any other cuts."""
    return match.group() == "的" and bool(_AFTER_DE.match(match.string, match.end()))


_AFTER_DE: Final = re.compile(rf"{_SIDE}|{_NUMBER}(?:号|栋|单元)")


def _chain(match: re.Match[str]) -> _Chain | None:
    parts = {kind: words for kind, words in match.groupdict().items() if words and _real(kind, words)}
    if not parts.keys() & _ANCHORS:
        return None
    weight = sum(_worth(kind, said) for kind, said in parts.items())
    if weight < _MIN_WEIGHT:
        return None
    words = match.group().strip(f"的{PAUSE}").replace(PAUSE, "")
    return _Chain(words, weight, frozenset(parts))


def _real(kind: str, words: str) -> bool:
    return kind != "road" or not _NO_ROAD.fullmatch(words)


def _worth(kind: str, words: str) -> int:
    return 1 if kind == "place" and _BARE.fullmatch(words) else _WEIGHTS[kind]

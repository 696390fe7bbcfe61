"""The words an address is made of, as one expression: county, town, road, number, compound, building, side.

Pure tables. Speech has no punctuation, so where a road's name begins must be told from what can't be part of
it: words that no name contains are blotted out. Names a gazetteer knows stand in the text as marks
(place_marks.py)."""

from __future__ import annotations

import re
from typing import Final

from bridge.tickets.spoken import PAUSE

COUNTIES: Final = {
    "东昌府区": "东昌府区", "东昌府": "东昌府区", "茌平区": "茌平区", "茌平县": "茌平区", "茌平": "茌平区",
    "临清市": "临清市", "临清": "临清市", "阳谷县": "阳谷县", "阳谷": "阳谷县", "莘县": "莘县",
    "东阿县": "东阿县", "东阿": "东阿县", "冠县": "冠县", "高唐县": "高唐县", "高唐": "高唐县",
    "江北水城旅游度假区": "聊城江北水城旅游度假区", "旅游度假区": "聊城江北水城旅游度假区",
    "度假区": "聊城江北水城旅游度假区", "高新技术产业开发区": "聊城高新技术产业开发区",
    "高新区": "聊城高新技术产业开发区", "经济技术开发区": "聊城经济技术开发区",
    "经济开发区": "聊城经济技术开发区", "经开区": "聊城经济技术开发区", "开发区": "聊城经济技术开发区",
}  # fmt: skip
"""Liaocheng's counties, districts and development zones as they are said -> official, longest first where one
begins another. Known without any gazetteer: they are said without 县 or 区 too."""

COUNTY, TOWN, ROAD, KNOWN, REST = "\ue001", "\ue002", "\ue003", "\ue004", "\ue000"
"""What stands for a name the gazetteer knows: its kind's mark for the first character, REST for the
others."""

MARKS: Final = f"{COUNTY}{TOWN}{ROAD}{KNOWN}{REST}"

NUMBER: Final = r"[零〇一二两三四五六七八九十百千幺0-9]{1,6}"
_NAME: Final = r"[\u4e00-\u9fffA-Za-z0-9]"
_GLUE: Final = f"(?:的|{PAUSE}|[那这]个)?"

# No place is called that: single characters, and whole words that would be read into the name after them.
_NEVER: Final = (
    "我你您他她它们的了着在有吗呢啊呀嘛这那哪请谁把被让给就也很没怎要是从说个去到喂嗯呃哎想叫只都又还再"
)
_CUT_WORDS: Final = (
    "举报|反映|投诉|咨询|报警|报案|位于|住址|地址|家住|居住|来到|走到|开到|路过|"
    "经过|赶到|发生|发现|看到|看见|听到|出现|今天|昨天|前天|刚才|刚刚|现在|今早|"
    "昨晚|凌晨|早上|上午|中午|下午|傍晚|晚上|半夜|快点|派人|派警|两个|几个|一个|"
    "一群|一帮|有人|因为|所以|但是|然后|可能|应该|已经|一直|正在|打架|着火|起火|"
    "漏水|停水|停电|停气|热线|电话|人员|你好|您好|老是|经常|每天|天天|靠近|掉进|"
    "跳进|跳下|掉下|落入|撞|希望|我家|我们|他们|还有|什么|不|俺|咱|家里|住在|骑车|骑着|开车|开着|沿着|"
    "具体|位置|大概|好像|其实|后来|当时|最近|那个|这个|就是|对了|晚点|以前|之前|过来|回家|下班|上班|买菜|路过|"
    "上学|吃饭|吃出|买的|买了|村里|女士|先生|师傅|同志|麻烦|帮忙|问一下|告诉|知道|认识|拐弯|右拐|左拐"
)
# Times of day and spans end before a place: 十一点多湖南路, 半小时前冠县.
_TIME: Final = (
    rf"{NUMBER}点(?:多|半|钟|左右|{NUMBER}分?)*|(?:半|{NUMBER})?个?半?(?:小时|钟头|分钟)前?|{NUMBER}天前"
    "|住(?!宅|房|建|院)"
)
CUT: Final = re.compile(f"{_TIME}|{_CUT_WORDS}|[{_NEVER}]|(?<![网酒])吧|往(?![东西南北])")

ROAD_END: Final = (
    "(?:大街|大道|环路|路|街(?!道)|巷|胡同|国道|省道|高速)(?!口|灯|面|障|过|费|由|边摊|程|政|人|线|途)"
)
_ROAD: Final = rf"(?:{ROAD}{REST}*|{_NAME}{{1,6}}?{ROAD_END})(?:[东西南北中]段)?"
PLACE_END: Final = (
    "(?:(?:"
    "小区|花园|家园|花苑|嘉园|新村|新城|公寓|社区|广场|学校|小学|中学|一中|二中|"
    "三中|住院部|门诊楼?|急诊科?|政府|大学|学院|幼儿园|医院|诊所|卫生院|超市|市场|商场|商城|购物中心|大厦|商厦|"
    "写字楼|酒店|宾馆|饭店|饭馆|旅馆|网吧|歌厅|酒吧|银行|公园|景区|湖|"
    "(?<![银先])河|水库|桥(?![头塌断垮面])|车站|火车站|高铁站|汽车站|加油站|收费站|服务区|工地|(?<![工])厂(?!家|房|里)|"
    "公司|大院|家属院|宿舍|派出所|办事处|村委会|(?<![万全农本同各某外])村|庄|屯|药店|市政府|法院|体育馆|图书馆|"
    "(?<![经阵运国私民公])营(?!业)|寨|物流园|工业园|产业园|停车场|公交站牌?|站牌|步行街|商业街|美食街|夜市|大厅|服务中心|便利店|烧烤店|理发店|商店|菜市场|"
    "(?<!号)楼(?=附近|门口|旁边|对面|那|下)"
    ")(?!路(?!口|边)|街|大道))"
)
SIDE: Final = (
    "(?:"
    "交叉口|交汇处|十字路口|丁字路口|路口|大门口|门口|院内|院里|楼下|楼上(?=，)|楼顶|"
    "地下室|地下车库|停车场|出站口|进站口|候车室|检票口|出口|入口|里面|前面|后面|后边|隔壁|对面|对过|斜对面|旁边|附近|东侧|西侧|南侧|北侧|"
    "东门|西门|南门|北门|正门|后门|路东|路西|路南|路北|东头|西头|南头|北头|村头|村口|桥头|街头|岸边|边上|"
    f"(?:往|向)?[东西南北](?:边|侧|面)?(?:{NUMBER}米)|[东西南北]边|东南角|西南角|东北角|西北角|上|下(?!水|雨|雪|午|班|个|去|来)|"
    "边(?!上班)|里(?!面)|内"
    ")"
)
BUILDING: Final = rf"(?:[A-Za-z]|{NUMBER})(?:号楼(?!上)|栋|幢|座|单元|层|楼(?!上|下|梯|道|顶|的人)|室|户)"
_ROOM: Final = rf"{NUMBER}室?"

_COUNTIES: Final = "|".join(COUNTIES)
_NO_COUNTY: Final = "(?!路|街|大道|小区|花园|大桥|车站)"
CHAIN: Final = re.compile(
    "(?P<city>聊城市|聊城(?!大学|[一二三]中|火车站|汽车|站))?"
    f"{_GLUE}(?P<county>{COUNTY}{REST}*|(?:{_COUNTIES}){_NO_COUNTY})?"
    rf"{_GLUE}(?P<town>{TOWN}{REST}*(?:办事处)?"
    rf"|{_NAME}{{1,4}}?(?:街道办事处|街道办|街道|镇(?![镇路街上])|乡(?![镇路街下])))?"
    f"{_GLUE}(?P<road>{_ROAD}(?:[和与跟同]{_ROAD}|{_ROAD}(?=的?(?:路口|交叉|交汇|十字|丁字)))?)?"
    rf"{_GLUE}(?P<number>{NUMBER}号(?:院|大院)?(?!楼(?!上)|[线码]))?"
    f"{_GLUE}(?P<place>(?:{KNOWN}{REST}*站?{PLACE_END}?(?:{_NAME}{{0,2}}?{PLACE_END})*"
    f"|{_NAME}{{0,9}}?{PLACE_END}(?:{_NAME}{{0,2}}?{PLACE_END})*){_GLUE}(?:{KNOWN}{REST}*)?)?"
    rf"(?P<building>(?:{_GLUE}{BUILDING})+(?:{_ROOM})?)?"
    f"(?P<side>(?:{_GLUE}{SIDE})+)?"
    f"(?P<beyond>(?<=面|边|近|壁|过)的?{_NAME}{{0,4}}?{PLACE_END})?"
)
PARTS: Final = ("city", "county", "town", "road", "number", "place", "building", "side", "beyond")
WEIGHTS: Final = {
    "city": 1, "county": 3, "town": 3, "road": 4, "number": 3, "place": 4, "building": 2, "side": 1,
    "beyond": 1,
}  # fmt: skip
ANCHORS: Final = frozenset({"city", "county", "town", "road", "place"})
"""Alone, a number is a date and a side is anywhere."""
ANCHOR: Final = re.compile(
    f"[{MARKS}]|{PLACE_END}|[路街巷镇乡县区市]|胡同|大道|国道|省道|高速|聊城|{_COUNTIES}"
    f"|{BUILDING}|{NUMBER}号|门口|对面|附近|旁边"
)
AFTER_DE: Final = re.compile(rf"{SIDE}|{NUMBER}(?:号|栋|单元)|[{MARKS}]")
"""After these the 的 of 柳园路的路口 or 新村的三号楼 joins; any other cuts."""

BARE: Final = re.compile(
    f"(?!(?:高铁|火车|汽车)站|市政府|体育馆|图书馆)(?:[一几那这某两]家|[一那这两]个|有个|[我你他]们?)?(?:{PLACE_END}|楼)+"
)
"""A bare word (小区, 工地) tells little."""

NO_ROAD: Final = re.compile(
    r".*(?:走|一|半|马|公|铁|出|大|逛|上|思|电|线|迷|问|带|引|拦|堵|顺|修|套|网|气|水|门|销|后|老|小|条|十字|"
    r"丁字|三岔|乡间|生产|柏油|水泥|土|车|这|过|村|辅|整|绕|掉|错|探|赶)(?:路|街|巷)|.*(?:公交|车|坐)[零一二三四五六七八九十]{1,3}路|.{0,3}道路"
)
"""These read like a road and are none."""

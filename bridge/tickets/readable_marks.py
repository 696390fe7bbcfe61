"""Sentences and their marks, by rule: openers, questions, what begins a clause, lists, the end. Pure.

Works from left to right on text that may have marks already (a pause's, a better recogniser's): those stay,
and a second one is never put beside them.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.tickets.numerals import DIGITS

MARKS: Final = frozenset("，。？！；、：,?!;")
_ENDS: Final = frozenset("。？！?!…")
LEAST: Final = 4
"""Characters a clause has before another may begin by rule: shorter ones are read in one breath."""

_OPENERS: Final = frozenset(
    ("喂", "喂喂", "哎", "诶", "嗯", "嗯嗯", "你好", "您好", "好的", "好嘞", "是的", "对的", "没错", "明白")
)
_THANKS: Final = re.compile("(?:谢谢|麻烦)(?:你|您)?(?:了)?")
_LEAD: Final = re.compile(
    "请问|但是|可是|不过(?=[我你您他她这那现也])|所以|因为|而且|然后|如果|要是|(?<![0-9])万一|另外|还有就是|比如|其中|"
    "刚才|刚刚|昨[天晚]|今[天早晚]|前天|当时|后来|现在(?=[我你您他她还又])|请您?(?=稍|说|讲|讲|留|放|不要|保持)|"
    "我[叫姓住]|我家|我的?(?:电话|手机|身份证|名字)|身份证|(?:电话|手机)号码|地址是|"
    "结果(?=[我你您他她对就])|麻烦[你您]|谢谢|我想(?=问|反映|投诉|咨询|举报)|我要(?=反映|投诉|咨询|举报|报警)|"
    r"(?:第[二三四五]|其次|最后)(?=[我你您他她是个就])|[二三四五]是(?=[^不的，。？！；、：,?!;\s])"
)
_BOUND: Final = re.compile(
    "[是就正只都不没也又想要零一二两幺三四五六七八九十百千万亿我你您他她它们在从到和跟把给对让叫说]$|(?<!样)的$"
)
"""After these the same word goes on with the clause: 是因为, 从昨天, 他们刚才."""
_NUMBER: Final = re.compile(r"[\d*](?: ?[\d*]){6,}$")
"""A telephone's or a card's: seven digits at least."""
_HANZI: Final = re.compile("[\u3400-\u9fff]")
_LIST: Final = re.compile(
    r"(?:\d+|[一二三四五六七八九十])(?P<unit>号楼|单元|号|楼|室|栋|幢|组|队|点)"
    r"(?=(?:\d+|[一二三四五六七八九十])(?P=unit))"
)
_ASKING: Final = re.compile(
    "什么|怎么|哪里|哪儿|哪个|哪位|哪边|哪天|几点|(?<![十好上])几[号个天岁楼](?=.{0,2}$)|多少|多久|多大|多远|为啥|咋|谁|啥|"
    r"是不是|有没有|能不能|可不可以|会不会|要不要|对不对|行不行|好不好|在不在"
)
_TOLD: Final = re.compile(
    "(?:不?知道?|不清楚|不晓得|不记得|忘了|没看清|不管|无论|看看|告诉|说了?|没有?|随便|想知道)[^，。]{0,6}"
    "(?:什么|怎么|哪里|哪儿|哪个|几点|多少|多久|谁|啥|是不是|有没有|能不能|会不会|咋)|"
    "(?:什么|怎么|哪里|谁|啥)[^，。]{0,4}(?:都|也)|什么的$"
)
"""Words of a question that ask nothing here."""
_TAIL: Final = re.compile("(?:吗|么|嘛|是吧|对吧|没错吧|[对是好行能]么)[啊呀]?$")
_NE: Final = re.compile("呢[啊呀]?$")


_AFTER: Final = frozenset("吗呢啊呀喂哎诶嗯好的嘞错白谢烦你您了0123456789*")
"""Characters behind which a clause may end by rule; elsewhere only where another begins. What is left out
here is never looked at, which is most of a text."""


def marked(text: str) -> str:
    """The text with its marks; nothing but marks is put in, and nothing is taken out."""
    leads = {found.start() for found in _LEAD.finditer(text)}
    lists = {found.end() for found in _LIST.finditer(text)}
    out, begun, last = list[str](), 0, 0
    for at, char in enumerate(text):
        if char in MARKS:
            begun = at + 1
            continue
        if at == begun or (text[at - 1] not in _AFTER and at not in leads and at not in lists):
            continue
        mark = _before(text[begun:at], char, lead=at in leads, listed=at in lists)
        if mark:
            out += [text[last:at], mark]
            begun = last = at
    return _ended("".join([*out, text[last:]]))


def _before(clause: str, following: str, *, lead: bool, listed: bool) -> str:
    """The mark that belongs between a clause and the character that follows, if one does."""
    if not clause.strip():
        return ""
    if clause.endswith("吗") and not clause.endswith("干吗") and following not in "啊呀":
        return "？"
    if _NE.search(clause) and _ASKING.search(clause) and not _TOLD.search(clause):
        return "？"
    if _opener(clause, following) or _told_number(clause, following) or _thanks(clause, following):
        return "，"
    if listed:
        return "、"
    if lead and len(clause) >= LEAST and not _BOUND.search(clause):
        return "？" if asks(clause) else "，"
    return ""


def _opener(clause: str, following: str) -> bool:
    """A word by itself that greets or agrees: what follows is another clause."""
    return clause in _OPENERS and following not in "嗯喂啊呀吗呢吧的"


def _told_number(clause: str, following: str) -> bool:
    """A telephone or card number has been said to its end."""
    return bool(_NUMBER.search(clause) and _HANZI.match(following)) and following not in DIGITS


def _thanks(clause: str, following: str) -> bool:
    """Thanks by themselves, and over: 谢谢 may go on with 您, 了."""
    return bool(_THANKS.fullmatch(clause)) and following not in "你您了啊呀"


def asks(clause: str) -> bool:
    """Whether a clause is a question."""
    if _TAIL.search(clause):
        return True
    return bool(_ASKING.search(clause)) and not _TOLD.search(clause)


def _ended(text: str) -> str:
    """The last clause gets its end; a stop after a question becomes its mark."""
    whole = re.sub(r"([^，。？！；、：,?!;]+)。", lambda found: _stop(found[1]), text)
    bare = whole.rstrip()
    if not bare or bare[-1] in _ENDS:
        return whole
    if bare[-1] in MARKS:
        return whole
    last = re.split("[，。？！；、：,?!;]", bare)[-1]
    return bare + ("？" if asks(last) else "。")


def _stop(clause: str) -> str:
    return clause + ("？" if asks(clause) else "。")

"""诉求人: the name a caller gives, out of text without punctuation.

Pure rules. A Chinese name is a surname and one or two characters; where it ends must be told from what
follows ("我叫王刚我住在…" / "我叫王建国刚才…"). Knows nothing of who speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bridge.tickets.spoken import PAUSE

_SURNAMES: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷"
    "施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜肖詹关苗凌费纪"
    "靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池"
    "茹滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩"
    "稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"
)
_COMPOUND: Final = (
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "夏侯", "令狐",
    "长孙", "宇文",
)  # fmt: skip

# Characters no given name has, and words a sentence goes on with.
_NEVER: Final = frozenset("我你您他她它们的了在是有吗呢吧啊呀这那哪住叫要就也都还很给把被让没不到说请个")
_GOES_ON: Final = re.compile(
    rf"$|[{PAUSE} ,0-9]|[{''.join(sorted(_NEVER))}]|刚才|刚刚|今天|今早|昨天|昨晚|前天|现在|家住|家在|家里"
    r"|电话|手机|联系|号码"
    r"|想问|想反|想投|想咨|想举|想找|想报|身份证|从|因为|反映|举报|投诉|咨询"
    r"|报警|报案|先生|女士|同志|男|女|今年|来自|来电|前几天|上午|下午|早上|晚上"
)
_TITLE: Final = re.compile(r"(?:先生|女士|小姐|师傅|大爷|大妈|老师)")
# Words that start like a name: 我是白天…, 我是高中…
_NO_NAME: Final = re.compile(
    r"白天|安全|时候|方便|高中|高速|高新|高铁|高唐|汽车|阳谷|东方|江北|路口|路过|任何|成天|全家|全村"
    r"|单位|程序|关于|常年|连续|应该|和平|马上|马路|高兴|方面|于是|关键"
    r"|单独|单亲|解决|解放|费用|时间|查询|全部|车上|房东|路人|江苏|宁夏|云南|阳光|柳园|古城"
)
# The ends of places and trades: 我是王家庄的, 我是于楼村…
_PLACE_OR_TRADE: Final = frozenset("区县镇乡村庄街路市店厂家户员工长楼院校屯寨客主")

_CALLED: Final = re.compile(
    r"(?:我|本人)(?:的)?(?:名字)?(?:就)?(?:叫做?|名叫)|(?:我的?|本人)?(?:姓名(?:叫|是)*|名字(?:叫|是)+)"
)
_SURNAMED: Final = re.compile(r"(?:免贵姓|我姓|本人姓)")
_I_AM: Final = re.compile(r"(?:我是|这里是|本人是)")
_CUE: Final = re.compile(f"{_CALLED.pattern}|{_I_AM.pattern}|{_SURNAMED.pattern}")
ASKED: Final = re.compile(
    r"[您你](?:叫什么|怎么称呼|的?姓名|的?名字|全名)|贵姓|怎么称呼|如何称呼|[您你]姓什么|您叫|姓名是|留(?:一下|个)(?:您的)?(?:姓名|名字)"
)
"""An agent's question for the name."""
_ANSWER: Final = re.compile(
    r"(?:嗯|哦|啊|好的?|对|我的?|名字|免贵|叫|姓|是|就叫)*(?P<name>[\u4e00-\u9fff]{1,4}?)(?:就行|就好|吧|啊|呀|的)?"
    rf"(?={PAUSE}|$)"
)
_HANZI: Final = "[\u4e00-\u9fff]"
_EXPLAINED: Final = re.compile(
    f"{PAUSE}?(?:"
    rf"(?P<pair>{_HANZI}{{2}}){_HANZI}{{1,2}}的那?个?(?P=pair)"
    rf"|(?P<first>{_HANZI})(?:(?!(?P=first)){_HANZI}){{1,3}}的那?个?(?P=first)"
    rf"|{_HANZI}(?P<last>{_HANZI})的那?个?(?P=last)"
    rf"|(?P<one>{_HANZI})(?P<two>{_HANZI})(?P<third>(?!(?P=one)|(?P=two)){_HANZI})的那?个?(?P=third))"
)
"""How people say which character they mean: 万里长城的万里, 穆桂英的穆, 大小的小, 解放军的军."""
_TAKEN_APART: Final = re.compile(
    f"{PAUSE}?(?:木子李|弓长张|立早章|耳东陈|双木林|古月胡|口天吴|言午许|走肖赵|文刀刘|草头黄|双人徐|三横王|人可何|禾木程|"
    "耳总聂|女良娘|十八子李|木土杜|千里马|关耳郑|日月明|山今岑|草肃萧|三点水汪|三马冯|两点水冯|早日章|美女姜|竹字头管)"
)
_CORRECTED: Final = re.compile("不对|说错了|不是")
_READ: Final = 30
"""Characters after a cue in which a name with its explanation must have ended."""
_GAP: Final = 3


@dataclass(frozen=True, slots=True)
class Name:
    """value: full name, surname with title, or surname; text[start:end] says it; sure: 0..1, how plainly."""

    value: str
    start: int
    end: int
    sure: float


@lru_cache(maxsize=256)
def name_in(text: str, answers: tuple[tuple[int, int], ...] = ()) -> Name | None:
    """The name a speaker gives himself in a normal text; None if he gives none. answers: where answers to a
    question for it stand: there a bare name is one. Of several full names the last one after 不对 wins."""
    found: Name | None = None
    for cue, reader, sure in _READERS:
        for match in cue.finditer(text):
            name = _read(text, match.start(), match.end(), reader, sure)
            if name is not None and (found is None or _put_right(text, match.start(), found)):
                found = name
    answered = next((name for span in answers if (name := _answered(text, *span))), None)
    return answered if answered and (found is None or len(found.value) < len(answered.value)) else found


def _read(text: str, start: int, at: int, reader: Callable[[str], str], sure: float) -> Name | None:
    rest, surname = _spelt(text[at : at + _READ])
    name = reader(rest)
    if not name:
        return None
    if surname:  # 我姓章弓长张张伟, 我姓弓长张张伟
        name = next((it for it in map(_full_name, (rest[1:], rest)) if it.startswith(surname)), name)
    if surname and not name.startswith(surname):  # 我姓章弓长张: the explanation knows better
        name = surname + name[1:]
    end = at + max(1, text[at : at + _READ].rfind(name[-1], 0, len(name) + _GAP) + 1)
    return Name(name, start, end, sure if len(name) > 1 else sure - 0.1)


def _put_right(text: str, at: int, before: Name) -> bool:
    """Whether what stands at `at` corrects the name before it, or says more of it."""
    return at > before.end and bool(_CORRECTED.search(text, before.end, at))


def _answered(text: str, start: int, end: int) -> Name | None:
    """An answer that is nothing but a name ("王建国", "嗯我姓王", "王先生")."""
    rest, surname = _spelt(text[start:end].strip(PAUSE))
    match = _ANSWER.match(rest)
    if match is None:
        return None
    name = match.group("name")
    whole = _full_name(name)
    titled = bool(_split(name)[0]) and bool(_TITLE.fullmatch(_split(name)[1]))
    if name != whole and name not in _SURNAMES and name not in _COMPOUND and not titled:
        return None
    if surname and not name.startswith(surname):
        name = surname + name[1:]
    return Name(name, start, min(end, start + match.end()), 0.85 if len(name) > 1 else 0.75)


def _spelt(text: str) -> tuple[str, str]:
    """The text without explanations of characters (弓长张, 伟大的伟), and the surname explained, "" if
    none."""
    surname = ""
    for match in _TAKEN_APART.finditer(text):
        surname = surname or match.group()[-1]
    return _EXPLAINED.sub("", _TAKEN_APART.sub("", text)), surname


def without_name(text: str) -> str:
    """The text with the phrases in which the speaker names himself left out."""
    found = name_in(text)
    if found is None:
        return text
    name = found.value
    parts, at = [], 0
    for cue in _CUE.finditer(text):
        end = cue.end() + text.startswith(PAUSE, cue.end())
        if cue.start() >= at and text.startswith(name, end):
            parts.append(text[at : cue.start()])
            at = end + len(name)
    return PAUSE.join((*parts, text[at:]))


def _split(text: str) -> tuple[str, str]:
    compound = next((item for item in _COMPOUND if text.startswith(item)), "")
    surname = compound or text[:1]
    return (surname, text[len(surname) :]) if compound or surname in _SURNAMES else ("", text)


def _full_name(text: str) -> str:
    surname, rest = _split(text.lstrip(PAUSE))
    given = _given(rest)
    return surname + given if surname and given else ""


def _given(rest: str) -> str:
    """One character if the sentence goes on after it, else two."""
    first, second = rest[:1], rest[1:2]
    if not _hanzi(first) or first in _NEVER or _GOES_ON.match(rest):
        return ""
    if not _hanzi(second) or _GOES_ON.match(rest[1:]):
        return first
    return first + second


def _cautious_name(text: str) -> str:
    """After 我是, which mostly announces something else: only what can't be read otherwise."""
    text = text.lstrip(PAUSE)
    surname, rest = _split(text)
    if not surname or _NO_NAME.match(text):
        return ""
    if title := _TITLE.match(rest):
        return surname + title.group()
    given = _given(rest)
    after = rest[len(given) :]
    ends = bool(_GOES_ON.match(after)) and not after.startswith("的")
    return surname + given if given and ends and not _PLACE_OR_TRADE & set(given) else ""


def _after_surname_cue(text: str) -> str:
    text = text.lstrip(PAUSE)
    surname, rest = _split(text)
    if not surname:
        return ""
    called = re.match(rf"{PAUSE}?(?:我?名?叫|名字?叫?|单名一个)(?P<name>.*)", rest)
    if called is None:
        return surname
    words = called.group("name")
    return _full_name(words) if words.startswith(surname) else surname + _given(words)


_READERS: Final = (
    (_CALLED, _full_name, 0.9),
    (_I_AM, _cautious_name, 0.75),
    (_SURNAMED, _after_surname_cue, 0.85),
)


def _hanzi(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"

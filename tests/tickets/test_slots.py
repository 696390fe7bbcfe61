"""The five elements out of many sentences as a recogniser writes them; none of them is in the rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.tickets.elements import Element, Elements
from bridge.tickets.slots import draft, fill
from bridge.tickets.story import tell
from bridge.tickets.summary import MAX_WHAT
from bridge.tickets.transcript import Transcript, Utterance, transcript_of

CALLED = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # a Monday, 21:00 in Beijing


def heard(*texts: str, speaker: str = "caller") -> Transcript:
    return transcript_of(
        Utterance(speaker, "leg", n * 10.0, n * 10 + 5.0, text) for n, text in enumerate(texts)
    )


def elements(*texts: str) -> Elements:
    return fill(heard(*texts), "06358001234", CALLED)


def words(element: Element) -> tuple[str, str]:
    return element.value, element.source


NOT_SAID = ("", "default")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("我叫王建国刚才在柳园南路", "王建国"),
        ("我叫王刚我住在香江市场", "王刚"),
        ("我叫李秀英我住在枣乡街", "李秀英"),
        ("我叫欧阳修文我在高唐", "欧阳修文"),
        ("喂我是于洪涛我在临清市", "于洪涛"),
        ("我是李女士我住柳园小区", "李女士"),
        ("我姓张住在东阿县", "张"),
        ("我姓王叫建国", "王建国"),
        ("免贵姓孙", "孙"),
        ("姓名赵敏", "赵敏"),
        ("我的名字叫陈晓东电话是", "陈晓东"),
        ("你好，我叫刘洋。", "刘洋"),
        ("我叫，周文斌", "周文斌"),
        ("我是阳谷县张秋镇王家庄的", ""),
        ("我是高唐县的", ""),
        ("我是张庄的村民", ""),
        ("我是白天打的电话", ""),
        ("我是时候说清楚了", ""),
        ("我是马上要走", ""),
        ("我是顾客", ""),
        ("我是房东他不交租", ""),
        ("我是路过的", ""),
        ("他叫王建国是我邻居", ""),
        ("我想问一下社保", ""),
    ],
)
def test_who(said: str, name: str) -> None:
    assert words(elements(said).who) == ((name, "transcript") if name else NOT_SAID)


def test_a_bare_name_counts_as_the_answer_to_a_question_for_it() -> None:
    asked = [
        Utterance("12345", "agent", 0, 1, "请问您贵姓"),
        Utterance("caller", "caller", 2, 3, "赵明远"),
    ]
    assert fill(transcript_of(asked), "").who.value == "赵明远"
    asked[0] = Utterance("12345", "agent", 0, 1, "请问工地叫什么名字")
    assert fill(transcript_of(asked), "").who.value == ""


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("我的电话是幺五四六三五零二七八", ""),  # ten digits: the recogniser lost one
        ("我的电话是幺五四零六三五八二七九", "15406358279"),
        ("我的手机号是一三八零零一三八零零零", "13800138000"),
        ("电话１３８ ００１３ ８０００", "13800138000"),
        ("我的电话是幺三五，六三五零，二七八九，不对，是幺三八六三五零二七八九", "13863502789"),
        ("座机零六三五八二三四五六七", "06358234567"),
        ("我的座机是八二三四五六七", "8234567"),
        ("幺三八六三五零二七八九", "13863502789"),
        ("他的电话是幺三八六三五零二七八九", ""),
        ("骗子的手机号是幺三八六三五零二七八九", ""),
        ("我打一二三四五热线转幺幺零", ""),
        ("三百二十六号楼", ""),
    ],
)
def test_contact(said: str, number: str) -> None:
    expected = (number, "transcript") if number else ("06358001234", "caller-id")
    assert words(elements(said).contact) == expected


@pytest.mark.parametrize(
    ("said", "named", "resolved"),
    [
        ("刚才在门口", "刚才", "2026-11-23T21:00+08:00"),
        ("从昨天晚上十点开始一直在施工", "昨天晚上十点", "2026-11-22T22:00+08:00"),
        ("今天下午三点半走丢的", "今天下午三点半", "2026-11-23T15:30+08:00"),
        ("今天上午", "今天上午", "2026-11-23"),
        ("昨晚十一点二十分", "昨晚十一点二十分", "2026-11-22T23:20+08:00"),
        ("凌晨两点零五分", "凌晨两点零五分", "2026-11-23T02:05+08:00"),
        ("八月十八号我买了东西", "八月十八号", "2026-08-18"),
        ("十二月一号买的", "十二月一号", "2025-12-01"),
        ("半个小时前有人落水", "半个小时前", "2026-11-23T20:30+08:00"),
        ("二十分钟前发生的", "二十分钟前", "2026-11-23T20:40+08:00"),
        ("三天前开始的", "三天前", "2026-11-20"),
        ("上周五在超市买的", "上周五", "2026-11-20"),
        ("二月三十号", "二月三十号", ""),
        ("昨天三点", "昨天三点", "2026-11-22"),  # morning or afternoon: nobody said
        ("有一点事情", "", ""),
        ("提两点意见", "", ""),
        ("快一点来人", "", ""),
        ("百分之三点五", "", ""),
        ("明天下午三点你们来吧", "", ""),
        ("刚才吵起来了其实从前天下午两点就开始吵", "前天下午两点", "2026-11-21T14:00+08:00"),
    ],
)
def test_when(said: str, named: str, resolved: str) -> None:
    when = elements(said).when
    assert (*words(when), when.resolved) == ((named, "transcript", resolved) if named else (*NOT_SAID, ""))


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("刚才在东昌府区柳园南路二十六号门口有两个人打架", "东昌府区柳园南路二十六号门口"),
        ("我住在茌平区枣乡街十八号从昨天晚上开始", "茌平区枣乡街十八号"),
        ("工地就在枣乡街和新政路的路口", "枣乡街和新政路的路口"),
        ("我是阳谷县张秋镇王家庄的", "阳谷县张秋镇王家庄"),
        (
            "我住在东阿县曙光街建设小区五号楼二单元三零一室暖气不热",
            "东阿县曙光街建设小区五号楼二单元三零一室",
        ),
        ("我在金鼎小区六号楼", "金鼎小区六号楼"),
        ("有人掉进东昌湖里了", "东昌湖里"),
        ("我要举报兴华西路烧烤摊占道经营", "兴华西路"),
        ("前天晚上十一点多湖南路派出所附近着火了", "湖南路派出所附近"),
        ("莘县古云镇同智营村有人打架", "莘县古云镇同智营村"),
        ("半个小时前冠县清泉河里发现一个人", "冠县清泉河里"),
        ("我在高唐县鱼邱湖街道官道街", "高唐县鱼邱湖街道官道街"),
        ("我在聊城大学东门门口被撞了", "聊城大学东门门口"),
        ("我在东昌府，和平路八号", "东昌府和平路八号"),
        ("我在临清，有人打架，在新华路", "临清新华路"),
        ("他们还在小区门口", "小区门口"),
        ("我在度假区姚家园子小区丢了车", "度假区姚家园子小区"),
        ("阳谷县狮子楼附近有人打架", "阳谷县狮子楼附近"),
        ("高唐县人和街道金城小区三号楼下水道堵了", "高唐县人和街道金城小区三号楼"),
        ("请问营业执照怎么办理", ""),
        ("我走路去上街", ""),
        ("马路上有个大坑", ""),
        ("八月十八号", ""),
        ("我们公司没发工资", ""),
        ("占道经营没人管", ""),
        ("快来人", ""),
    ],
)
def test_where(said: str, place: str) -> None:
    assert words(elements(said).where) == ((place, "transcript") if place else NOT_SAID)


def test_what_is_the_story_without_greeting_name_and_number() -> None:
    what = elements(
        "你好，我叫王建国，有两个人打架，其中一个人手里拿着刀，我的电话是幺五四零六三五八二七九",
        "嗯",
        "你们快点过来",
    ).what
    assert words(what) == ("有两个人打架，其中一个人手里拿着刀，你们快点过来", "transcript")


def test_only_the_caller_speaks_for_himself() -> None:
    agent = heard("请问您在东昌府区柳园路吗我叫王小明昨天下午电话一三八零零一三八零零零", speaker="12345")
    assert fill(agent, "139", CALLED) == Elements(contact=Element("139", "caller-id", confidence=0.6))


def test_silence_leaves_everything_empty() -> None:
    assert fill(Transcript(), "") == Elements()


def test_unfinished_words_count_at_the_press() -> None:
    talking = Transcript().hear(Utterance("caller", "leg", 0, 2, "我在柳园路三号", final=False))
    assert fill(talking, "").where.value == "柳园路三号"


def test_draft_asks_for_a_category_with_what_was_said() -> None:
    asked: list[Transcript] = []

    def suggest(said: Transcript) -> None:
        asked.append(said)

    draft(heard("有人", "打架"), "138", suggest)
    assert asked == [heard("有人", "打架")]


CHARS = st.sampled_from(
    list("我叫王建国是在柳园路街号一二三幺零点半昨天晚上的，小区村东昌府姓电话门口楼有人打架 ab1.?")
)


@given(st.lists(st.text(CHARS, max_size=60), max_size=8), st.text("0123456789+", max_size=15))
def test_any_words_give_bounded_elements_that_were_said(texts: list[str], number: str) -> None:
    found = fill(heard(*texts), number, CALLED)
    said = tell(heard(*texts)).text.replace("，", "")
    assert len(found.what.value) <= MAX_WHAT
    for element in (found.who, found.when):
        assert element.value.replace("，", "") in said
    for element in (found.who, found.contact, found.when, found.where, found.what):
        assert (element.value == "") == (element.source == "default")


@given(st.text(max_size=400))
def test_no_text_breaks_the_rules(text: str) -> None:
    fill(heard(text), "", CALLED)

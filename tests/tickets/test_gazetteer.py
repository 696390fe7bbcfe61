"""Names found as they are written and as they sound, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.pinyin import readings
from bridge.tickets.gazetteer import NOWHERE, Gazetteer, Place
from bridge.tickets.places import place_in

SMALL = Gazetteer(
    [
        Place("柳园南路", "road", "东昌府区"),
        Place("柳园路", "road", "东昌府区"),
        Place("利民路", "road", "东昌府区"),
        Place("聊城大学", "landmark", "东昌府区", ("聊大",)),
        Place("人民路", "road", "冠县"),
        Place("人民路", "road", "莘县"),
        Place("莘县", "county"),
        Place("荣盛水岸花语", "community", "东昌府区"),
    ],
    readings,
)


def test_the_longest_name_that_is_written_there_is_found() -> None:
    hits = SMALL.written("在柳园南路和柳园路聊大")
    assert [(hit.name, hit.start) for hit in hits] == [("柳园南路", 1), ("柳园路", 6), ("聊大", 9)]
    assert hits[-1].place.name == "聊城大学"


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("刘元南路", "柳园南路"), ("留圆路", "柳园路"), ("黎明路", "利民路"), ("新县", "莘县"),
        ("荣盛水岸花雨", "荣盛水岸花语"), ("容胜水岸花语", "荣盛水岸花语"),
    ],
)  # fmt: skip
def test_a_name_that_was_heard_wrong_is_known_by_its_sound(heard: str, name: str) -> None:
    assert [hit.name for hit in SMALL.sounding(heard, 0, len(heard))] == [name]


@pytest.mark.parametrize(
    "heard",
    [
        "刘元北路",  # another side of the town is another road
        "柳园南路",  # nothing to put right
        "新线", "长江路", "你好", "路", "",
    ],
)  # fmt: skip
def test_what_sounds_otherwise_is_left_alone(heard: str) -> None:
    assert SMALL.sounding(heard, 0, len(heard)) == []


def test_two_names_alike_are_neither() -> None:
    both = Gazetteer([Place("清河路", "road"), Place("青荷路", "road")], readings)
    assert both.sounding("轻合路", 0, 3) == []


def test_a_name_of_two_counties_is_in_none_of_them() -> None:
    assert SMALL.place("人民路") == Place("人民路", "road", "")


def test_phrases_are_every_name_once() -> None:
    phrases = SMALL.phrases()
    assert "聊大" in phrases
    assert len(phrases) == len(set(phrases)) == 8
    assert NOWHERE.phrases() == ()


def test_the_correction_is_told_with_what_was_heard() -> None:
    found = place_in("我在刘元南路二十六号", SMALL)
    assert found is not None
    assert (found.value, found.said) == ("柳园南路二十六号", "刘元南路二十六号")
    assert found.resolved == "东昌府区柳园南路26号"
    plain = place_in("我在柳园南路二十六号", SMALL)
    assert plain is not None
    assert plain.said == ""
    assert plain.sure > found.sure


def test_what_a_second_hearing_found_is_a_name_of_that_call_only() -> None:
    call = SMALL.knowing((("六全路", "柳园路"), ("被胡路", "无此路")))
    found = place_in("我在六全路二十六号", call)
    assert found is not None
    assert (found.value, found.said) == ("柳园路二十六号", "六全路二十六号")
    assert found.resolved == "东昌府区柳园路26号"
    plain = place_in("我在柳园路二十六号", SMALL)
    assert plain is not None
    assert found.sure == plain.sure, "it was heard, not guessed"
    assert call.written("被胡路") == []
    assert SMALL.written("六全路") == []
    assert call.phrases() == SMALL.phrases()
    assert call.knowing(()) is SMALL
    assert SMALL.knowing((("六全路", "柳园路"), ("被胡路", "无此路"))) is call


def test_a_word_that_hides_a_name_does_not_once_it_is_known() -> None:
    """被 is in no name, so the rules cut there."""
    places = Gazetteer([Place("北湖路", "road", "高唐县")], readings)
    before = place_in("地址是被胡路二十六号", places)
    assert before is None or "北湖路" not in before.resolved
    after = place_in("地址是被胡路二十六号", places.knowing((("被胡路", "北湖路"),)))
    assert after is not None
    assert after.resolved == "高唐县北湖路26号"


def test_a_stretch_longer_than_an_address_is_not_searched_to_its_end() -> None:
    assert SMALL.sounding("好" * 100 + "刘元南路", 0, 104) == []


@given(st.text(st.sampled_from("刘柳元园南北路街新县莘聊大好，|一"), max_size=80))
def test_hits_lie_in_the_text_and_not_over_each_other(text: str) -> None:
    for hits in (SMALL.written(text), SMALL.sounding(text, 0, len(text))):
        at = 0
        for hit in sorted(hits, key=lambda hit: hit.start):
            assert at <= hit.start < hit.end <= len(text)
            at = hit.end

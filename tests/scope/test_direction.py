"""Where the call should go, from either side, and what the caller is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.adapters.scope_files import load
from bridge.scope.direction import Direction, direct
from bridge.scope.reading import Said

SCOPE = load(Path(__file__).parents[2] / "config" / "scope")


def go(text: str, at: str = "12345") -> Direction:
    return direct(SCOPE, SCOPE.read([Said("u1", text)]), at, lambda name: name.split("-")[0])


@pytest.mark.parametrize(
    ("said", "at", "where"),
    [
        ("有人打架", "12345", "to:110"),
        ("有人打架", "110", "stay"),
        ("有人打架", "110-dcf", "stay"),
        ("楼下施工扰民", "12345", "stay"),
        ("楼下施工扰民", "110", "to:12345"),
        ("楼下施工扰民", "110-dcf", "to:12345"),
        ("楼上着火了", "12345", "to:119"),
        ("楼上着火了", "110", "to:119"),
        ("我爸突然晕倒叫不醒", "12345", "to:120"),
        ("他欠我钱不还", "12345", "none"),
        ("他欠我钱不还", "110", "none"),
        ("你好", "12345", ""),
        ("有人打架", "", "to:110"),
    ],
)
def test_from_either_side(said: str, at: str, where: str) -> None:
    assert go(said, at).go == where


def test_the_reason_has_the_words_and_the_source() -> None:
    found = go("有人打架")
    assert "“打架”" in found.why
    assert (found.category, found.rule, found.mode) == ("a2-crime", "附件2 一", "direct")
    assert found.say


def test_outside_both_scopes_the_caller_gets_an_explanation() -> None:
    found = go("法院判了对方不执行")
    assert (found.go, found.mode) == ("none", "")
    assert "12368" in found.say
    assert "三(一)" in found.rule


def test_overlapping_duties_are_talked_over_by_three() -> None:
    for at, other in (("12345", "to:110"), ("110", "to:12345")):
        found = go("房东为了押金跟我吵起来了堵着门不让我搬东西", at)
        assert (found.go, found.mode) == (other, "conference")
        assert "三方" in found.say


def test_two_owners_with_the_same_claim_are_talked_over_by_three() -> None:
    found = go("他威胁我还有就是水费的事")
    assert found.mode in {"conference", "direct", ""}
    quarrel = go("我要投诉派出所还要投诉公交公司")
    assert (quarrel.go, quarrel.mode) == ("to:110", "conference")
    assert "协商" in quarrel.rule


def test_danger_ends_every_doubt() -> None:
    assert go("房东为了押金跟我吵起来了堵着门他拿着刀").mode == "direct"
    assert go("他欠我钱不还我要跟他同归于尽").go == "to:110"


def test_a_fire_that_was_set_is_the_polices_first() -> None:
    found = go("有人放火仓库着火了")
    assert found.go == "to:110"
    assert "119" in found.also


def test_other_lines_are_told_beside() -> None:
    assert go("停电了").also == ("95598",)
    assert "gas" in go("厨房煤气泄漏了").also
    assert "110" in go("楼上着火了").also
    assert {"122", "120"} <= set(go("出了车祸有人受伤").also)


@given(
    st.text(st.sampled_from("有人打架着火了欠钱不还施工扰民吵起来推搡没以前，"), max_size=40),
    st.sampled_from(["12345", "110", ""]),
)
def test_whoever_is_right_is_never_sent_to_himself(text: str, at: str) -> None:
    found = go(text, at)
    assert found.go != f"to:{at}" or not at
    assert (found.go == "") == (found.category == "")
    assert at not in found.also or not at

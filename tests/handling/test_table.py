"""The closed loop, walked: each row of the table, and what is refused beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadDeed, BridgeError, DeedNotNow, NotTheirDeed
from bridge.handling.codec import decode, decode_deed, encode, encode_deed
from bridge.handling.table import TABLE, allowed, diagram, step
from bridge.handling.words import ENDED, Deed, DeedName, Handling, State, opened

NOW = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
STATES: tuple[State, ...] = get_args(State)
DEEDS: tuple[DeedName, ...] = get_args(DeedName)
PLATFORMS = ("12345", "110", "119", "")


def a_handling(state: State = "draft", **changes: object) -> Handling:
    made = opened(ticket="t1", incident="i1", origin="12345", target="110", at=NOW)
    return replace(made, state=state, **changes)  # type: ignore[arg-type]


def a_deed(name: DeedName, by: str, **said: str) -> Deed:
    return Deed(
        f"d-{name}", name, by, NOW + timedelta(minutes=1), **{"reason": "因为", "owner": "110", **said}
    )


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", DEEDS)
@pytest.mark.parametrize("by", PLATFORMS)
def test_a_deed_is_done_exactly_where_the_table_says(state: State, name: DeedName, by: str) -> None:
    before = a_handling(state, owner="110", proposed_by="119")
    row = TABLE.get((state, name))
    role = before.role_of(by)
    if role is None or row is None or role not in row.who:
        with pytest.raises(DeedNotNow if role is not None and row is None else NotTheirDeed):
            step(before, a_deed(name, by))
        assert name not in allowed(before, by)
        return
    after, actions = step(before, a_deed(name, by, to="119"))
    assert (after.state, actions) == (row.then, row.actions)
    assert after.version == before.version + 1
    assert name in allowed(before, by)
    if after.state != before.state:
        assert after.since(after.state) == NOW + timedelta(minutes=1)


def test_a_refusal_says_what_is_allowed_instead() -> None:
    with pytest.raises(DeedNotNow) as refused:
        step(a_handling("closed"), a_deed("accept", "110"))
    assert refused.value.state == "closed"
    assert refused.value.allowed == allowed(a_handling("closed"), "110") == ("escalate",)
    assert "已办结" in str(refused.value)
    assert "签收" in str(refused.value)


def test_it_must_say_what_its_row_needs() -> None:
    with pytest.raises(BadDeed, match="reason"):
        step(a_handling("delivered"), a_deed("return", "110", reason="  "))
    with pytest.raises(BadDeed, match="owner"):
        step(a_handling("accepted"), a_deed("negotiate", "12345", owner="119"))
    with pytest.raises(BadDeed, match="4000"):
        step(a_handling("delivered"), a_deed("return", "110", reason="啊" * 4001))


def test_nobody_agrees_with_himself() -> None:
    talking, _ = step(a_handling("accepted"), a_deed("negotiate", "110", owner="12345"))
    with pytest.raises(NotTheirDeed):
        step(talking, a_deed("agree", "110"))
    agreed, _ = step(talking, a_deed("agree", "12345"))
    assert (agreed.holder, agreed.asker, agreed.state) == ("12345", "110", "accepted")


@pytest.mark.parametrize(
    ("urgency", "origin", "owner"),
    [("normal", "12345", "12345"), ("danger", "12345", "110"), ("danger", "110-dcf", "110-dcf")],
)
def test_without_an_agreement_the_first_receiver_owns_it_and_110_what_is_dangerous(
    urgency: str, origin: str, owner: str
) -> None:
    target = "110" if origin == "12345" else "12345"
    talking = a_handling("negotiating", urgency=urgency, origin=origin, target=target, holder=target)
    settled, actions = step(talking, a_deed("dispute", ""))
    assert (settled.holder, settled.owner, settled.disputed, settled.state) == (
        owner,
        owner,
        True,
        "accepted",
    )
    assert "alarm" in actions


def test_what_becomes_dangerous_goes_to_110_at_once() -> None:
    """附件3, last clause: a matter 110 handed on that comes to threaten life is 110's again."""
    at_12345 = a_handling("handling", origin="110", target="12345", holder="12345")
    after, actions = step(at_12345, a_deed("escalate", "12345", to="110"))
    assert (after.holder, after.urgency, after.state, after.asker) == ("110", "danger", "draft", "12345")
    assert "alarm" in actions


@pytest.mark.parametrize(
    ("state", "then"), [("accepted", "accepted"), ("handling", "handling"), ("closed", "draft")]
)
def test_what_110_has_already_only_becomes_more_urgent_unless_it_was_done_with(
    state: State, then: State
) -> None:
    after, _ = step(a_handling(state), a_deed("escalate", "12345", to="110"))
    assert (after.state, after.holder, after.urgency) == (then, "110", "danger")


def test_a_returned_ticket_goes_to_somebody_else_by_way_of_the_path() -> None:
    back = a_handling("returned", path=("110-dcf", "110", "12345"))
    again, _ = step(back, a_deed("resend", "12345", to="119"))
    assert (again.target, again.holder, again.path) == ("119", "119", ("110-dcf", "110", "119"))
    same, _ = step(back, a_deed("resend", "12345", to=""))
    assert (same.holder, same.path) == (back.holder, back.path)


def test_each_side_has_its_own_number() -> None:
    taken, _ = step(a_handling("delivered"), a_deed("accept", "110", number="J20260302-7"))
    assert dict(taken.numbers) == {"110": "J20260302-7"}


def test_every_state_can_be_reached_and_left_unless_it_is_an_end() -> None:
    reached = {"draft"} | {row.then for row in TABLE.values()}
    left = {state for (state, _), row in TABLE.items() if row.then != state}
    assert reached == set(STATES)
    assert set(STATES) - left == ENDED - {"closed"}


def test_the_picture_has_every_row() -> None:
    drawn = diagram()
    for (state, _), row in TABLE.items():
        assert row.then == state or f"{state} --> {row.then}" in drawn


@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(PLATFORMS)), max_size=30))
def test_whatever_is_tried_holder_and_asker_are_the_two_parties_and_the_json_is_whole(
    tried: list[tuple[DeedName, str]],
) -> None:
    handling = a_handling()
    for name, by in tried:
        try:
            handling, _ = step(handling, a_deed(name, by))
        except BridgeError:
            continue
    assert {handling.holder, handling.asker} == {"12345", "110"}
    assert decode(encode(handling)) == handling


@given(st.sampled_from(DEEDS), st.sampled_from(PLATFORMS), st.text(max_size=20))
def test_a_deed_survives_its_json(name: DeedName, by: str, said: str) -> None:
    deed = Deed("d1", name, by, NOW, reason=said)
    assert decode_deed(encode_deed(deed)) == deed

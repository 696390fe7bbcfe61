"""The agent sets an element right: before the press, after it, after the call; who may, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

Visit = Callable[..., httpx.AsyncClient]
WRONG = "我叫王建国在柳园路八号有人打架"


def where(call: str) -> str:
    return f"/api/v1/calls/{call}/elements/where"


async def test_what_was_set_before_the_press_is_in_the_ticket_whatever_is_said_after(
    house, visit: Visit
) -> None:
    call = house.talking()
    house.says(call, "caller", WRONG)
    async with visit(house, "presser-token") as client:
        set_right = await client.put(where(call), json={"value": " 新华路 一号 "})
        assert set_right.status_code == 200, set_right.text
        element = set_right.json()["elements"]["where"]
        assert (element["value"], element["source"], element["confidence"]) == ("新华路 一号", "agent", 1.0)
        house.says(call, "caller", "我在花园路二十号")
        draft = (await client.get(f"/api/v1/calls/{call}")).json()["draft"]
        assert draft["elements"]["where"]["value"] == "新华路 一号"
        house.switchboard.press_call(call, "110", house.clock.now)
        house.says(call, "caller", "还是花园路二十号")
        ticket = (await client.get(f"/api/v1/calls/{call}")).json()["ticket"]
        assert (ticket["version"], ticket["elements"]["where"]["value"]) == (1, "新华路 一号")
        assert ticket["elements"]["who"]["source"] == "transcript"


async def test_a_category_is_accepted_before_the_press_and_changed_after_it(house, visit: Visit) -> None:
    call = house.talking()
    house.says(call, "caller", "有人拿着刀打架")
    path = f"/api/v1/calls/{call}/category"
    async with visit(house, "presser-token") as client:
        suggested = (await client.get(f"/api/v1/calls/{call}")).json()["draft"]["category"]
        accepted = (await client.put(path, json={"id": suggested["id"]})).json()["category"]
        assert accepted == {**suggested, "source": "agent"}, "with the evidence it had"
        house.switchboard.press_call(call, "110", house.clock.now)
        house.says(call, "caller", "路灯坏了没有人修，水管也破了")
        ticket = (await client.get(f"/api/v1/calls/{call}")).json()["ticket"]
        assert ticket["category"] == accepted
        chosen = (await client.put(path, json={"id": "a1-110-alarm"})).json()["category"]
        assert (chosen["id"], chosen["evidence"], chosen["source"]) == ("a1-110-alarm", [], "agent")
        ticket = (await client.get(f"/api/v1/calls/{call}")).json()["ticket"]
        assert (ticket["category"]["id"], ticket["version"]) == ("a1-110-alarm", 3), "after the words' own"


async def test_after_the_press_a_correction_makes_a_version_and_holds_for_the_next_press(
    house, visit: Visit
) -> None:
    call = house.talking()
    house.says(call, "caller", WRONG)
    house.switchboard.press_call(call, "110", house.clock.now)
    async with visit(house, "presser-token") as client:
        await client.put(where(call), json={"value": "新华路一号"})
        ticket = (await client.get(f"/api/v1/calls/{call}")).json()["ticket"]
        assert (ticket["version"], ticket["elements"]["where"]["source"]) == (2, "agent")
        house.far(call, "refuses", 486)
        house.switchboard.press_call(call, "110", house.clock.now)
        again = (await client.get(f"/api/v1/calls/{call}")).json()["ticket"]
        assert again["elements"]["where"]["value"] == "新华路一号"


async def test_a_ticket_is_set_right_after_its_call_and_can_be_cleared(house, visit: Visit) -> None:
    call = house.talking()
    house.says(call, "caller", WRONG)
    transfer = house.switchboard.press_call(call, "110", house.clock.now)
    house.far(call, "answers")
    house.hangs_up(call)
    async with visit(house, "presser-token") as client:
        put = await client.put(f"/api/v1/tickets/{transfer.incident}/elements/who", json={"value": ""})
        assert put.json()["elements"]["who"] == {
            "label": "诉求人", "value": "", "source": "agent", "confidence": 1.0, "utterances": [],
        }  # fmt: skip


async def test_a_time_the_agent_types_is_reckoned_like_one_that_was_said(house, visit: Visit) -> None:
    call = house.talking()
    async with visit(house, "presser-token") as client:
        put = await client.put(f"/api/v1/calls/{call}/elements/when", json={"value": "昨天晚上八点半"})
        assert put.json()["elements"]["when"]["resolved"] == "2026-03-04T20:30+08:00"


@pytest.mark.parametrize(
    ("token", "path", "body", "status", "id"),
    [
        ("reader-token", "calls/{call}/elements/where", {"value": "x"}, 403, "not-allowed"),
        ("", "calls/{call}/elements/where", {"value": "x"}, 401, "bad-credentials"),
        ("presser-token", "calls/nobody/elements/where", {"value": "x"}, 404, "no-such-call"),
        ("presser-token", "tickets/nobody/elements/where", {"value": "x"}, 404, "no-such-thing"),
        ("presser-token", "calls/{call}/elements/colour", {"value": "x"}, 400, "bad-request"),
        ("presser-token", "calls/{call}/elements/where", {"value": "x" * 2001}, 400, "bad-request"),
        ("presser-token", "calls/{call}/elements/where", {"value": 5}, 400, "bad-request"),
        ("presser-token", "calls/{call}/elements/where", {}, 400, "bad-request"),
        ("presser-token", "calls/{call}/category", {"id": "a9-nothing"}, 404, "no-such-thing"),
        ("presser-token", "calls/nobody/category", {"id": "a2-crime"}, 404, "no-such-call"),
        ("presser-token", "calls/{call}/category", {"id": ""}, 400, "bad-request"),
        ("reader-token", "calls/{call}/category", {"id": "a2-crime"}, 403, "not-allowed"),
    ],
)
async def test_who_may_and_what(
    house, visit: Visit, token: str, path: str, body: dict[str, Any], status: int, id: str
) -> None:
    call = house.talking()
    async with visit(house, token) as client:
        refused = await client.put(f"/api/v1/{path.format(call=call)}", json=body)
    assert (refused.status_code, refused.json()["id"]) == (status, id)
    assert refused.headers["content-type"] == "application/problem+json"


async def test_the_log_says_who_set_which_element_and_not_what(house, visit: Visit) -> None:
    call = house.talking()
    with capture_logs() as lines:
        async with visit(house, "presser-token") as client:
            await client.put(where(call), json={"value": "新华路一号"})
    (line,) = [line for line in lines if line["event"] == "element.corrected"]
    assert (line["by"], line["element"], line["call"]) == ("坐席系统", "where", call)
    assert "新华路一号" not in str(lines)

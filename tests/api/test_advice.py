"""Words of danger and the direction as programs get them, and covered for whoever may not see numbers (on the
page: tests/web/test_agent_page)."""

from __future__ import annotations

from collections.abc import Callable

from bridge.api.auth import Principal
from bridge.api.bounds import Bounds
from bridge.api.lens import Lens
from tests.api.conftest import PRESSER, House
from tests.api.test_lens import see, until


def test_what_was_said_is_covered_for_who_may_not_see_numbers(house: House) -> None:
    alert = {"n": 0, "danger": "d-threat", "said": "扬言13806351234砍人", "state": "raised"}
    event = {"type": "alert", "call": "c", "alert": alert}
    ranked = [{"id": "a2-crime", "name": "涉嫌违法犯罪", "evidence": ["打13806351234"]}]
    told = {"type": "suggestions", "call": "c", "ranked": ranked, "direction": {"why": "听到“13806351234”"}}
    lens = Lens(house.records, Bounds(house.records, house.desk.ticket, lambda origin: None), fillers=True)
    outsider = Principal("desk", "0", frozenset(["read"]))
    insider = Principal("desk", "1", frozenset(["read", "personal"]))
    for each in (event, told):
        assert "13806351234" not in str(lens.event(each, outsider))
        assert lens.event(each, insider) == each
    assert lens.event(event, outsider)["alert"]["said"].startswith("扬言138****1234")


async def test_programs_get_alerts_and_suggestions_and_both_in_the_snapshot(
    house: House, serve: Callable
) -> None:
    call = house.talking()
    async with serve(house) as port:
        async with await see(port, PRESSER) as socket:
            await until(socket, "snapshot")
            house.says(call, "caller", "他要跳楼", final=False)
            alert = (await until(socket, "alert"))[-1]
            assert (alert["call"], alert["alert"]["said"], alert["alert"]["state"]) == (
                call,
                "跳楼",
                "raised",
            )
            house.says(call, "caller", "他要跳楼在古楼东边")
            told = (await until(socket, "suggestions"))[-1]
            assert told["direction"]["go"] == "to:110"
            assert told["direction"]["say"]
            assert told["ranked"][0]["evidence"]
        async with await see(port, PRESSER) as socket:
            (found,) = (await until(socket, "snapshot"))[-1]["calls"]
            assert found["advice"]["alerts"][0]["state"] == "confirmed"
            assert found["advice"]["ranked"] == told["ranked"]

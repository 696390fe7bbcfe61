"""A class of the official lists: its own text, and the words that speak for it."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tests.api.conftest import READER, House

Visit = Callable[..., httpx.AsyncClient]


async def test_the_lists_own_words(house: House, visit: Visit) -> None:
    async with visit(house, READER) as client:
        crime = (await client.get("/api/v1/scope/a2-crime")).json()
        assert (crime["name"], crime["to"], crime["annex"], crime["urgent"]) == (
            "涉嫌违法犯罪",
            "110",
            2,
            True,
        )
        assert crime["list"] == "附件2《12345转110事项清单》"
        assert crime["text"].startswith("涉嫌违法犯罪：公安机关管辖的")
        assert crime["rule"] == "附件2 一"
        assert "打架" in crime["keywords"]
        assert not {"(", "*", "|"} & set("".join(crime["keywords"]))
        assert any("*" in pattern for pattern in crime["patterns"])
        line = (await client.get("/api/v1/scope/line-119")).json()
        assert (line["annex"], line["list"]) == (0, "其他热线")
        outside = (await client.get("/api/v1/scope/out-arbitration")).json()
        assert (outside["to"], bool(outside["explain"])) == ("none", True)
        missing = await client.get("/api/v1/scope/a9-none")
        assert (missing.status_code, missing.json()["id"]) == (404, "no-such-thing")

"""The interface's description: OpenAPI 3.1 at three doors, one page for people, and no route that breaks its
own word (schemathesis)."""

from __future__ import annotations

import json
import warnings
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from typer.testing import CliRunner

from bridge.__main__ import app as command
from bridge.api.manual import page
from tests.api.conftest import ADMIN, House

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import schemathesis


class Reader(HTMLParser):
    """What is open, what a page links to, and what it names."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links |= {str(given["href"])} if "href" in given else set()
        self.ids |= {str(given["id"])} if "id" in given else set()
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_one_description_at_every_door(house: House) -> None:
    app = house.app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        published = (await http.get("/openapi.json")).json()
        assert published == (await http.get("/api/v1/openapi.json")).json()
    assert published["openapi"].startswith("3.1")
    printed = CliRunner().invoke(command, ["openapi"])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["paths"].keys() == published["paths"].keys()


async def test_the_page_has_every_operation_and_no_dead_link(house: House) -> None:
    app = house.app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        answer = await http.get("/docs")
    assert answer.status_code == 200
    reader = Reader()
    reader.feed(answer.text)
    assert reader.open == []
    assert {link[1:] for link in reader.links if link.startswith("#")} <= reader.ids
    for path, methods in app.openapi()["paths"].items():
        assert path in answer.text
        for operation in methods.values():
            assert operation["summary"] in answer.text


def test_what_a_description_says_is_text_not_markup() -> None:
    bad = "<script>alert(1)</script>"
    shown = page(
        {
            "info": {"title": bad, "description": bad},
            "paths": {f"/{bad}": {"get": {"summary": bad, "description": bad, "tags": [bad]}}},
            "components": {"schemas": {bad: {"description": bad, "properties": {bad: {"enum": [bad]}}}}},
        }
    )
    assert "<script" not in shown


def _schema(app: FastAPI) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_that_is_sent_brings_a_fault_of_ours(house: House) -> None:
    """schemathesis over the whole description: fitting and unfitting requests, no answer of 500 or above."""
    schema, seen = _schema(house.app()), set[str]()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=6, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck), derandomize=True,
        )  # fmt: skip
        def ask(case: Any) -> None:
            answer = case.call(headers={"Authorization": f"Bearer {ADMIN}"})
            assert answer.status_code < 500 or answer.status_code == 503, case.as_curl_command()

        given(case=operation.as_strategy())(ask)()
        seen.add(operation.label)
    assert len(seen) == sum(len(each) for each in house.app().openapi()["paths"].values())

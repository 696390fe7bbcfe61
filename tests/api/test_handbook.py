"""The handbooks as pages: rendered, linked with each other, nothing inline that the policy refuses, and no
word of a document becomes markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bridge.api.handbook import BOOKS, FOLDER, Handbooks
from tests.api.conftest import House

Visit = Callable[..., httpx.AsyncClient]
HOSTILE = """\
# 一本 <b>手册</b>

<script>alert(1)</script>

[坏](javascript:alert(1)) [表](other.md#x) [网](https://example.com/)

## 表 & 图

| 左 | 右 |
|:--|--:|
| a | <img src=x onerror=alert(1)> |

![看](img/see.png)

```python
print("<i>")
```
"""


class Reader(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str, name: str) -> list[str | None]:
        return [attributes.get(name) for each, attributes in self.tags if each == tag]


@pytest.fixture
def shelf(tmp_path: Path) -> Callable[[], httpx.AsyncClient]:
    (tmp_path / "img").mkdir()
    (tmp_path / "agent.zh.md").write_text(HOSTILE)
    (tmp_path / "other.md").write_text("# 别的")
    (tmp_path / "img" / "see.png").write_bytes(b"\x89PNG")
    (tmp_path / "img" / "secret.txt").write_text("no picture")
    app = FastAPI()
    app.include_router(Handbooks(tmp_path).router())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return lambda: httpx.AsyncClient(transport=transport, base_url="http://bridge")


async def test_a_document_becomes_a_page_and_nothing_else(shelf: Callable[[], httpx.AsyncClient]) -> None:
    async with shelf() as client:
        answer = await client.get("/handbook/agent")
        page = Reader(answer.text)
        assert page.of("script", "src") == ["/web/shared/theme.js"], "none of the document's"
        assert not any(name.startswith("on") or name == "style" for _, has in page.tags for name in has)
        links = page.of("a", "href")
        assert links[: len(BOOKS)] == [f"/handbook/{name}" for name in BOOKS]
        assert {"#part-1", "/handbook/other#x", "https://example.com/"} <= set(links)
        assert not any("javascript" in str(link) for link in links)
        assert page.of("h2", "id") == ["part-1"]
        assert page.of("img", "src") == ["/handbook/img/see.png"]
        assert "<title>一本 &lt;b&gt;手册&lt;/b&gt;</title>" in answer.text
        assert "&lt;script&gt;" in answer.text
        again = await client.get("/handbook/agent", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        picture = await client.get("/handbook/img/see.png")
        assert (picture.headers["content-type"], picture.content) == ("image/png", b"\x89PNG")
        for missing in ("nothing", "img/secret.txt", "img/..%2fagent.zh.md", "..%2fother", "img/none.png"):
            assert (await client.get(f"/handbook/{missing}")).status_code >= 400


@pytest.mark.parametrize("name", BOOKS)
async def test_the_shipped_ones(house: House, visit: Visit, name: str) -> None:
    """Each is there, and what it shows and leads to is, too."""
    async with visit(house) as client:
        answer = await client.get(f"/handbook/{name}")
        assert answer.status_code == 200
        assert "style-src 'self'" in answer.headers["content-security-policy"]
        page = Reader(answer.text)
        pictures, links = page.of("img", "src"), page.of("a", "href")
        assert pictures or name == "partner"
        for place in {str(each).partition("#")[0] for each in (*pictures, *links)} - {""}:
            if place.startswith("/"):
                assert (await client.get(place)).status_code == 200, place


def test_pictures_are_small_and_all_are_used() -> None:
    used = set(re.findall(r"img/([\w.-]+)", "".join(path.read_text() for path in FOLDER.glob("*.md"))))
    readme = (FOLDER.parent / "README.md").read_text()
    used |= set(re.findall(r"docs/img/([\w.-]+)", readme))
    found = {path.name: path.stat().st_size for path in (FOLDER / "img").glob("*.png")}
    assert found.keys() <= used | {path for path in found if path.endswith("-dark.png")}
    assert max(found.values(), default=0) <= 250_000

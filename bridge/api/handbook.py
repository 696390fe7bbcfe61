"""The handbooks: docs/*.md as pages, with their pictures. Read once when the app is built, rendered once when
first asked for; a name is looked up in a table, never joined to a folder.

HTML in a document is shown as text, a table's alignment is left out (it would be an inline style, which the
pages' policy refuses), and a link to another document leads to its page.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bridge.errors import NoSuchThing

FOLDER: Final = Path(__file__).parent.parent.parent / "docs"
"""Beside the package: an installation without it has no handbooks, and says so."""
BOOKS: Final = {"agent": "话务员", "supervisor": "班长", "admin": "管理员", "partner": "对方平台的开发者"}
"""The handbooks for people, as they are offered on every page; other documents are linked from them."""
SUFFIX: Final = ".zh"
_IMAGES: Final = {".png": "image/png", ".svg": "image/svg+xml"}


class Handbooks:
    """All documents and pictures of a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        texts = {path.stem.removesuffix(SUFFIX): path for path in sorted(folder.glob("*.md"))}
        pictures = [path for path in sorted((folder / "img").glob("*")) if path.suffix in _IMAGES]
        self._texts = {name: path.read_text() for name, path in texts.items()}
        self._render = _renderer(texts)
        self._pages: dict[str, bytes] = {}
        self._pictures = {path.name: (path.read_bytes(), _IMAGES[path.suffix]) for path in pictures}

    def router(self) -> APIRouter:
        """`/handbook/NAME` and its pictures; in no description, they are for people."""
        router = APIRouter(include_in_schema=False)
        router.get("/handbook/{name}")(self.page)
        router.get("/handbook/img/{file}")(self.picture)
        return router

    async def page(self, name: str, request: Request) -> Response:
        """One handbook."""
        if name not in self._texts:
            raise NoSuchThing("没有这本手册")
        if name not in self._pages:  # some twenty milliseconds, the first time
            self._pages[name] = await asyncio.to_thread(_page, name, self._texts[name], self._render)
        return _answer(self._pages[name], "text/html; charset=utf-8", request)

    async def picture(self, file: str, request: Request) -> Response:
        """One picture."""
        found = self._pictures.get(file)
        if found is None:
            raise NoSuchThing("没有这张图")
        return _answer(*found, request)


def _answer(body: bytes, media_type: str, request: Request) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _renderer(names: dict[str, Path]) -> MarkdownIt:
    """Markdown as GitHub's tables have it; nothing a document says becomes markup of its own."""
    render = MarkdownIt("commonmark", {"html": False}).enable("table")
    pages = {path.name: f"/handbook/{name}" for name, path in names.items()}

    def link(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        place, _, part = str(tokens[at].attrGet("href") or "").partition("#")
        if place in pages:
            tokens[at].attrSet("href", pages[place] + (f"#{part}" if part else ""))
        return str(self.renderToken(tokens, at, options, env))

    def image(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        source = str(tokens[at].attrGet("src") or "")
        tokens[at].attrSet("src", f"/handbook/{source}" if source.startswith("img/") else source)
        tokens[at].attrSet("loading", "lazy")
        return str(self.image(tokens, at, options, env))

    def cell(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        tokens[at].attrs.pop("style", None)
        return str(self.renderToken(tokens, at, options, env))

    for rule, how in (("link_open", link), ("image", image), ("th_open", cell), ("td_open", cell)):
        render.add_render_rule(rule, how)
    return render


def _page(name: str, text: str, render: MarkdownIt) -> bytes:
    """The whole page: the other handbooks, what is in this one, and itself."""
    tokens = render.parse(text)
    parts = _numbered(tokens)
    title = next((tokens[at + 1].content for at, each in enumerate(tokens) if each.tag == "h1"), name)
    books = "".join(_book(book, label, name) for book, label in BOOKS.items())
    index = "".join(f'<li><a href="#{mark}">{escape(words)}</a></li>' for mark, words in parts)
    body = render.renderer.render(tokens, render.options, {})
    return _FRAME.format(title=escape(title), books=books, index=index, body=body).encode()


def _book(book: str, label: str, name: str) -> str:
    here = ' aria-current="page"' if book == name else ""
    return f'<a href="/handbook/{book}"{here}>{label}</a>'


def _numbered(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Each part gets a name to be led to: (name, heading)."""
    parts: list[tuple[str, str]] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            mark = f"part-{len(parts) + 1}"
            token.attrSet("id", mark)
            parts.append((mark, tokens[at + 1].content))
    return parts


_FRAME: Final = """\
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<script src="/web/shared/theme.js"></script>
<link rel="stylesheet" href="/web/shared/base.css">
<link rel="stylesheet" href="/web/shared/handbook.css">
</head>
<body class="handbook">
<header class="top"><h1>工作手册</h1><nav class="consoles" aria-label="手册">{books}</nav></header>
<div class="book">
<nav class="book-index" aria-label="目录"><ol>{index}</ol></nav>
<main class="book-text">
{body}</main>
</div>
</body>
</html>
"""

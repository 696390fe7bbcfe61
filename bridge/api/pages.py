"""The pages: the files of bridge/web, read once when the app is built and served from memory.

A name is looked up, never joined to a path, so nothing outside the folder can be asked for. No build step:
what lies there is what the browser gets.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from bridge.errors import NoSuchThing

FOLDER: Final = Path(__file__).parent.parent / "web"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
HOME: Final = "live.html"
SCRIPTS: Final = (
    "advice.js", "dom.js", "elements.js", "live.js", "login.js", "queues.js", "state.js", "view.js",
    "wire.js", "words.js",
)  # fmt: skip
FILES: Final = (HOME, "live.css", "advice.css", "manual.css", *SCRIPTS)
"""What the live page is made of; whatever else lies in the folder is not ours to show."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent."""

    body: bytes
    media_type: str
    etag: str


class Pages:
    """The live page's files."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._pages = {name: _page(folder / name) for name in FILES}

    def router(self) -> APIRouter:
        """`/` and `/web/NAME`; in no description, they are for people."""
        router = APIRouter(include_in_schema=False)
        router.get("/")(self.home)
        router.get("/web/{name}")(self.file)
        return router

    async def home(self, request: Request) -> Response:
        """The live page."""
        return self._answer(HOME, request)

    async def file(self, name: str, request: Request) -> Response:
        """A script, style or page."""
        return self._answer(name, request)

    def _answer(self, name: str, request: Request) -> Response:
        page = self._pages.get(name)
        if page is None:
            raise NoSuchThing("no such page")
        headers = {"ETag": page.etag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == page.etag:
            return Response(status_code=304, headers=headers)
        return Response(page.body, headers=headers, media_type=page.media_type)


def _page(path: Path) -> Page:
    body = path.read_bytes()
    return Page(body, TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')

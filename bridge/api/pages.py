"""The pages: the files of bridge/web, read once when the app is built and served from memory.

A path is looked up in a table made at the start, never joined to a folder, so nothing outside can be asked
for. No build step: what lies there is what the browser gets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
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
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
"""What is shown, by its ending; sources, licences and notes in the folder are not."""
PAGES: Final = {
    "/": "shared/home.html",
    "/agent": "agent/index.html",
    "/supervisor": "supervisor/index.html",
    "/admin": "admin/index.html",
}
"""Addresses for people."""
NOT_OURS: Final = "stand_in"
"""Files beginning so belong to the stand-in platform's page, which serves them itself."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent."""

    body: bytes
    media_type: str
    etag: str


class Pages:
    """All files of the pages."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._pages = {path.relative_to(folder).as_posix(): _page(path) for path in _files(folder)}

    def router(self) -> APIRouter:
        """The consoles and `/web/PATH`; in no description, they are for people."""
        router = APIRouter(include_in_schema=False)
        for address, name in PAGES.items():
            router.get(address, name=name)(self._console(name))
        router.get("/web/{path:path}")(self.file)
        return router

    async def file(self, path: str, request: Request) -> Response:
        """A script, style or page."""
        return self._answer(path, request)

    def _console(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def console(request: Request) -> Response:
            return self._answer(name, request)

        return console

    def _answer(self, name: str, request: Request) -> Response:
        page = self._pages.get(name)
        if page is None:
            raise NoSuchThing("no such page")
        headers = {"ETag": page.etag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == page.etag:
            return Response(status_code=304, headers=headers)
        return Response(page.body, headers=headers, media_type=page.media_type)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in TYPES and path.is_file() and not path.name.startswith(NOT_OURS):
            yield path


def _page(path: Path) -> Page:
    body = path.read_bytes()
    return Page(body, TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')

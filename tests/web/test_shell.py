"""The page around the consoles: who may open which, log-in, language, theme; and the libraries are what they
were."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.web.conftest import Come
from tests.web.house import WebHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")
WEB = Path(__file__).parents[2] / "bridge" / "web"


async def test_the_libraries_are_as_they_were_built() -> None:
    vendor = WEB / "vendor"
    sums = dict(reversed(line.split("  ")) for line in (vendor / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {path.name for path in vendor.iterdir() if path.suffix in {".js", ".css"}}
    for name, digest in sums.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name


async def test_nothing_from_elsewhere_and_no_markup_from_data() -> None:
    for path in WEB.rglob("*"):
        if (
            path.suffix not in {".js", ".css", ".html"}
            or "vendor" in path.parts
            or path.name.startswith("stand_in")
        ):
            continue
        text = path.read_text()
        assert not re.search(r"innerHTML|insertAdjacentHTML|dangerouslySet|\beval\(|new Function", text), path
        assert not re.search(r"(?:src|href|from|import|url\()\s*=?\s*[\"'(]?(?:https?:)?//", text), path
        if path.suffix == ".html":
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text), path


def exported(text: str) -> set[str]:
    """The names a module gives away."""
    single = re.findall(r"export (?:async )?(?:const|let|function\*?|class) (\w+)", text)
    lists = ",".join(re.findall(r"export\s*\{([^}]*)\}", text))
    return {*single, *(part.split(" as ")[-1].strip() for part in lists.split(","))}


async def test_every_name_that_a_module_imports_is_exported_there() -> None:
    """Without a build step nobody else looks: one missing name, and the whole page stays empty."""
    for path in WEB.rglob("*.js"):
        for names, source in re.findall(r'import \{([^}]*)\} from "(\.[^"]+)"', path.read_text()):
            wanted = {part.split(" as ")[0].strip() for part in names.split(",") if part.strip()}
            missing = wanted - exported((path.parent / source).read_text())
            assert not missing, f"{path.name} imports {missing}, which {source} does not export"


async def test_everybody_comes_to_their_own_console(house: WebHouse, come: Come) -> None:
    for login, path, own in (
        ("wang", "/agent", ["话务台"]),
        ("ban", "/supervisor", ["话务台", "班长台"]),
        ("guan", "/admin", ["话务台", "班长台", "管理台"]),
    ):
        person = await come(house.url, path, login=login)
        await person.until(f"location.pathname === {path!r} && document.querySelector('.link.live')")
        names = await person.page.locator(".consoles a").all_inner_texts()
        assert names == own
        await person.fits()


async def test_language_theme_and_log_out(house: WebHouse, come: Come) -> None:
    person = await come(house.url, "/supervisor", login="wang")
    await person.shows("没有权限", "话务台")
    await person.page.click("#language")
    await person.shows("Not allowed", "Agent", "Log out wang")
    before = await person.run("getComputedStyle(document.body).backgroundColor")
    await person.page.click("#theme")
    await person.page.click("#theme")
    await person.until("document.documentElement.dataset.theme === 'dark'")
    assert await person.run("getComputedStyle(document.body).backgroundColor") != before
    await person.page.reload()
    await person.shows("Not allowed")
    assert await person.run("document.documentElement.dataset.theme") == "dark"
    assert await person.run("document.cookie") == "", "no script reads the session"
    await person.page.click("#you")
    await person.page.wait_for_selector("#enter-form")

"""Log-in by way of an identity provider: a real one over a socket, then everything it may say wrongly."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.access.claims import Mapped
from bridge.adapters.oidc import KEYS_PAUSE, Client, OidcProvider
from bridge.app.access import new_secret
from bridge.services import provider_desk
from bridge.services.provider_desk import ProviderDesk
from bridge.settings.access import Oidc
from tests.api.access_house import Users, users
from tests.api.conftest import House, ReadyServer
from tests.peers.oidc import Provider, query, running

Visit = Callable[..., httpx.AsyncClient]
START = "/api/v1/session/oidc"
PAGE = "https://bridge"
ROLES = {"desk": "agent", "chiefs": "supervisor"}


class Setting:
    """The provider, our side of it, and a browser between them."""

    def __init__(
        self, provider: Provider, known: Users, browser: httpx.AsyncClient, ours: OidcProvider
    ) -> None:
        self.provider, self.known, self.browser, self.ours = provider, known, browser, ours
        self.ahead = 0.0
        self.plain = httpx.AsyncClient(trust_env=False, verify=False)

    async def there(self) -> str:
        """From our page to the provider and back: the address of our callback."""
        begun = await self.browser.get(START)
        assert begun.status_code == 303
        return (await self.plain.get(begun.headers["location"])).headers["location"]

    async def log_in(self) -> httpx.Response:
        return await self.browser.get((await self.there()).removeprefix(PAGE))


@pytest.fixture
async def setting(house: House, visit: Visit, tmp_path: Path) -> AsyncIterator[Setting]:
    provider = Provider("bridge", "a-secret-of-ours")
    provider.claims = {
        "sub": "s-1",
        "preferred_username": "Wang.Fang",
        "name": "王芳",
        "roles": ["desk"],
        "org": "110",
    }
    async with contextlib.AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(running(provider, ReadyServer))
        known = await stack.enter_async_context(users(house, f"sqlite+aiosqlite:///{tmp_path}/u.db"))
        client = Client(issuer, "bridge", "a-secret-of-ours", PAGE, ("openid", "profile"))
        ours = OidcProvider(client, lambda: time.time() + made.ahead)
        await ours.start()
        stack.push_async_callback(ours.stop)
        mapped = Mapped("roles", ROLES, "org", "", frozenset({"110", "12345"}))
        house.access = known.parts(ProviderDesk(ours, mapped, house.clock, new_secret))
        browser = await stack.enter_async_context(visit(house))
        browser.base_url = httpx.URL(PAGE)
        made = Setting(provider, known, browser, ours)
        stack.push_async_callback(made.plain.aclose)
        yield made


async def test_from_our_page_to_the_provider_and_back_in(setting: Setting) -> None:
    assert (await setting.browser.get(f"{START[:-5]}/ways")).json() == {"password": True, "provider": True}
    answer = await setting.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    you = (await setting.browser.get("/api/v1/session")).json()
    assert (you["name"], you["shown"], you["role"], you["platform"]) == (
        "wang.fang@127.0.0.1", "王芳", "agent", "110",
    )  # fmt: skip
    assert (await setting.browser.get("/api/v1/calls")).status_code == 200
    assert await setting.known.deeds() == [("wang.fang@127.0.0.1", "session.opened", "", "oidc")]


async def test_what_the_provider_says_at_the_next_log_in_holds(setting: Setting) -> None:
    await setting.log_in()
    setting.provider.claims |= {"roles": ["chiefs"], "org": "12345", "preferred_username": "Wang.Li"}
    await setting.log_in()
    you = (await setting.browser.get("/api/v1/session")).json()
    assert (you["role"], you["platform"], you["name"]) == ("supervisor", "12345", "wang.fang@127.0.0.1")
    setting.provider.claims["roles"] = []
    assert (await setting.log_in()).headers["location"] == "/?refused=login-refused"


async def test_whom_an_administrator_shut_out_stays_out_and_nobody_takes_a_name(setting: Setting) -> None:
    await setting.log_in()
    user = setting.known.book.user("wang.fang@127.0.0.1")
    await setting.known.book.save(replace(user, disabled=True))
    assert (await setting.log_in()).headers["location"] == "/?refused=login-refused"
    setting.provider.claims["sub"] = "somebody else of the same name"
    assert (await setting.log_in()).headers["location"] == "/?refused=login-refused"
    assert "disabled" in [deed[3] for deed in await setting.known.deeds(what="session.refused")]


async def test_new_keys_are_fetched_when_a_token_names_one(setting: Setting) -> None:
    await setting.log_in()
    setting.provider.rotate()
    assert (await setting.log_in()).headers["location"] == "/?refused=login-refused", "not hammered at once"
    setting.ahead = KEYS_PAUSE + 1
    assert (await setting.log_in()).headers["location"] == "/"
    assert setting.provider.asked == ["discovery", "keys", "keys"]


BENDS: tuple[dict[str, Any], ...] = (
    {"iss": "https://evil.example"}, {"iss": None}, {"aud": "another"}, {"aud": ["bridge", "another"]},
    {"aud": None}, {"azp": "another"}, {"nonce": "another"}, {"nonce": None}, {"exp": None}, {"exp": 1},
    {"exp": "soon"}, {"exp": True}, {"iat": None}, {"iat": 2**40}, {"nbf": 2**40}, {"sub": None},
    {"roles": ["strangers"]}, {"org": "119"},
)  # fmt: skip
BROKEN = ("discovery", "down", "stream", "signature", "none", "hmac", "no-token")


async def test_a_word_that_is_not_the_providers_for_us_for_now_lets_nobody_in(setting: Setting) -> None:
    for bend in BENDS:
        setting.provider.bend = bend
        await refused(setting)
    setting.provider.bend = {"aud": ["bridge"], "azp": "bridge"}
    assert (await setting.log_in()).headers["location"] == "/"


async def test_a_provider_that_is_broken_or_forged_lets_nobody_in(setting: Setting) -> None:
    for broken in BROKEN:
        setting.provider.broken = broken
        await refused(setting)
        setting.ahead += KEYS_PAUSE + 1
    setting.provider.broken, setting.ahead = "", 0.0
    assert (await setting.log_in()).headers["location"] == "/"


async def refused(setting: Setting) -> None:
    begun = await setting.browser.get(START)
    if begun.headers["location"].startswith("http"):
        back = (await setting.plain.get(begun.headers["location"])).headers["location"]
        begun = await setting.browser.get(back.removeprefix(PAGE))
    assert begun.headers["location"] == "/?refused=login-refused"
    assert "__Host-bridge=" not in begun.headers.get("set-cookie", "")
    assert (await setting.browser.get("/api/v1/session")).status_code == 401


async def test_a_clock_that_is_a_little_off_is_forgiven(setting: Setting) -> None:
    setting.ahead = 150.0
    assert (await setting.log_in()).headers["location"] == "/"
    setting.ahead = 200.0
    assert (await setting.log_in()).headers["location"] == "/?refused=login-refused"


async def test_a_log_in_belongs_to_the_browser_that_began_it_and_counts_once(
    setting: Setting, house: House, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = (await setting.there()).removeprefix(PAGE)
    async with visit(house) as another:
        another.base_url = httpx.URL(PAGE)
        assert (await another.get(back)).headers["location"] == "/?refused=login-refused"
    assert (await setting.browser.get(back)).headers["location"] == "/?refused=login-refused", "used up"
    for changed in (
        {"state": "forged"},
        {"iss": "https://evil.example"},
        {"code": ""},
        {"error": "access_denied"},
    ):
        answer = query(await setting.there()) | changed
        got = await setting.browser.get(f"{START}/callback", params=answer)
        assert got.headers["location"] == "/?refused=login-refused"
    slow = (await setting.there()).removeprefix(PAGE)
    house.clock.now += provider_desk.LASTS + 1
    assert (await setting.browser.get(slow)).headers["location"] == "/?refused=login-refused"
    monkeypatch.setattr(provider_desk, "MOST", 1)
    first, second = await setting.there(), await setting.there()
    assert (await setting.browser.get(second.removeprefix(PAGE))).headers["location"] == "/"
    assert (await setting.browser.get(first.removeprefix(PAGE))).headers["location"] != "/"


async def test_without_a_provider_there_is_no_such_place(house: House, visit: Visit) -> None:
    async with visit(house) as client:
        assert (await client.get(START)).status_code == 404
        assert (await client.get(f"{START}/callback")).status_code == 404
        assert (await client.get(f"{START[:-5]}/ways")).json() == {"password": False, "provider": False}


ID, OURS = "https://id.example/x", "https://bridge.example"
GOOD = {"issuer": ID, "client_id": "b", "page": OURS, "roles": {"a": "agent"}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.example"}, {"page": "http://bridge.example"}, {"page": "https://bridge.example/x"},
        {"scopes": ["profile"]}, {"roles": {}}, {"roles": {"a": "king"}}, {"issuer": "https://u@id.example"},
        {"secret": "in the file"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_would_not_be_safe(wrong: dict[str, Any]) -> None:
    assert Oidc.model_validate(GOOD)
    assert Oidc.model_validate({**GOOD, "issuer": "http://127.0.0.1:8000", "page": "http://localhost:8080"})
    with pytest.raises(ValueError, match=r"\w"):
        Oidc.model_validate({**GOOD, **wrong})

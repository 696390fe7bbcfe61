"""Log-in over HTTP: name and password in, a session's cookie out; who am I; log-out; one's own password.

The cookie is for the browser alone: out of reach of scripts (HttpOnly), sent with requests of our own pages
only (SameSite=Strict), over TLS only unless the browser is on this machine.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from bridge.access.passwords import LONGEST
from bridge.access.principal import Principal
from bridge.access.roles import SCOPES
from bridge.access.users import User
from bridge.api.auth import Visitor, cookie_name, plain
from bridge.api.door import address_of, visitor_of
from bridge.api.schemas import Problem
from bridge.errors import BridgeError, NoSuchThing
from bridge.services.provider_desk import ProviderDesk
from bridge.services.sign_in import SignIn

BINDER: Final = "bridge-login"
"""Cookie that ties a log-in at the provider to this browser. Lax, not Strict: it has to come along when the
provider sends the browser back."""
BINDER_SECONDS: Final = 600
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {
        401: "名字或密码不对，或没有登录", 403: "来源不符", 409: "现在不能", 429: "试得太多，见 Retry-After",
    }.items()
}  # fmt: skip


class Login(BaseModel):
    """登录名和密码。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    login: str = Field(min_length=1, max_length=128, description="登录名")
    password: str = Field(min_length=1, max_length=4 * LONGEST, description="密码")


class NewPassword(BaseModel):
    """换自己的密码。"""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    old: str = Field(min_length=1, max_length=4 * LONGEST, description="现在的密码")
    new: str = Field(min_length=1, max_length=4 * LONGEST, description="新密码：至少 10 个字，不含登录名")


class Who(BaseModel):
    """登录的是谁。"""

    name: str = Field(description="登录名，或令牌的名称")
    shown: str = Field(description="显示的名字")
    role: str = Field(
        description="agent 话务员，supervisor 班长，administrator 管理员，partner 对方平台；令牌为空"
    )
    platform: str = Field(description="属于哪个平台；空 = 全部")
    extension: str = Field(description="自己的分机号；没有的为空")
    may: list[str] = Field(description="权限")
    must_change: bool = Field(description="要先换密码")


class Ways(BaseModel):
    """可以怎样登录。"""

    password: bool = Field(description="登录名和密码")
    provider: bool = Field(description="统一登录（OIDC）：打开 /api/v1/session/oidc")


class SessionDoor:
    """sign_in: None where nobody logs in; provider: None without an identity provider."""

    def __init__(self, sign_in: SignIn | None, provider: ProviderDesk | None) -> None:
        self._given, self._provider = sign_in, provider

    def router(self) -> APIRouter:
        """/session, /session/password, /session/ways, /session/oidc."""
        router = APIRouter(prefix="/api/v1/session", tags=["登录"], responses=_PROBLEMS)
        router.post("", response_model=Who, summary="登录")(self.enter)
        router.get("", response_model=Who, summary="我是谁")(self.who)
        router.delete("", status_code=204, response_model=None, summary="退出")(self.leave)
        router.put("/password", status_code=204, response_model=None, summary="换自己的密码")(self.change)
        router.get("/ways", response_model=Ways, summary="可以怎样登录")(self.ways)
        router.get("/oidc", response_class=Response, summary="去统一登录", status_code=303)(self.go)
        router.get("/oidc/callback", response_class=Response, summary="从统一登录回来", status_code=303)(
            self.back
        )
        return router

    async def enter(self, login: Login, request: Request) -> JSONResponse:
        """对了就给一个会话 cookie；错了不说哪一项错。连错几次要等，越等越长。"""
        visitor = visitor_of(request.scope)
        user, secret = await self._sign_in.by_password(login.login, login.password, address_of(visitor))
        answer = JSONResponse(self._of_user(user))
        _give(answer, visitor, secret)
        return answer

    async def who(self, request: Request) -> JSONResponse:
        """会话或令牌是谁的、能做什么。"""
        who: Principal = request.state.who
        user = self._given.user(who) if self._given is not None else None
        if user is not None:
            return JSONResponse(self._of_user(user))
        return JSONResponse(_of_principal(who))

    async def leave(
        self,
        request: Request,
        everywhere: Annotated[bool, Query(description="在所有地方退出")] = False,
    ) -> Response:
        """会话到此为止；everywhere=true 时，这个用户在别处的会话也结束。"""
        visitor = visitor_of(request.scope)
        await self._sign_in.leave(request.state.who, address_of(visitor), everywhere=everywhere)
        answer = Response(status_code=204)
        _take(answer, visitor)
        return answer

    async def change(self, wish: NewPassword, request: Request) -> None:
        """换了之后，这个用户在别处的会话都结束。"""
        address = address_of(visitor_of(request.scope))
        await self._sign_in.change(request.state.who, wish.old, wish.new, address)

    async def ways(self) -> JSONResponse:
        """不需要令牌：网页据此显示登录框。"""
        return JSONResponse({"password": self._given is not None, "provider": self._provider is not None})

    async def go(self, request: Request) -> Response:
        """转到身份提供者的登录页。"""
        if self._provider is None:
            raise NoSuchThing("no identity provider")
        try:
            url, binder = await self._provider.begin()
        except BridgeError as error:
            return _home(error)
        answer = RedirectResponse(url, 303)
        secure = not plain(visitor_of(request.scope))
        answer.set_cookie(
            BINDER, binder, BINDER_SECONDS, path="/api/v1/session/oidc", httponly=True, secure=secure,
            samesite="lax",
        )  # fmt: skip
        return answer

    async def back(
        self,
        request: Request,
        state: Annotated[str, Query(max_length=512)] = "",
        code: Annotated[str, Query(max_length=4096)] = "",
        error: Annotated[str, Query(max_length=200)] = "",
        iss: Annotated[str, Query(max_length=500)] = "",
    ) -> Response:
        """身份提供者把浏览器送回来：核对、开会话、回到首页；不成就带着原因（refused）回首页。"""
        if self._provider is None:
            raise NoSuchThing("no identity provider")
        visitor = visitor_of(request.scope)
        try:
            binder = request.cookies.get(BINDER, "")
            user = await self._provider.finish(state, code, error, iss, binder)
            _, secret = await self._sign_in.by_provider(user, address_of(visitor))
        except BridgeError as refused:
            return _home(refused)
        answer = _home()
        _give(answer, visitor, secret)
        answer.delete_cookie(BINDER, path="/api/v1/session/oidc")
        return answer

    @property
    def _sign_in(self) -> SignIn:
        if self._given is None:
            raise NoSuchThing("nobody logs in here")
        return self._given

    def _of_user(self, user: User) -> dict[str, Any]:
        may = self._sign_in.may(user)
        return {
            "name": user.login,
            "shown": user.name,
            "role": user.role,
            "platform": user.platform,
            "extension": user.extension,
            "may": sorted(SCOPES if "admin" in may else may),
            "must_change": user.must_change,
        }


def _of_principal(who: Principal) -> dict[str, Any]:
    may = sorted(SCOPES if "admin" in who.may else who.may)
    nothing = {"extension": who.extension, "must_change": False}
    return {
        "name": who.name, "shown": who.name, "role": who.role, "platform": who.platform, "may": may, **nothing
    }  # fmt: skip


def _home(error: BridgeError | None = None) -> Response:
    """Back to the page, which says in words what an error's id means; the log says which check it was."""
    return RedirectResponse("/" if error is None else f"/?refused={error.id}", 303)


def _give(answer: Response, visitor: Visitor, secret: str) -> None:
    """No end is named: the browser forgets it when it closes, the server decides when it is over."""
    answer.set_cookie(
        cookie_name(visitor), secret, path="/", httponly=True, secure=not plain(visitor), samesite="strict"
    )


def _take(answer: Response, visitor: Visitor) -> None:
    answer.delete_cookie(
        cookie_name(visitor), path="/", httponly=True, secure=not plain(visitor), samesite="strict"
    )

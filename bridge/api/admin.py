"""The house over HTTP, for its administrator: trunks, routes, people, troubles, the configuration and its
reload. Read and test only: what is configured is changed in the file, under version control."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from bridge.api.admin_shapes import (
    AgentsOut,
    ConfigOut,
    DryRunOut,
    EndedOut,
    ProbeOut,
    ReloadOut,
    RoutesOut,
    TargetsOut,
    TroublesOut,
    TrunksOut,
    UsersOut,
)
from bridge.api.parts import AdminParts
from bridge.api.schemas import Problem
from bridge.errors import BadRequest, NoSuchThing
from bridge.routing.plan import Origin

_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problem, "description": "需要令牌"},
    403: {"model": Problem, "description": "没有权限：要 admin，并且不属于某一个平台"},
    404: {"model": Problem, "description": "没有这一个"},
}
_NotNow: Final[dict[int | str, dict[str, Any]]] = {
    409: {"model": Problem, "description": "现在不能；errors 说明为什么"}
}
_Name = Annotated[str, Query(max_length=64)]


class AdminDoor:
    """The handlers. parts: None where there is no house behind (the description alone)."""

    def __init__(self, parts: AdminParts | None) -> None:
        self._given = parts

    def router(self) -> APIRouter:
        """All below /api/v1/admin."""
        router = APIRouter(prefix="/api/v1/admin", tags=["管理"], responses=_REFUSALS)
        router.get("/trunks", response_model=TrunksOut, summary="中继：通不通、为什么")(self.trunks)
        probe = router.post(
            "/trunks/{name}/probe", response_model=ProbeOut, responses=_NotNow, summary="测试中继"
        )
        probe(self.probe)
        router.get("/routes", response_model=RoutesOut, summary="路由")(self.routes)
        router.get("/targets", response_model=TargetsOut, summary="目标")(self.targets)
        router.get("/route", response_model=DryRunOut, summary="试拨一个号码")(self.dry_run)
        router.get("/agents", response_model=AgentsOut, summary="话务员和话机")(self.agents)
        router.get("/users", response_model=UsersOut, summary="用户、登录、令牌")(self.users)
        router.delete("/sessions/{session}", response_model=EndedOut, summary="结束一个登录")(self.end)
        router.get("/troubles", response_model=TroublesOut, summary="最近的错误")(self.troubles)
        router.get("/config", response_model=ConfigOut, summary="运行的配置，和文件比")(self.config)
        reload = router.post("/reload", response_model=ReloadOut, responses=_NotNow, summary="重新载入配置")
        reload(self.reload)
        return router

    @property
    def _parts(self) -> AdminParts:
        if self._given is None:
            raise NoSuchThing("no house")
        return self._given

    async def trunks(self) -> JSONResponse:
        """每条中继的状态和原因、从什么时候起、每个地址上次探测的应答、注册、占用、拒绝过的呼叫。"""
        return JSONResponse({"trunks": self._parts.trunks()})

    async def probe(self, name: Annotated[str, Path(max_length=64)]) -> JSONResponse:
        """现在向这条中继的每个地址发一个 OPTIONS，说出应答。配了 probe_seconds 的，结果也算一次探测。"""
        return JSONResponse(await self._parts.probe(name))

    async def routes(self) -> JSONResponse:
        """按文件里的次序；open 是现在在不在时段里。"""
        return JSONResponse(self._parts.routes())

    async def targets(self) -> JSONResponse:
        """路由会去的每个地方，哪些路由去，现在怎样。"""
        return JSONResponse({"targets": self._parts.targets()})

    async def dry_run(
        self,
        number: Annotated[str, Query(min_length=1, max_length=64, description="拨的号码")],
        from_agent: _Name = "",
        from_trunk: _Name = "",
        at: Annotated[datetime | None, Query(description="什么时候；不写就是现在，不带时区用配置的")] = None,
    ) -> JSONResponse:
        """这个号码会转到哪里、为什么：每个目标的次序、时间、线路现在怎样，不试的说明为什么。不会真的拨出去。"""
        if bool(from_agent) == bool(from_trunk):
            raise BadRequest("from_agent 和 from_trunk 写一个，也只写一个")
        origin = Origin("agent", from_agent) if from_agent else Origin("trunk", from_trunk)
        return JSONResponse(self._parts.dry_run(number, origin, at))

    async def agents(self) -> JSONResponse:
        """每个话务员：话机在哪里、能不能振铃、排队里的状态。"""
        return JSONResponse({"agents": self._parts.agents()})

    async def users(self) -> JSONResponse:
        """用户和他们的登录、令牌和到期时间；没有密码和令牌本身，也没有它们的摘要。"""
        return JSONResponse(self._parts.users())

    async def end(self, session: Annotated[str, Path(max_length=64)]) -> JSONResponse:
        """结束一个登录：那个浏览器要重新登录；正在进行的通话不受影响。"""
        return JSONResponse({"user": await self._parts.end(session)})

    async def troubles(self) -> JSONResponse:
        """每种错误最近的几次，新的在前，各有该怎么办。没有个人信息。"""
        return JSONResponse({"troubles": self._parts.troubles()})

    async def config(self, defaults: bool = False) -> JSONResponse:
        """运行的配置（密码写作 •••），文件现在的检查结果，两者的差别。defaults：默认值也列出来。"""
        return JSONResponse(await self._parts.config(defaults))

    async def reload(self, request: Request) -> JSONResponse:
        """先检查整个文件，有错就什么也不改（409，errors 里每行一处）；能不断通话换上的换上，其余的列在
        waiting 里，等重启。再发一次，没有变化就什么也不做。"""
        return JSONResponse(await self._parts.reload(request.state.who.name))

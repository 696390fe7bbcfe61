"""The exchange between platforms over HTTP: open a ticket without a call, read one, do a deed on it, pull
what has changed.

For the other platform's programs (a token with the right `exchange`, of their platform) and for our own
people (`tickets`). Every deed carries an Idempotency-Key: repeated, it counts once. Nothing is decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from bridge.api.exchange_letters import Opened, nobody_asks
from bridge.api.exchange_shapes import (
    ChangesOut,
    DeedIn,
    HandlingOut,
    PairIn,
    RequestIn,
    TicketOut,
    Wanted,
)
from bridge.api.lens import Lens
from bridge.api.schemas import Problem
from bridge.clock import Clock
from bridge.errors import BadRequest, NoKey, NotAllowed, VersionMoved
from bridge.handling.pairs import pair_papers
from bridge.handling.papers import web_papers
from bridge.handling.path import Parties
from bridge.handling.words import Deed, Handling
from bridge.ports_handling import Entry, HandlingStore
from bridge.services.handling_desk import HandlingDesk

TicketId = Annotated[str, Path(min_length=1, max_length=128, description="工单编号")]
KeyHeader = Annotated[
    str | None, Header(max_length=128, description="必填。每一步一个新的随机值；重试用原来的值，不会做两次")
]
MatchHeader = Annotated[
    str | None, Header(max_length=64, description='只在工单还是这一版时做，如 "3"；不写 = 不管版本')
]
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": what}
    for status, what in {
        400: "请求格式不对，或缺少 Idempotency-Key",
        401: "需要令牌",
        403: "没有权限，或不该这个平台做",
        404: "没有这张工单，或与本平台无关",
        409: "现在不能这样做；allowed 是现在可以做的",
        412: "工单已有更新的版本",
        413: "请求内容太大",
        422: "缺少必要的内容",
        503: "系统忙，稍后用原来的 Idempotency-Key 再试",
    }.items()
}


class Exchange:
    """The handlers. categories: the ids of the scope lists; opened: told when a partner looks at a ticket."""

    def __init__(
        self,
        *,
        desk: HandlingDesk,
        store: HandlingStore,
        clock: Clock,
        lens: Lens,
        categories: Callable[[], Collection[tuple[str, str, str]]],
        opened: Opened = nobody_asks,
    ) -> None:
        self._desk, self._store = desk, store
        self._clock, self._lens, self._categories, self._opened = clock, lens, categories, opened

    def router(self) -> APIRouter:
        """All below /exchange/v1: tickets and what is done with them, changes, categories."""
        router = APIRouter(prefix="/exchange/v1", tags=["工单往来"], responses=_REFUSALS)
        opens: dict[str, Any] = {"status_code": 201, "response_model": HandlingOut}
        router.post("/tickets", summary="网络渠道的工单", **opens)(self.open)
        router.get("/tickets/{ticket}", response_model=TicketOut, summary="工单和办理情况")(self.read)
        router.get("/tickets/{ticket}/log", response_model=ChangesOut, summary="办理经过")(self.log)
        router.post("/tickets/{ticket}/pairs", summary="引出的另一张工单", **opens)(self.pair)
        router.post("/tickets/{ticket}/{deed}", response_model=HandlingOut, summary="办理的一步")(self.do)
        router.get("/changes", response_model=ChangesOut, summary="从一个位置起的变化")(self.changes)
        router.get("/categories", summary="事项类别的编号")(self.categories)
        return router

    @property
    def _parties(self) -> Parties:
        """As they are now: a reload may bring another platform."""
        return self._desk.parties

    async def open(
        self, asked: RequestIn, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """网络渠道的诉求，检查与电话相同。同一个 Idempotency-Key 再交，返回第一次的工单。"""
        by = self._by(request, asked.by)
        if asked.to not in self._parties.known or asked.to == by:
            raise BadRequest("to 不是另一个已知的平台")
        self._known_category(asked.category)
        ticket = _named(request, idempotency_key, "open")
        way = self._parties.way(by, asked.to)
        document = web_papers(asked.model_dump(), ticket, by, self._clock.wall(), way)
        handling = await self._desk.received(document, kind="opened", speaker=self._speaker(by))
        return self._answer(handling, by, 201)

    async def read(self, ticket: TicketId, request: Request, if_none_match: MatchHeader = None) -> Response:
        """最新的一版。带 If-None-Match 时，没有变化就回 304。"""
        viewer = request.state.who
        handling = await self._desk.handling(ticket, _platform(request))
        papers = await self._store.papers(ticket)
        if viewer.has("exchange") and viewer.platform:
            await self._opened(handling.incident, viewer.platform)
        tag = f'"{handling.version}.{papers["version"] if papers else 0}"'
        if if_none_match == tag:
            return Response(status_code=304, headers={"ETag": tag})
        view = self._desk.view(handling, _platform(request) or self._parties.home)
        # Who is to handle it must be able to call the caller back; the right `exchange` is a partner's.
        if not viewer.has("exchange"):
            papers, view = papers and self._lens.papers(papers, viewer), self._lens.value(view, viewer)
        body = {"papers": papers, "handling": view}
        return JSONResponse(body, headers={"ETag": tag})

    async def log(self, ticket: TicketId, request: Request) -> JSONResponse:
        """从第一步到最后一步，先做的在前。"""
        await self._desk.handling(ticket, _platform(request))
        return self._page(await self._store.log(ticket), 0, request)

    async def do(
        self,
        ticket: TicketId,
        deed: Wanted,
        said: DeedIn,
        request: Request,
        idempotency_key: KeyHeader = None,
        if_match: MatchHeader = None,
    ) -> JSONResponse:
        """accept 签收，return 退回，start 开始办理，feedback 反馈，close 办结，negotiate 会商，agree 同意，
        dispute 协商不成，resend 重新交办，reopen 重新办理，withdraw 撤回，escalate 升级为紧急，urge 督办。
        该谁做、现在能不能做由状态表定。"""
        by = self._by(request, said.by)
        words = said.model_dump(exclude={"by"})
        if said.to and said.to not in self._parties.known:
            raise BadRequest("to 不是已知的平台")
        done = Deed(
            _named(request, idempotency_key, f"{ticket} {deed}"), deed, by, self._clock.wall(),
            **{**words, "who": said.who or request.state.who.name},
        )  # fmt: skip
        handling = await self._desk.do(ticket, done, speaker=self._speaker(by), expected=_version(if_match))
        return self._answer(handling, by)

    async def pair(
        self, ticket: TicketId, asked: PairIn, request: Request, idempotency_key: KeyHeader = None
    ) -> JSONResponse:
        """110 把纠纷的根源交给 12345，或 12345 把威胁线索交给 110：另开一张工单，与这张成一对，各有时限；
        对方反馈、办结时，这张工单的经过里出现“回告”。"""
        by = self._by(request, asked.by)
        self._known_category(asked.category)
        await self._desk.handling(ticket, _platform(request))
        papers = await self._store.papers(ticket)
        if papers is None or asked.to not in self._parties.known or asked.to == by:
            raise BadRequest("to 不是另一个已知的平台，或这张工单没有内容")
        second = _named(request, idempotency_key, f"{ticket} pair")
        way = self._parties.way(by, asked.to)
        document = pair_papers(papers, asked.model_dump(), second, by, self._clock.wall(), way)
        handling = await self._desk.received(document, kind="opened", speaker=self._speaker(by))
        return self._answer(handling, by, 201)

    async def changes(
        self,
        request: Request,
        after: Annotated[int, Query(ge=0, le=2**62, description="上次答复里的 next；第一次写 0")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> JSONResponse:
        """与本平台有关的每一步，先发生的在前。没有新的就是空的，next 不变。"""
        return self._page(await self._store.changes(after, limit, _platform(request)), after, request)

    async def categories(self) -> JSONResponse:
        """附件1–3 和其他热线的类别。"""
        rows = [{"id": id, "name": name, "to": to} for id, name, to in self._categories()]
        return JSONResponse({"categories": rows})

    def _known_category(self, category: str | None) -> None:
        if category is not None and category not in {row[0] for row in self._categories()}:
            raise BadRequest("没有这个事项类别；编号见 /exchange/v1/categories")

    def _by(self, request: Request, named: str) -> str:
        """The platform that acts: the token's, or the one an administrator names."""
        own = _platform(request)
        if own and named and named != own:
            raise NotAllowed(f"the token is of {own}")
        by = own or named or self._parties.home
        if by not in self._parties.known:
            raise BadRequest("by 要写已知的平台")
        return by

    def _speaker(self, by: str) -> str:
        return "" if by in self._parties.own else by

    def _page(self, entries: tuple[Entry, ...], after: int, request: Request) -> JSONResponse:
        """Steps, what people gave for reasons covered as the papers are."""
        viewer = request.state.who
        rows = [{"seq": each.seq, "ticket": each.ticket, **each.document} for each in entries]
        if not viewer.has("exchange"):
            rows = [self._lens.value(row, viewer) for row in rows]
        return JSONResponse({"changes": rows, "next": entries[-1].seq if entries else after})

    def _answer(self, handling: Handling, by: str, status: int = 200) -> JSONResponse:
        return JSONResponse(self._desk.view(handling, by), status, headers={"ETag": f'"{handling.version}"'})


def _platform(request: Request) -> str:
    """Whose platform asks; "": this installation as a whole."""
    platform: str = request.state.who.platform
    return platform


def _named(request: Request, key: str | None, what: str) -> str:
    """An id that the same request has again, and no other one."""
    key = (key or "").strip().strip('"')
    if not key:
        raise NoKey("请求头 Idempotency-Key 要有 1 到 128 个字符")
    return hashlib.sha256(f"{request.state.who.digest}\n{what}\n{key}".encode()).hexdigest()[:32]


def _version(if_match: str | None) -> int | None:
    """The version an If-Match names; None: any. A tag of `read` names the papers', too."""
    if if_match is None or if_match.strip() == "*":
        return None
    number = if_match.strip().removeprefix("W/").strip('"').split(".")[0]
    if not number.isdecimal() or len(number) > 10:
        raise VersionMoved("If-Match 不是这张工单的版本")
    return int(number)

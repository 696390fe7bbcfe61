"""The interface's description: as OpenAPI 3.1 at `/openapi.json`, and as a page a developer reads, `/docs`.

The page is made from the same description on the server: no script from elsewhere, nothing to keep in step.
It knows OpenAPI's words and HTML, nothing of what the routes do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, JSONResponse

_METHODS: Final = ("get", "post", "put", "delete")
_CODE: Final = re.compile("`([^`]+)`")
_WHERE: Final = {"path": "路径", "query": "参数", "header": "请求头"}

Json = dict[str, Any]


class Manual:
    """The handlers over an application's own description."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._page = ""

    def router(self) -> APIRouter:
        """GET /openapi.json and GET /docs; in no description themselves."""
        router = APIRouter(include_in_schema=False)
        router.get("/openapi.json")(self.description)
        router.get("/docs")(self.page)
        return router

    async def description(self) -> JSONResponse:
        """OpenAPI 3.1."""
        return JSONResponse(self._app.openapi())

    async def page(self) -> HTMLResponse:
        """The same for people; made once."""
        self._page = self._page or page(self._app.openapi())
        return HTMLResponse(self._page)


def page(api: Json) -> str:
    """A whole HTML page of an OpenAPI description."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in api["paths"].items():
        for method in _METHODS:
            if method in methods:
                tag = (methods[method].get("tags") or ["其他"])[0]
                by_tag.setdefault(tag, []).append(_operation(method, path, methods[method]))
    title, about = escape(api["info"]["title"]), _text(api["info"].get("description", ""))
    index = "".join(f'<li><a href="#{escape(tag)}">{escape(tag)}</a></li>' for tag in by_tag)
    parts = "".join(
        f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2>{"".join(shown)}</section>'
        for tag, shown in by_tag.items()
    )
    shapes = "".join(_shape(name, shape) for name, shape in api["components"]["schemas"].items())
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title} 接口</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/web/manual.css">'
        f"</head><body><header><h1>{title} 接口</h1><p>{about}</p>"
        '<p>机器读的：<a href="/openapi.json">/openapi.json</a>（OpenAPI 3.1）</p>'
        f'</header><nav><ul>{index}<li><a href="#shapes">数据</a></li></ul></nav><main>{parts}'
        f'<section id="shapes"><h2>数据</h2>{shapes}</section></main></body></html>'
    )


def _text(said: str) -> str:
    """Words of a description: `code` as code; the framework's own word for success in Chinese."""
    return _CODE.sub(r"<code>\1</code>", escape(said)).replace("Successful Response", "成功")


def _operation(method: str, path: str, operation: Json) -> str:
    rows = "".join(_parameter(each) for each in operation.get("parameters", ()))
    table = f"<table><tr><th>名字</th><th>在哪里</th><th>说明</th></tr>{rows}</table>" if rows else ""
    content = operation.get("requestBody", {}).get("content", {})
    asks = "".join(f"<p>请求正文：{_type(each.get('schema', {}))}</p>" for each in content.values())
    answers = "".join(
        f"<tr><td>{escape(status)}</td><td>{_text(answer.get('description', ''))}</td>"
        f"<td>{_answer(answer)}</td></tr>"
        for status, answer in operation.get("responses", {}).items()
    )
    return (
        f'<article><h3><b class="{method}">{method.upper()}</b> <code>{escape(path)}</code></h3>'
        f"<p><strong>{escape(operation.get('summary', ''))}</strong> "
        f"{_text(operation.get('description', ''))}</p>{table}{asks}"
        f"<table><tr><th>应答</th><th>含义</th><th>正文</th></tr>{answers}</table></article>"
    )


def _parameter(each: Json) -> str:
    about = each.get("description") or each.get("schema", {}).get("description", "")
    must = "（必填）" if each.get("required") else ""
    return (
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{_WHERE.get(each['in'], each['in'])}{must}</td>"
        f"<td>{escape(about)} {_type(each.get('schema', {}))}</td></tr>"
    )


def _answer(answer: Json) -> str:
    return "".join(_type(each.get("schema", {})) for each in answer.get("content", {}).values())


def _shape(name: str, shape: Json) -> str:
    must = frozenset(shape.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'（必填）' if field in must else ''}</td>"
        f"<td>{_type(each)}</td><td>{escape(each.get('description', ''))}</td></tr>"
        for field, each in shape.get("properties", {}).items()
    )
    table = f"<table><tr><th>字段</th><th>类型</th><th>含义</th></tr>{rows}</table>" if rows else ""
    about = escape(shape.get("description", ""))
    return f'<article id="{escape(name)}"><h3><code>{escape(name)}</code></h3><p>{about}</p>{table}</article>'


def _type(schema: Json) -> str:
    """A schema in a few words, with a link to the shape it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if "enum" in schema:
        return "、".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    if "anyOf" in schema:
        return " 或 ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"{_type(schema.get('items', {}))} 的列表"
    return escape(" ".join((str(schema.get("type", "任意")), *_bounds(schema))))


def _bounds(schema: Json) -> Iterator[str]:
    words = {"minimum": "最小", "maximum": "最大", "minLength": "最短", "maxLength": "最长"}
    yield from (f"{text} {schema[name]}" for name, text in words.items() if name in schema)
    if "const" in schema:
        yield f"= {schema['const']}"

"""The pages over HTTPS: a browser's microphone needs it. The certificate is the configuration's."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import httpx
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import connect

from bridge.app.http_server import HttpServer
from bridge.settings import Endpoint
from bridge.settings.house import ApiTls
from tests.peers.certificates import Authority


async def test_pages_and_sockets_come_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    authority.issue("bridge", ip="127.0.0.1")
    app = FastAPI()

    @app.get("/")
    async def page() -> dict[str, str]:
        return {"scheme": "seen"}

    @app.websocket("/ws")
    async def socket(ws: WebSocket) -> None:
        await ws.accept()
        await ws.send_json({"type": "hello"})
        await ws.close()

    tls = ApiTls(certificate=tmp_path / "bridge.crt", key=tmp_path / "bridge.key")
    server = HttpServer(app, Endpoint("127.0.0.1", 0), tls)
    await server.start()
    try:
        trust = ssl.create_default_context(cafile=str(tmp_path / "authority.crt"))
        async with httpx.AsyncClient(verify=trust) as client:
            assert (await client.get(f"https://127.0.0.1:{server.port}/")).json() == {"scheme": "seen"}
        async with connect(f"wss://127.0.0.1:{server.port}/ws", ssl=trust, proxy=None) as ws:
            assert json.loads(await ws.recv()) == {"type": "hello"}
    finally:
        await server.stop()

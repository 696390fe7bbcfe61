"""`bridge stand-in`: the stand-in ticket platform as a process of its own."""

from __future__ import annotations

import asyncio
import base64
import secrets
import signal
from pathlib import Path

from bridge.api.stand_in import create_stand_in
from bridge.app.http_server import HttpServer
from bridge.settings import Endpoint


def run(host: str, port: int, secret_file: Path | None, store: Path | None, fail_first: int) -> None:
    """Serve until SIGTERM or Ctrl-C. Without a secret file a new secret is made, and shown once."""
    secret = secret_file.read_text().strip() if secret_file else _new_secret()
    asyncio.run(_run(Endpoint(host, port), secret, store, fail_first))


async def _run(listen: Endpoint, secret: str, store: Path | None, fail_first: int) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = HttpServer(create_stand_in(secret, store, fail_first=fail_first), listen)
    await server.start()
    try:
        print(f"stand-in ready http://{listen.host}:{server.port}", flush=True)
        await ended.wait()
    finally:
        await server.stop()


def _new_secret() -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    print(f"签名密钥（写进配置里 tickets 的 secret_file）：{secret}", flush=True)
    return secret

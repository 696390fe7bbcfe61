"""uvicorn within a loop of ours: started when its socket listens, stopped without the process. With a
certificate it speaks HTTPS and WSS, else plain HTTP."""

from __future__ import annotations

import asyncio
import contextlib

import uvicorn
from fastapi import FastAPI

from bridge.api.app import SERVER
from bridge.errors import AdministratorError
from bridge.settings import Endpoint
from bridge.settings.house import ApiTls


class HttpServer:
    """One app at one address."""

    def __init__(self, app: FastAPI, listen: Endpoint, tls: ApiTls | None = None) -> None:
        secure = {} if tls is None else {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key}
        config = uvicorn.Config(
            app,
            host=listen.host,
            port=listen.port,
            log_config=None,
            **secure,  # type: ignore[arg-type]  # paths and a port in one dict
            **SERVER,
        )
        self._server, self._listen = uvicorn.Server(config), listen
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen. Raises AdministratorError when the address is taken."""
        # capture_signals would take SIGTERM away from the process this is only a part of.
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        self._task = asyncio.create_task(self._serve(), name="http")
        while not self._server.started:
            if self._task.done():
                raise AdministratorError(f"{self._listen} 不能监听：换一个 api.listen，或停掉占用它的程序")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Close pages and the socket; harmless when repeated."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port bound, where 0 asked for any."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def _serve(self) -> None:
        with contextlib.suppress(SystemExit):  # uvicorn's way to say that it can't bind
            await self._server.serve()

"""The watch: starts the bridge's processes, waits until each says it is ready, starts again what dies.

Knows commands and ready lines only. The voice path is a process of its own, so neither a dead recogniser
nor a dead control process stops it; each comes back with a growing pause, and children never outlive the
watch.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

log = structlog.get_logger(__name__)

READY_SECONDS: Final = 60.0
"""A big recogniser model loads in tens of seconds; nothing of ours takes longer."""
STOP_SECONDS: Final = 8.0
"""From asking a child to leave until it is made to."""
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 10.0
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Command:
    """A child: its name, its arguments (after the interpreter), how its ready line on stdout begins, and the
    signals that are passed on to it."""

    name: str
    argv: tuple[str, ...]
    ready: str
    takes: tuple[signal.Signals, ...] = ()


class NotReady(RuntimeError):
    """A child ended, or said nothing, before it was ready."""


class Child:
    """One process kept alive. `on_line` gets what it prints."""

    def __init__(self, command: Command, on_line: Callable[[str, str], None]) -> None:
        self.command, self._on_line = command, on_line
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._up = False
        self.restarts = 0

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises NotReady."""
        self._task = asyncio.create_task(self._keep(), name=f"watch-{self.command.name}")
        ready = asyncio.create_task(self._ready.wait())
        done, _ = await asyncio.wait(
            {self._task, ready}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        ready.cancel()
        if ready not in done:
            await self.stop()
            raise NotReady(f"{self.command.name} 没有启动成功，请看上面的日志")

    async def stop(self) -> None:
        """Ask it to leave, then make it; harmless when repeated."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def pid(self) -> int | None:
        """The process now running."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def tell(self, number: signal.Signals) -> None:
        """A signal, to a child that takes it (see Command) and is there to."""
        process = self._process
        # Before it is ready it has no ear for signals yet, and would die of one.
        if process is not None and process.returncode is None and self._up and number in self.command.takes:
            process.send_signal(number)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping:
            code = await self._run()
            if self._stopping or not self._ready.is_set():
                return
            self.restarts += 1
            log.error("child.died", child=self.command.name, code=code, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run(self) -> int:
        # A session of its own: Ctrl-C at the terminal is the watch's to handle, which stops its children in
        # order.
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self.command.argv,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=leave_with_parent,
        )
        if process.stdout is None:
            raise NotReady(self.command.name)
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            if line.startswith(self.command.ready):
                self._ready.set()
                self._up = True
            self._on_line(self.command.name, line)
        self._up = False
        return await process.wait()


async def keep_watch(commands: tuple[Command, ...], on_line: Callable[[str, str], None]) -> None:
    """Start the commands in order, keep them alive until SIGTERM or SIGINT, stop them in reverse. Raises
    NotReady."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    children = [Child(command, on_line) for command in commands]
    loop.add_signal_handler(signal.SIGHUP, partial(_tell_all, children, signal.SIGHUP))
    started: list[Child] = []
    try:
        for child in children:
            started.append(child)
            await child.start()
            if stop.is_set():
                return
        on_line("bridge", "bridge ready")
        await stop.wait()
    finally:
        for child in reversed(started):
            await child.stop()


def _tell_all(children: list[Child], number: signal.Signals) -> None:
    for child in children:
        child.tell(number)


def leave_with_parent() -> None:
    """In a child just born: SIGTERM when its parent dies, however it dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

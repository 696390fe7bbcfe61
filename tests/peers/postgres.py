"""A throwaway PostgreSQL: a server of its own in a temporary folder, an empty database for each test.

It listens on a Unix socket only, so it needs no port and stands in no other test's way. It promises nothing
at a power cut (fsync off), which no test asks of it, and dies with the process that started it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from bridge.adapters.db import Database

OLDEST: Final = 15
USER: Final = "bridge"
PATIENCE_S: Final = 60
_HURRY: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
_SMALL: Final = ("shared_buffers=64MB", "max_connections=60", "listen_addresses=", "log_min_messages=fatal")
_CLEAN: Final = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    DO $$ DECLARE name text; used bool; BEGIN
        FOR name IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO used;
            IF used THEN EXECUTE format('TRUNCATE %I RESTART IDENTITY CASCADE', name); END IF;
        END LOOP;
    END $$"""
"""Ten times quicker than a database made anew."""


def binaries() -> Path | None:
    """The folder of the newest server of Debian's that is new enough."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    fit = [path for path in found if path.parent.name.isdigit() and int(path.parent.name) >= OLDEST]
    return max(fit, key=lambda path: int(path.parent.name), default=None)


class Postgres:
    """Started when made; stop() ends it and takes the folder away. durable: it promises what a real one does,
    to be measured."""

    def __init__(self, programs: Path, *, durable: bool = False) -> None:
        self.programs, self._durable = programs, durable
        self.folder = Path(tempfile.mkdtemp(prefix="bridge-pg-"))
        self._as = _unprivileged()
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        if self._as:
            shutil.chown(self.folder, self._as["user"], self._as["group"])
        self._call(
            "initdb", "-N", "-D", f"{self.folder}/data", "-U", USER, "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8",
        )  # fmt: skip
        self._server = self._serve()

    def _serve(self) -> subprocess.Popen[bytes]:
        options = [
            part for option in (*(() if self._durable else _HURRY), *_SMALL) for part in ("-c", option)
        ]
        command = ["-D", f"{self.folder}/data", "-k", str(self.folder), *options]
        mortal = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
        server = subprocess.Popen(
            [*mortal, str(self.programs / "postgres"), *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            **self._as,
        )  # fmt: skip
        ready = threading.Event()
        for _ in range(PATIENCE_S * 20):
            if self._answers():
                return server
            assert server.poll() is None, "PostgreSQL did not start"
            ready.wait(0.05)
        raise AssertionError("PostgreSQL does not answer")

    def empty(self) -> str:
        """The URL of a database with nothing in it, not even tables."""
        name = f"t{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: str) -> None:
        """That database is not wanted any more."""
        self.sql(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")

    def fresh(self) -> str:
        """The URL of a database in the newest shape, with no rows. Given back, it is the next one's."""
        if self._free:
            return self._free.pop()
        url = self.empty()
        _in_a_thread(_shape, url)
        return url

    def give_back(self, url: str) -> None:
        """Emptied of rows and connections, its shape as it should be."""
        self.sql(_CLEAN, name_of(url))
        self._free.append(url)

    def url(self, name: str) -> str:
        """The URL of a database of this server."""
        return f"postgresql+asyncpg://{USER}@/{name}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What a statement answers, one row a line, columns split by `|`."""
        called = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return self._call(
            *called, "-h", str(self.folder), "-U", USER, "-d", database, "-c", statement
        ).strip()

    def stop(self) -> None:
        """It is gone, and its folder."""
        self._server.send_signal(signal.SIGINT)  # a fast end: it waits for no session
        self._server.wait(PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        asked = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder), "-U", USER]
        return subprocess.run(asked, check=False).returncode == 0

    def _call(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            capture_output=True, text=True, check=False, cwd="/", timeout=PATIENCE_S, **self._as,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def name_of(url: str) -> str:
    """The database's name in its URL."""
    return url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise AssertionError("there is nobody PostgreSQL could run as")


async def _shape(url: str) -> None:
    database = Database(url)
    await database.start()
    await database.stop()


def _in_a_thread(run: Any, *args: Any) -> None:
    """An event loop of its own, whether or not this thread has one."""
    troubles: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(run(*args))
        except BaseException as trouble:
            troubles.append(trouble)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if troubles:
        raise troubles[0]

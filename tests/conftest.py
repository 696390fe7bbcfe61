"""What every test may ask for: a program or package of the machine, or a skip that names what to install."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.peers.ports import WORKER
from tests.peers.postgres import Postgres, binaries

settings.register_profile(
    "suite", parent=settings.default, deadline=None, suppress_health_check=(HealthCheck.too_slow,)
)
settings.load_profile("suite")  # tests share the cores: how long an example took on the wall says nothing

LONG = ("tests/asr/test_model_accuracy", "tests/wire/", "tests/calls/", "tests/asr/", "tests/api/")
Need = Callable[..., str]


def _missing(reason: str) -> None:
    """In CI a missing peer is a failure: a green run must mean that everything ran."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def need() -> Need:
    """`need("sipp", debian="sip-tester")` or `need("pyVoIP", pypi="pyVoIP")`: the program's path, or a
    skip."""

    def find(name: str, *, debian: str = "", pypi: str = "") -> str:
        if pypi:
            if importlib.util.find_spec(name) is None:
                _missing(f"needs the PyPI package {pypi}")
            return name
        path = shutil.which(name)
        if path is None:
            _missing(f"needs the Debian package {debian or name}")
        return path or ""

    return find


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this worker's own; a skip that names what to install where there is none."""
    programs = binaries()
    if programs is None:
        _missing("needs the Debian package postgresql")
        raise AssertionError
    server = Postgres(programs)
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database of this test's own in PostgreSQL, in the newest shape."""
    url = postgres.fresh()
    yield url
    postgres.give_back(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same test on both databases: the URL of one that holds nothing yet, in the newest shape."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    path = shutil.copy(request.getfixturevalue("blank_database"), tmp_path / "bridge.db")
    return f"sqlite+aiosqlite:///{path}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: several workers then end together, on many short files."""
    items.sort(key=lambda item: next((n for n, begin in enumerate(LONG) if item.nodeid.startswith(begin)), 9))


def pytest_make_parametrize_id(val: object) -> str | None:
    """An example is called the same in every worker, though each has addresses of its own."""
    own = f"127.{WORKER}."
    return val.replace(own, "127.0.", 1) if isinstance(val, str) and val.startswith(own) else None


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file of the newest shape, to be copied: bringing one there takes most of a second."""
    path = tmp_path_factory.mktemp("blank") / "bridge.db"

    from bridge.adapters.db import Database  # noqa: PLC0415  only where a test asks for it

    async def migrated() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await database.start()
        await database.stop()

    asyncio.run(migrated())
    return path

"""What every test may ask for: a program or package of the machine, or a skip that names what to install."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from tests.peers.ports import WORKER

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: several workers then end together, on many short files."""
    items.sort(key=lambda item: next((n for n, begin in enumerate(LONG) if item.nodeid.startswith(begin)), 9))


def pytest_make_parametrize_id(val: object) -> str | None:
    """An example is called the same in every worker, though each has addresses of its own."""
    own = f"127.{WORKER}."
    return val.replace(own, "127.0.", 1) if isinstance(val, str) and val.startswith(own) else None

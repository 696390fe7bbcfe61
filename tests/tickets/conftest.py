"""The shipped gazetteer, read once."""

from __future__ import annotations

import pytest

from bridge.adapters.place_files import SHIPPED, load
from bridge.tickets.gazetteer import Gazetteer


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return load(SHIPPED)

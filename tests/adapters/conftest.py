"""What tests of this room share."""

from __future__ import annotations

import socket

import pytest

from tests.adapters.asr_ears import clock, connected, engine, listener, no_tail, serve_on

__all__ = ["clock", "connected", "engine", "free_port", "listener", "no_tail", "serve_on"]


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""What tests of this room share."""

from __future__ import annotations

from tests.adapters.asr_ears import clock, connected, engine, listener, no_tail, serve_on

__all__ = ["clock", "connected", "engine", "listener", "no_tail", "serve_on"]

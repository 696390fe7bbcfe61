"""The interface's description without a running bridge: the same application, built and not started."""

from __future__ import annotations

import json
from pathlib import Path

from bridge.app.wiring import Control
from bridge.settings import Settings


def described() -> str:
    """OpenAPI 3.1 as JSON text."""
    nowhere = Path("/nonexistent")
    api = Control(Settings(), nowhere, nowhere, ()).api()
    return json.dumps(api.openapi(), ensure_ascii=False, indent=2)

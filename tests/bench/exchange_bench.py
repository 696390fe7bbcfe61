"""Nothing lost, nothing doubled: the exchange in a storm. 30 % of the partner's answers fail (half of them
after it has taken the letter), others come twice or late, and the bridge is killed two hundred times."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from bridge.adapters.db import Database
from tests.peers.storm import storm

KILLS = 200
SECONDS = 480.0
"""Two hundred lives of half a second fit in four times over; on a busy machine fewer may, and the figure
says how many there were."""


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_storm(Path(folder) / "storm.db"))


async def _storm(path: Path) -> dict[str, Any]:
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.start()
    await database.stop()
    found = await storm(path, kills=KILLS, seconds=SECONDS)
    return {
        "storm_kills": found.kills,
        "storm_letters": found.safe,
        "storm_posts": found.posts,
        "storm_lost": len(found.lost),
        "storm_doubled": len(found.doubled) + len(found.counted_twice),
        "storm_overtaken": len(found.overtaken),
    }

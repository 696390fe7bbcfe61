"""kill -9 in the middle of writing and pushing, again and again: every ticket arrives, once, in order."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from bridge.adapters.db import Database
from bridge.adapters.db_outbox import Outbox
from bridge.adapters.push import PushWorker
from bridge.adapters.push_post import Destination
from bridge.clock import SystemClock
from bridge.post.signing import Key, secret_of
from tests.peers.ports import free_tcp

WRITER = Path(__file__).parent / "push_writer.py"
ROOT = Path(__file__).parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LIVES = 3
LINES_BEFORE_THE_KILL = (7, 20, 41)
PLATFORM = """
import sys, uvicorn
from pathlib import Path
from bridge.api.stand_in import create_stand_in
app = create_stand_in(sys.argv[1], Path(sys.argv[2]), fail_first=int(sys.argv[4]))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_level="critical")
"""


def run_and_kill(database_url: str, url: str, life: int) -> set[tuple[str, int]]:
    """What the writer said was safe before it was killed."""
    command = [sys.executable, str(WRITER), database_url, url, SECRET, f"life{life}"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert process.stderr is not None
    said: set[tuple[str, int]] = set()
    for _ in range(LINES_BEFORE_THE_KILL[life]):
        name, version = process.stderr.readline().split()
        said.add((name, int(version)))
    process.kill()
    said |= {(line.split()[0], int(line.split()[1])) for line in process.stderr.read().splitlines() if line}
    process.wait()
    process.stderr.close()
    return said


def received(folder: Path) -> list[tuple[str, int]]:
    file = folder / "tickets.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    tickets = [json.loads(line)["ticket"] for line in lines]
    return [(ticket["incident"], ticket["version"]) for ticket in tickets]


async def drain(database_url: str, url: str) -> None:
    """What the next start of the bridge does: push until nothing waits."""
    clock, told = SystemClock(), asyncio.Event()
    database = Database(database_url)
    await database.start()
    outbox = Outbox(database, clock)
    worker = PushWorker(
        outbox=outbox,
        destinations={"110": Destination(url, (Key(secret_of(SECRET)),))},
        clock=clock,
        on_delivered=lambda _: told.set(),
    )
    await worker.start()
    async with asyncio.timeout(60):
        while (await outbox.counts()).get("waiting"):
            told.clear()
            await asyncio.wait([asyncio.ensure_future(told.wait())], timeout=0.1)
    assert await outbox.counts() == {}
    await worker.stop()
    await database.stop()


def test_no_ticket_is_lost_or_doubled_by_kill_9(tmp_path: Path, database_url: str) -> None:
    free_port = free_tcp()
    far, url = tmp_path / "far", f"http://127.0.0.1:{free_port}/tickets"
    platform = subprocess.Popen(
        [sys.executable, "-c", PLATFORM, SECRET, str(far), str(free_port), "3"], cwd=ROOT
    )
    try:
        safe: set[tuple[str, int]] = set()
        for life in range(LIVES):
            safe |= run_and_kill(database_url, url, life)
        asyncio.run(drain(database_url, url))
    finally:
        platform.terminate()
        platform.wait()
    arrived = received(far)
    assert len(arrived) == len(set(arrived)), "a version was stored twice"
    newest: dict[str, int] = {}
    for incident, version in arrived:
        assert version > newest.get(incident, 0), "an older version overtook a newer one"
        newest[incident] = version
    for incident, version in safe:
        assert newest.get(incident, 0) >= version, f"{incident} version {version} was lost"
        # The first and the last version are never folded into another.
        assert version == 2 or (incident, version) in arrived

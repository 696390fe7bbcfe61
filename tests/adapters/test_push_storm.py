"""0 lost, 0 doubled: a partner of which 30 % of the answers fail, a bridge that is killed at moments nobody
chose. The bench `exchange` does the same two hundred times."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.peers.storm import FAILING, storm

KILLS = 4


async def test_nothing_is_lost_or_doubled_in_a_storm(tmp_path: Path, blank_database: Path) -> None:
    assert pytest.approx(0.30) == FAILING
    found = await storm(Path(shutil.copy(blank_database, tmp_path)), kills=KILLS)
    assert found.kills == KILLS
    assert found.safe > 20, "the last life alone writes more, however slow the others were"
    assert (found.lost, found.doubled, found.overtaken) == ([], [], [])
    assert (found.counted_twice, found.forged) == ([], 0)
    assert found.posts > found.safe // 2, "nothing was ever sent twice: there was no storm"

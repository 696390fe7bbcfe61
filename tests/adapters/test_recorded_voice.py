"""A stretch of one side of a recording: the samples that were said then; and the book of what is owed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bridge.adapters.db import Database
from bridge.adapters.db_owed import OwedTable
from bridge.adapters.db_recordings import RecordingTable
from bridge.adapters.recorded_voice import RecordedVoice
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.errors import NoSuchThing, UnusableRecording
from bridge.media import g711
from bridge.media.plan import Codec
from bridge.media.takes import LEFT, RIGHT, Kept, TakeLeg
from bridge.media.wav import header
from bridge.tickets.missed import Missed, Owed

BEGAN = 5000.0


class Still:
    def monotonic(self) -> float:
        return 1.0

    def wall(self) -> datetime:
        return datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    await made.start()
    yield made
    await made.stop()


def samples(value: int) -> np.ndarray:
    """Two seconds that say when they are: a step each tenth."""
    return np.repeat(np.arange(20, dtype=np.int16) * 100 + value, 800)


async def recorded(database: Database, folder: Path, law: Codec) -> RecordedVoice:
    left, right = (g711.encode(law, samples(value)) for value in (1000, 8000))
    stereo = np.empty((16_000, 2), dtype=np.uint8)
    stereo[:, 0], stereo[:, 1] = np.frombuffer(left, np.uint8), np.frombuffer(right, np.uint8)
    (folder / "a-1.wav").write_bytes(header(law, 2, 32_000) + stereo.tobytes())
    legs = (TakeLeg("in", LEFT, "caller"), TakeLeg("agent", RIGHT, "12345"))
    table, at = RecordingTable(database, Still()), Still().wall().isoformat()
    await table.keep(Kept("a-1", "a", "c", legs, "a-1.wav", BEGAN, at, law, False, 2.0, 1, "ab" * 32))
    return RecordedVoice(RecordingShelf(table, folder, None, None, Still()))


@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
async def test_one_side_from_here_to_there(database: Database, tmp_path: Path, law: Codec) -> None:
    voice = await recorded(database, tmp_path, law)
    (tape,) = await voice.of("c")
    assert (tape.began, tape.ended, dict(tape.channels)) == (BEGAN, BEGAN + 2, {"in": 0, "agent": 1})
    for channel, value in ((0, 1000), (1, 8000)):
        pcm = await voice.voice(tape, channel, BEGAN + 0.5, BEGAN + 1.5)
        wanted = g711.decode(law, g711.encode(law, samples(value)[4000:12_000]))
        assert pcm == wanted.astype("<i2").tobytes()


async def test_beyond_its_ends_there_is_nothing(database: Database, tmp_path: Path) -> None:
    voice = await recorded(database, tmp_path, "PCMA")
    (tape,) = await voice.of("c")
    assert len(await voice.voice(tape, 0, BEGAN - 9, BEGAN + 0.1)) == 1600
    assert len(await voice.voice(tape, 0, BEGAN + 1.9, BEGAN + 9)) == 1600
    assert await voice.voice(tape, 0, BEGAN + 3, BEGAN + 4) == b""


async def test_a_file_that_is_gone_or_is_none_is_told(database: Database, tmp_path: Path) -> None:
    voice = await recorded(database, tmp_path, "PCMA")
    (tape,) = await voice.of("c")
    (tmp_path / "a-1.wav").write_bytes(b"not a recording")
    with pytest.raises(UnusableRecording):
        await voice.voice(tape, 0, BEGAN, BEGAN + 1)
    (tmp_path / "a-1.wav").unlink()
    with pytest.raises(NoSuchThing):
        await voice.voice(tape, 0, BEGAN, BEGAN + 1)
    assert await voice.of("another") == []


async def test_what_is_owed_is_written_once_a_call_and_struck_out(database: Database) -> None:
    book = OwedTable(database, Still())
    first = Owed("c1", 12.5, ("I1", "I2"), (Missed("c1", "in", "caller", 13.25, 14.5),))
    await book.put(first)
    await book.put(Owed("c2", 1.0, (), ()))
    again = Owed("c1", 12.5, ("I1", "I2"), first.missed, tries=3)
    await book.put(again)
    assert await book.all() == [again, Owed("c2", 1.0, (), ())]
    await book.paid("c1")
    await book.paid("unknown")
    assert [each.call for each in await book.all()] == ["c2"]

"""The meter on a loop that is at rest, and on one that is held up."""

from __future__ import annotations

import asyncio
import time

from bridge.adapters.load_meter import LoadMeter
from bridge.calls.overload import Sample


async def measured(count: int, hold: float = 0.0) -> list[Sample]:
    """That many samples, the loop held up once."""
    samples, enough, read = [], asyncio.Event(), iter(range(3, 1000, 3))

    def hear(sample: Sample) -> None:
        samples.append(sample)
        if len(samples) >= count:
            enough.set()

    meter = LoadMeter(hear, lambda: next(read), lambda: 0.25)
    await meter.start()
    if hold:
        end = time.monotonic() + hold
        while time.monotonic() < end:
            pass
    async with asyncio.timeout(20):
        await enough.wait()
    await meter.stop()
    await meter.stop()
    return samples


async def test_what_it_tells() -> None:
    (sample,) = await measured(1)
    assert (sample.backlog, sample.fill) == (3, 0.25)
    assert sample.cpu < 1.2


async def test_a_loop_that_is_held_up_is_late_and_busy() -> None:
    before = time.process_time()
    (sample,) = await measured(1, hold=0.75)
    used = time.process_time() - before
    assert sample.lag >= 0.45
    assert sample.cpu >= 0.5 * used / 1.5

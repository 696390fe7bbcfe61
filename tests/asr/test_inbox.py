"""What waits: bounded, in order, nothing dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from asr.inbox import MOST_BYTES, MOST_MESSAGES, Inbox


class Source:
    """Messages as a socket gives them; `read` counts how many were taken."""

    def __init__(self, messages: list[str | bytes], *, ends: bool = False) -> None:
        self._messages, self._ends = messages, ends
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        for message in self._messages:
            self.read += 1
            yield message
        if not self._ends:
            await asyncio.Event().wait()


async def filled(inbox: Inbox, source: Source) -> asyncio.Task[None]:
    task = asyncio.create_task(inbox.fill(source))
    for _ in range(2 * MOST_MESSAGES + 10):
        await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    ("message", "most"), [(b"\0\0", MOST_MESSAGES), (bytes(MOST_BYTES // 4), 4), (bytes(MOST_BYTES * 3), 1)]
)
async def test_full_leaves_the_socket_unread_until_something_is_taken(message: bytes, most: int) -> None:
    inbox, source = Inbox(), Source([message] * 200)
    task = await filled(inbox, source)
    assert source.read == most + 1  # the one more is in the reader's hand
    taken = await inbox.take()
    assert len(taken) == most
    for _ in range(MOST_MESSAGES + 10):
        await asyncio.sleep(0)
    assert source.read == 2 * most + 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_everything_comes_once_in_order_with_its_time() -> None:
    messages: list[str | bytes] = [str(number) for number in range(500)]
    inbox = Inbox()
    task = asyncio.create_task(inbox.fill(Source(messages)))
    got = []
    while len(got) < len(messages):
        got += await asyncio.wait_for(inbox.take(), 5)
    assert [each.message for each in got] == messages
    assert [each.at for each in got] == sorted(each.at for each in got)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_client_that_is_gone_leaves_nothing_to_do() -> None:
    inbox = Inbox()
    task = await filled(inbox, Source(["a", "b"], ends=True))
    assert await asyncio.wait_for(inbox.take(), 5) == []
    assert await asyncio.wait_for(inbox.take(), 5) == []
    await task

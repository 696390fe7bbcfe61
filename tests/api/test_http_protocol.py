"""What strangers may send before a body, and how a connection of ours carries many requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bridge.api.http_protocol import MAX_HEAD

from .conftest import House

Serve = Callable[..., AbstractAsyncContextManager[int]]


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET /healthz HTTP/1.1\r\n", b"x-more: 1\r\n" * 100),
        (b"GET /", b"a" * 1000),
        (b"GET / HTTP/1.1\r\na: ", b"b" * 999),
    ],
    ids=["headers", "address", "one header"],
)
async def test_a_head_without_an_end_is_answered_and_cut_off(
    house: House, serve: Serve, begin: bytes, more: bytes
) -> None:
    async with serve(house) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begin)
        sent = 0
        answer = asyncio.create_task(reader.read())
        while not answer.done() and sent < 100 * MAX_HEAD:
            try:
                writer.write(more)
                await writer.drain()
                await asyncio.sleep(0)  # the bridge is on this loop too
            except ConnectionError:
                break
            sent += len(more)
        shown = (await asyncio.gather(answer, return_exceptions=True))[0]
        writer.close()
        assert sent < 100 * MAX_HEAD
        assert isinstance(shown, ConnectionError) or shown.startswith(b"HTTP/1.1 400")
        await _well(port)


async def test_requests_one_behind_the_other_are_answered_in_their_order(house: House, serve: Serve) -> None:
    async with serve(house) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"HTTP/1.1\r\nhost: bridge\r\n"
        writer.write(b"GET /healthz %s\r\nGET /no/such/thing %sconnection: close\r\n\r\n" % (head, head))
        answers = (await asyncio.wait_for(reader.read(), 10)).split(b"HTTP/1.1 ")[1:]
        writer.close()
        assert [answer[:1] for answer in answers] == [b"2", b"4"]


async def _well(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: bridge\r\nconnection: close\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 200")
    writer.close()

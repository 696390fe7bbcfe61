"""Telephones behind a NAT hear from us now and then; all others don't."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bridge.adapters.sip_keepalive import KEY, KeepAlive, behind_nat
from bridge.routing.registrar import Binding
from bridge.sip.message import Address
from bridge.sip.uri import parse_uri

OUTSIDE = Address("203.0.113.7", 40000)


def phone(contact: str, source: Address = OUTSIDE) -> Binding:
    return Binding(parse_uri(contact), source, "c", 1, 1000.0)


NATED = phone("sip:8003@192.168.1.5:5060")


@pytest.mark.parametrize(
    ("binding", "nat"),
    [
        (NATED, True),
        (phone("sip:8003@203.0.113.7:40000"), False),
        (phone("sip:8003@203.0.113.7:5060"), True),  # the same house, another door
        (phone("sip:8003@10.1.0.7", Address("10.1.0.7", 5060)), False),
        (phone("sip:8003@192.168.1.5", OUTSIDE._replace(transport="tcp", flow=True)), False),
    ],
)
def test_who_is_behind_a_nat(binding: Binding, nat: bool) -> None:
    assert behind_nat(binding) is nat


async def test_it_is_asked_again_and_again_where_it_registered_from() -> None:
    asked: list[tuple[Any, ...]] = []
    thrice = asyncio.Event()

    class Agent:
        def options(self, *given: Any) -> list[Any]:
            asked.append(given[:3])
            if len(asked) == 3:
                thrice.set()
            return []

    class Stack:
        def run(self, command: Any) -> None:
            command(Agent(), 1.0)

    keeper = KeepAlive(Stack(), lambda: [NATED, phone("sip:1@203.0.113.7:40000")], 0.001)
    await keeper.start()
    async with asyncio.timeout(10):
        await thrice.wait()
    await keeper.stop()
    await keeper.stop()
    assert asked[:3] == [(KEY, "sip:8003@192.168.1.5:5060", OUTSIDE)] * 3

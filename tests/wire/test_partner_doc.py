"""docs/partner.zh.md keeps its word: its receiver and its commands, as they stand there, against a real
bridge."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.peers.ports import free_tcp
from tests.wire.exchange import Door, Post, new_secret
from tests.wire.sipp import until

DOC = (Path(__file__).parents[2] / "docs" / "partner.zh.md").read_text()
TOKEN = "bt_the-partners-own"
BLOCKS = re.findall(r"```bash\n(.*?)```", DOC, re.DOTALL)
COMMANDS = [block for block in BLOCKS if "curl" in block]


class Receiver:
    """The program of the first step."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.port = free_tcp()
        (program,) = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
        (folder / "receive.py").write_text(program)
        self._out = (folder / "receive.log").open("w")
        argv = [sys.executable, "-X", "utf8", str(folder / "receive.py"), secret, str(self.port)]
        self._process = subprocess.Popen(argv, stdout=self._out, stderr=subprocess.STDOUT)
        self._log = folder / "receive.log"

    def says(self, words: str) -> str:
        """The first line with these words."""

        def found() -> str:
            return next((line for line in self._log.read_text().splitlines() if words in line), "")

        return until(found, words)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._out.close()


@pytest.fixture
def city(tmp_path: Path) -> Iterator[tuple[Post, Receiver]]:
    """12345's bridge, and 110's receiver."""
    secret = new_secret(tmp_path, "tickets")
    receiver, post = Receiver(tmp_path, secret.read_text()), Post(tmp_path / "hotline", "12345")
    post.configure({"12345": None, "110": Door(receiver.port, "12345", secret)}, {})
    config = tmp_path / "hotline" / "bridge.yaml"
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    token = f'tokens: [{{name: 110 平台, sha256: {digest}, may: [exchange], platform: "110"}}]'
    config.write_text(config.read_text().replace("trust_loopback: true", f"trust_loopback: true, {token}"))
    try:
        post.begin()
        post.ready()
        yield post, receiver
    finally:
        post.stop()
        receiver.stop()


def run(block: str, post: Post, ticket: str) -> str:
    """A block of commands, as somebody types it."""
    names = {"BRIDGE": f"http://127.0.0.1:{post.port}", "TOKEN": TOKEN, "TICKET": ticket}
    done = subprocess.run(
        ["bash", "-euc", block], env={**os.environ, **names, "NO_PROXY": "*"}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_from_zero_to_a_verified_ticket(city: tuple[Post, Receiver]) -> None:
    post, receiver = city
    request = {"to": "110", "what": "小区门口有人打架", "who": "王某", "contact": "15463502789"}
    key = {"Idempotency-Key": "one"}
    ticket = post.http.post("/exchange/v1/tickets", json=request, headers=key).json()["ticket"]
    assert "小区门口有人打架" in receiver.says(f"验过了 ticket.opened 第1版 工单 {ticket}")
    forged = httpx.post(f"http://127.0.0.1:{receiver.port}/", json={}, trust_env=False)
    assert forged.status_code == 401
    until(lambda: post.state(ticket) == "delivered", "delivered")
    categories, steps, look, ours, changes = COMMANDS
    assert '"a2-crime"' in run(categories, post, ticket)
    for _ in range(2):
        assert '"state":"feedback"' in run(steps, post, ticket), "done once, however often it is sent"
    assert '"J2026-0001"' in run(look, post, ticket)
    assert '"state":"delivered"' in run(ours, post, ticket)
    assert ticket in run(changes, post, ticket)
    post.do(ticket, "close")
    receiver.says(f"验过了 ticket.closed 工单 {ticket}")

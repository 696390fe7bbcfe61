"""Who is told of a call's course: papers, captions, pages. Told after the call was served, and never able
to harm it: what one of them raises is logged, and the call goes on (design.md, promise 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from bridge.calls.call import Call, Transfer

log = structlog.get_logger(__name__)


class Witness(Protocol):
    """One of them. Each method returns at once."""

    def changed(self, before: Call | None, call: Call) -> None:
        """The call is not what it was."""

    def opened(self, call: Call, transfer: Transfer) -> None:
        """The key was pressed and the INVITE is on the wire."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """The transfer came to its end."""

    def over(self, call: Call, outcome: str) -> None:
        """The call ended."""


class Witnesses:
    """All of them, in the order they are told."""

    def __init__(self) -> None:
        self._all: tuple[Witness, ...] = ()

    def call_in(self, *witnesses: Witness) -> None:
        """These are told from now on."""
        self._all = witnesses

    def join(self, witness: Witness) -> None:
        """This one too, after the others."""
        self._all = (*self._all, witness)

    def tell(self, news: Callable[[Witness], None]) -> None:
        """Tell each."""
        for witness in self._all:
            try:
                news(witness)
            except Exception:
                log.exception("witness.failed", witness=type(witness).__name__)

    def of_transfer(self, call: Call, transfer_id: str, news: Callable[[Witness, Transfer], None]) -> None:
        """Tell each about one transfer of the call."""
        transfer = next((item for item in call.transfers if item.id == transfer_id), None)
        if transfer is not None:
            self.tell(lambda witness: news(witness, transfer))

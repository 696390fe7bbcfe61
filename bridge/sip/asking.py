"""OPTIONS of ours outside any dialog (RFC 3261 §11): whether somebody lives at an address.

Any final answer is a sign of life, whatever it says; what it means for calls is for whoever asked.
"""

from __future__ import annotations

from bridge.sip.core import ALLOW, Core
from bridge.sip.dialog import MAX_FORWARDS
from bridge.sip.events import OptionsAnswered
from bridge.sip.message import Address, Headers, Request, Response
from bridge.sip.uri import write_host


class Asker:
    """The requests that ask."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def options(self, key: str, uri: str, to: Address, now: float) -> None:
        """Ask once; `OptionsAnswered(key, …)` tells the end of it, at the latest after 32 s."""
        core = self._core
        branch = core.branch()
        me = f"<sip:{core.product}@{write_host(core.local.host, None)}>;tag={core.new_token()}"
        items = [
            ("Via", core.via(branch, to)),
            ("Max-Forwards", MAX_FORWARDS),
            ("From", me),
            ("To", f"<{uri}>"),
            ("Call-ID", core.new_token()),
            ("CSeq", "1 OPTIONS"),
            core.contact(to),
            ("Accept", "application/sdp"),
            ALLOW,
            ("User-Agent", core.product),
        ]
        request = Request("OPTIONS", uri, Headers(items))
        core.exchange.request(request, branch, to, lambda response, _at: self._hear(key, response), now)

    def _hear(self, key: str, response: Response) -> None:
        if response.status >= 200:
            self._core.emit(OptionsAnswered(key, response.status))

"""Requests of ours outside any dialog: OPTIONS (RFC 3261 §11), whether somebody lives at an address, and
REGISTER (§10.2).

Any final answer to an OPTIONS is a sign of life, whatever it says; what answers mean is for whoever asked.
"""

from __future__ import annotations

from bridge.frozen import replace
from bridge.sip.core import ALLOW, Core
from bridge.sip.dialog import MAX_FORWARDS
from bridge.sip.events import OptionsAnswered, RegisterAnswered
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address, Headers, Request, Response
from bridge.sip.orders import Registrant
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

    def register(self, key: str, wish: Registrant, to: Address, now: float) -> None:
        """Register or unregister our contact; `RegisterAnswered(key, …)` tells, at the latest after 32 s."""
        core = self._core
        branch = core.branch()
        home = parse_name_addr(core.contact(to)[1]).uri
        contact = replace(home, user=wish.user).encode()
        items = [
            ("Via", core.via(branch, to)),
            ("Max-Forwards", MAX_FORWARDS),
            ("From", f"<{wish.aor}>;tag={core.new_token()}"),
            ("To", f"<{wish.aor}>"),
            ("Call-ID", wish.call_id),
            ("CSeq", f"{wish.cseq} REGISTER"),
            ("Contact", f"<{contact}>"),
            ("Expires", str(wish.seconds)),
            ALLOW,
            ("User-Agent", core.product),
            *wish.headers,
        ]
        request = Request("REGISTER", wish.uri, Headers(items))

        def hear(response: Response, _at: float) -> None:
            if response.status >= 200:
                core.emit(RegisterAnswered(key, response, contact))

        core.exchange.request(request, branch, to, hear, now)

    def _hear(self, key: str, response: Response) -> None:
        if response.status >= 200:
            self._core.emit(OptionsAnswered(key, response.status))

"""REFER of ours within a leg, and the NOTIFYs that tell what came of it (RFC 3515).

The far end is asked to call somebody itself. One question at a time; its answers are reports until the last,
and an end without an outcome is none: whoever asked hears 408.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.sip.carriage import Server
from bridge.sip.core import Core
from bridge.sip.events import ReferTold
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Request, Response
from bridge.sip.orders import HeaderTuple
from bridge.sip.tokens import find_param, read_params

_STATUS_LINE: Final = re.compile(rb"SIP/2\.0[ \t]+([1-6][0-9]{2})(?:[ \t]+([^\r\n]*))?")


class Referring:
    """REFER out, NOTIFY in."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def refer(self, leg: Leg, target: str, now: float, headers: HeaderTuple) -> None:
        """Ask; target: the Refer-To value. `ReferTold` tells how it goes."""
        core = self._core
        if leg.phase is not Phase.CONFIRMED or leg.leaving_with is not None or leg.dialog is None:
            core.emit(ReferTold(leg.id, 481, "Call/Transaction Does Not Exist"))
            return
        given = (core.own_contact(leg), ("Refer-To", target), *headers)
        core.request(leg, "REFER", now, lambda response, _at: self._answered(leg, response), given)
        leg.asked = leg.dialog.local_cseq

    def give_up(self, leg: Leg) -> None:
        """The outcome is of no interest any more; later reports are refused (RFC 6665 §4.1.3)."""
        leg.asked = None

    def notified(self, leg: Leg, server: Server, now: float) -> None:
        """A NOTIFY within the leg; it may overtake the answer to our REFER."""
        core, request = self._core, server.request
        package, number = _event(request)
        if package != "refer":
            core.reply(server, 489, now)
            return
        if leg.asked is None or (number and leg.dialog is not None and number > leg.dialog.local_cseq):
            core.reply(server, 481, now)
            return
        found = _STATUS_LINE.match(request.body)
        over = (request.headers.first("subscription-state") or "").lower().startswith("terminated")
        if found is None and not over:
            core.reply(server, 400, now)
            return
        core.reply(server, 200, now)
        status = int(found[1]) if found is not None else 408
        if over and status < 200:
            status = 408
        self._tell(leg, status, (found[2] or b"").decode("utf-8", "replace") if found is not None else "")

    def _answered(self, leg: Leg, response: Response) -> None:
        if leg.asked is None:  # told already, or given up
            return
        if response.status < 300:
            self._tell(leg, 100, "Trying")
        else:
            self._tell(leg, response.status, response.reason)

    def _tell(self, leg: Leg, status: int, reason: str) -> None:
        if status >= 200:
            leg.asked = None
        self._core.emit(ReferTold(leg.id, status, reason))


def _event(request: Request) -> tuple[str, int]:
    """The event package, and the CSeq number of the REFER it is about (RFC 3515 §2.4.6), 0 without one."""
    package, semicolon, rest = (request.headers.first("event") or "").partition(";")
    number = find_param(read_params(semicolon + rest, "event"), "id") if semicolon else None
    known = number is not None and number.isascii() and number.isdigit() and len(number) < 11
    return package.strip().lower(), int(number) if known and number else 0

"""Which targets are still to be tried once one has said no: by the status, one printed rule.

Pure. 3xx: we follow no redirection, the next target is as good. 4xx and 5xx speak for one place (busy there,
unknown there, out of order there), time-outs and unreachable addresses too: go on. 6xx speaks for the people
called, wherever they are (RFC 3261 §21.6; 607 RFC 8197, 608 RFC 8688): other ways to the same number are
passed over, other people are not, for our next target is another desk, not another place of the same one.
Towards an emergency everything is tried: a gateway's 603 must not stand between a caller and the police.
"""

from __future__ import annotations

from bridge.routing.plan import Target

Targets = tuple[Target, ...]


def left(number: str, status: int, rest: Targets) -> Targets:
    """Of `rest`, the targets still to try after the one at `number` said `status` (300..699)."""
    if status < 600:
        return rest
    return tuple(target for target in rest if target.emergency or target.number != number)

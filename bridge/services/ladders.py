"""Which messages belong to which call: a witness that remembers every leg a call ever had, for its ladder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bridge.calls.call import Call, Transfer
from bridge.calls.parties import Party
from bridge.clock import Clock
from bridge.errors import NoSuchCall
from bridge.sip.ladder import Column, mask, rows
from bridge.sip.trace import Trace

ROLES = {"caller": "诉求人", "attendant": "话务员", "recipient": "接收方", "supervisor": "班长"}


@dataclass
class _Legs:
    """A call's legs in the order they came, with who they were."""

    parties: dict[str, Party] = field(default_factory=dict)


class Ladders:
    """Calls in progress, and the last ones that are over, as long as the trace keeps them."""

    def __init__(self, trace: Trace, clock: Clock) -> None:
        self._trace, self._clock = trace, clock
        self._calls: dict[str, _Legs] = {}

    # --- a witness ---

    def changed(self, before: Call | None, call: Call) -> None:
        """Somebody may have come in."""
        if before is not None and before.parties is call.parties and before.supervisors is call.supervisors:
            return
        known = self._calls.setdefault(call.id, _Legs()).parties
        for party in (*call.parties, *[each.party for each in call.supervisors]):
            if party.leg not in known:
                known[party.leg] = party
                self._trace.claim(party.leg)

    def opened(self, call: Call, transfer: Transfer) -> None:
        """Nothing of it is on the wire that `changed` does not tell."""

    def moved(self, call: Call, transfer: Transfer, *, moved: bool) -> None:
        """See `opened`."""

    def over(self, call: Call, _outcome: str) -> None:
        """It has ended; the oldest make room."""
        legs = self._calls.get(call.id)
        if legs is None:
            return
        for gone in self._trace.over(call.id, tuple(legs.parties)):
            self._calls.pop(gone, None)

    # --- for whoever asks ---

    def of(self, call_id: str, numbers: bool) -> dict[str, Any]:
        """The ladder as JSON values. numbers: with telephone numbers in full. Raises NoSuchCall."""
        legs = self._calls.get(call_id)
        if legs is None:
            raise NoSuchCall("没有这通电话的信令记录：编号不对，或者已经结束很久")
        columns, flows, left_out = [Column("", ""), Column("bridge")], [], 0
        for leg, party in legs.parties.items():
            flow = self._trace.of(leg)
            if flow is None or not flow.messages:
                continue
            address = "{0.transport}:{0.host}:{0.port}".format(flow.messages[0].peer)
            column = _place(columns, Column(_title(party, numbers), address), caller=party.role == "caller")
            flows.append((column, flow.messages))
            left_out += flow.left_out
        ladder = rows(flows, numbers=numbers)
        return {
            "call": call_id,
            "ago": round(self._clock.monotonic() - min((f[1][0].at for f in flows), default=0.0), 3),
            "left_out": left_out,
            "columns": [{"name": column.name, "address": column.address} for column in columns],
            "rows": [
                {
                    "at": row.at,
                    "from": row.source,
                    "to": row.target,
                    "what": row.what,
                    "notes": list(row.notes),
                    "again": row.again,
                }
                for row in ladder
            ],
        }


def no_ladder(_call_id: str, _numbers: bool) -> dict[str, Any]:
    """Where nothing is kept. Raises NoSuchCall."""
    raise NoSuchCall("没有记录信令：配置里 log.ladder_calls 是 0")


def _title(party: Party, numbers: bool) -> str:
    """Who it is: a platform's desk by its platform, anybody else by role and number."""
    number = party.number if numbers else mask(party.number)
    return f"{ROLES.get(party.role, party.role)} {number}"


def _place(columns: list[Column], column: Column, *, caller: bool) -> int:
    """The party's column: the first is the caller's; the same party at the same place has one."""
    if caller and not columns[0].name:
        columns[0] = column
        return 0
    if column not in columns:
        columns.append(column)
    return columns.index(column)
